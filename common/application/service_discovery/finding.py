"""Where services are found: labels of containers, the network, and the hub's own configuration.

What is found is proposed and nothing more. Only addresses inside the ranges that an administrator allowed are asked.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from api_clients.clients import NotConfigured
from api_clients.discovery import Place, discover, identifications, identify
from api_clients.domain.errors import ServiceError
from api_clients.domain.operation import without_fallback
from api_clients.infrastructure.asking import bracketed
from common.application.clients import catalog, ready_clients
from common.domain.errors import Invalid
from common.domain.hosts import Host, HostsInvalid, hosts_of, is_allowed
from common.models import ServiceProposal

MOST_HOSTS = 1024
TIMEOUT_SECONDS = 2.0
Source = ServiceProposal.Source
_DEFAULT_PORTS = {"http": 80, "https": 443, "redis": 6379, "rediss": 6379, "postgresql": 5432, "postgres": 5432}
Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """`name` is what its container calls it, for the name of a target."""

    service: str
    url: str
    source: str
    evidence: str
    version: str = ""
    needs_login: bool = False
    container: str = ""
    name: str = ""


Known = Mapping[Address, Finding]


@dataclass(frozen=True, slots=True)
class Findings:
    """`problems` are sources that could not be asked, and labels that say nothing that is known."""

    found: tuple[Finding, ...]
    problems: tuple[str, ...]


def check_hosts(entries: Sequence[str], *, by_form: bool = False) -> list[Host]:
    """The hosts to look at. Raises Invalid, naming the entry. `by_form`: names are not looked up, which may take long,
    and are missing in what is returned.
    """
    resolve = None if by_form else _resolve
    try:
        return hosts_of(entries, allowed=settings.NMS_DISCOVERY_RANGES, most=MOST_HOSTS, resolve=resolve)
    except HostsInvalid as error:
        field = f"hosts.{error.index}"
        details = ({"field": field, "code": "invalid", "message": str(error)},)
        raise Invalid(f"{field}: {error}", details=details) from error


def in_network(hosts: Iterable[Host], ports: Sequence[int] | None, should_stop: Callable[[], bool]) -> list[Finding]:
    """What answers at the ports that services are known for, or at `ports`."""
    places = [Place(str(host.address), host.name) for host in hosts]
    found = discover(
        places, identifications(catalog()), ports=ports, timeout_seconds=TIMEOUT_SECONDS, should_stop=should_stop
    )
    return [Finding(one.service, one.url, Source.NETWORK, one.evidence, one.version, one.needs_login) for one in found]


def in_containers(known: Known) -> Findings:
    """What the labels of running containers say, of every Docker engine that is configured. Who is `known` to be at an
    address is not asked again.
    """
    found: list[Finding] = []
    problems: list[str] = []
    ready = ready_clients()
    for service, target in ready.configured():
        if service != "docker":
            continue
        try:
            with without_fallback():
                offered = ready.get("docker", target).services()
        except (ServiceError, NotConfigured) as error:
            problems.append(str(error))
            continue
        for one in offered:
            finding = _of_container(one, target, known)
            found += [finding] if isinstance(finding, Finding) else []
            problems += [finding] if isinstance(finding, str) else []
    return Findings(tuple(found), tuple(problems))


def in_configuration() -> list[Finding]:
    """The database and the broker that the hub itself lives on; with which login is not told."""
    named = own_services(settings.DATABASES["default"], settings.REDIS_URL)
    return [one for one in named if one.service in catalog()]


def own_services(database: Mapping[str, Any], redis_url: str | None) -> list[Finding]:
    """Of Django's settings of a database, and the address of a Redis; no secret of either is told."""
    found = []
    host = str(database.get("HOST") or "")
    if database["ENGINE"].endswith("postgresql") and host and not host.startswith("/"):  # else a unix socket
        url = f"postgresql://{bracketed(host)}:{database.get('PORT') or 5432}"
        found.append(Finding("postgresql", url, Source.CONFIGURATION, "DATABASE_URL names it", needs_login=True))
    if redis_url:
        parts = urlsplit(redis_url)
        if parts.hostname:
            url = f"{parts.scheme}://{bracketed(parts.hostname)}:{parts.port or 6379}"
            evidence = "REDIS_URL names it"
            found.append(Finding("redis", url, Source.CONFIGURATION, evidence, needs_login=parts.password is not None))
    return found


def place_of(url: str) -> Address:
    """Host and port, by which two addresses of one service are the same."""
    parts = urlsplit(url)
    host = (parts.hostname or parts.path).lower()
    return "127.0.0.1" if host in ("localhost", "::1") else host, parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)


def _of_container(offered: Any, target: str, known: Known) -> Finding | str:
    """A finding, or what is wrong with the labels. A service that the labels name is asked for its version only."""
    where = f"docker/{target} container {offered.container}"
    if not offered.address or offered.port is None:
        return f"{where}: its labels and ports tell no address"
    there = known.get(place_of(f"//{bracketed(offered.address)}:{offered.port}"))
    if there and offered.type in ("", there.service) and there.container in ("", offered.container):
        return there
    named = identifications(catalog())
    if offered.type and (offered.type not in catalog() or catalog()[offered.type].kind != "service"):
        return f"{where}: nms.service.type={offered.type[:60]} is no service of the catalogue"
    table = {offered.type: named[offered.type]} if offered.type in named else ({} if offered.type else named)
    place = Place(offered.address)
    asked = identify(place, offered.port, table, timeout_seconds=TIMEOUT_SECONDS) if _may_ask(offered.address) else None
    service = offered.type or (asked.service if asked else "")
    if not service:
        return f"{where}: has no label nms.service.type, and does not answer as any service that is known"
    labelled = f"labels of container {offered.container}"
    return Finding(
        service=service,
        url=asked.url if asked else f"{_scheme(service)}://{bracketed(offered.address)}:{offered.port}",
        source=Source.DOCKER,
        evidence=f"{labelled}; {asked.evidence}" if asked else labelled,
        version=asked.version if asked else "",
        needs_login=asked.needs_login if asked else False,
        container=offered.container,
        name=offered.name,
    )


def _may_ask(address: str) -> bool:
    try:
        return is_allowed(ipaddress.ip_address(address), settings.NMS_DISCOVERY_RANGES)
    except ValueError:
        return False


def _scheme(service: str) -> str:
    return str(catalog()[service].load().schemes[0])


def _resolve(name: str) -> list[str]:
    return sorted({str(info[4][0]) for info in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)})
