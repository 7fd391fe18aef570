"""Proposals: what was found and is not configured. People accept or dismiss; nothing is switched on by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from api_clients.configuration_writing import target_as_yaml
from common.application.clients import clients
from common.application.events.publishing import publish
from common.application.service_discovery import clients_file, finding
from common.application.service_discovery.finding import Finding
from common.domain.errors import Conflict, Unknown
from common.domain.hub_events.services import ServiceAccepted, ServiceDiscovered, ServiceDismissed
from common.models import ServiceProposal

SOURCE = "hub"
BY_CONFIGURATION = "configuration"
State = ServiceProposal.State
_DEFAULT_PORTS = {"http": 80, "https": 443, "redis": 6379, "rediss": 6379, "postgresql": 5432, "postgres": 5432}


@dataclass(frozen=True, slots=True)
class Discovered:
    """What a discovery did: services that are new, that were known as proposals, that are configured; and what could
    not be asked."""

    proposed: tuple[int, ...]
    known: tuple[int, ...]
    configured: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Accepted:
    proposal: ServiceProposal
    file: Path
    target: str


def _never() -> bool:
    return False


def discover(
    *,
    hosts: Sequence[str] = (),
    ports: Sequence[int] | None = None,
    docker: bool = True,
    actor: str = "",
    should_stop: Callable[[], bool] = _never,
) -> Discovered:
    """Look everywhere that is asked for, and propose what is new. Raises Invalid for hosts that are not allowed."""
    checked = finding.check_hosts(hosts)
    containers = finding.in_containers() if docker else finding.Findings((), ())
    found = [*containers.found, *finding.in_configuration(), *finding.in_network(checked, ports, should_stop)]
    return propose(found, problems=containers.problems, actor=actor)


def propose(found: Iterable[Finding], *, problems: Sequence[str] = (), actor: str = "") -> Discovered:
    """Write what is new; what was dismissed stays so, and what has been configured by hand meanwhile is settled."""
    configured = _configured()
    findings = {(one.service, one.url): one for one in reversed(list(found))}  # of two sources the first one counts
    proposed: list[int] = []
    known: list[int] = []
    there = 0
    with transaction.atomic():
        _settle(configured)
        events = []
        for (service, url), one in sorted(findings.items()):
            if (service, _place(url)) in configured:
                there += 1
                continue
            row, is_new = _write(one)
            (proposed if is_new else known).append(row.pk)
            if is_new:
                events.append(_discovered(row))
        publish(*events, source=SOURCE, actor=actor)
    return Discovered(tuple(proposed), tuple(known), there, tuple(problems))


def accept(proposal_id: int, *, by: str, target: str = "", auth: Mapping[str, Any] | None = None) -> Accepted:
    """Write it into the clients' file. Raises Unknown, Conflict (decided already, or no file to write) and Invalid."""
    with transaction.atomic():
        row = _open(proposal_id)
        row.target = target or row.target
        file = clients_file.add_target(row.service, row.target, document_of(row, auth))
        _decide(row, State.ACCEPTED, by)
        told = ServiceAccepted(**_about(row), service=f"{row.service}/{row.target}")
        publish(told, source=SOURCE, actor=by)
    return Accepted(row, file, row.target)


def dismiss(proposal_id: int, *, by: str) -> ServiceProposal:
    """Never propose it again. Raises Unknown, and Conflict where it was decided already."""
    with transaction.atomic():
        row = _open(proposal_id)
        _decide(row, State.DISMISSED, by)
        publish(ServiceDismissed(**_about(row)), source=SOURCE, actor=by)
    return row


def document_of(row: ServiceProposal, auth: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The target as the clients' file has it; secrets are references."""
    return {"instances": [{"url": row.url}]} | ({"auth": dict(auth)} if auth else {})


def yaml_of(row: ServiceProposal) -> str:
    """What to add to the clients' file."""
    remark = "# it wants a login: add `auth` with a secret by reference, see docs/api_clients.md\n"
    return (remark if row.needs_login else "") + target_as_yaml(row.service, row.target, document_of(row))


def proposals() -> QuerySet[ServiceProposal]:
    return ServiceProposal.objects.order_by("-found_at", "-pk")


def _open(proposal_id: int) -> ServiceProposal:
    row = ServiceProposal.objects.select_for_update().filter(pk=proposal_id).first()
    if row is None:
        raise Unknown(f"There is no proposal {proposal_id}.")
    if row.state != State.PROPOSED:
        raise Conflict(f"The proposal {proposal_id} is {row.state} already, by {row.decided_by}.", code="decided")
    return row


def _decide(row: ServiceProposal, state: str, by: str) -> None:
    row.state, row.decided_by, row.decided_at = state, by, timezone.now()
    row.save(update_fields=["state", "decided_by", "decided_at", "target"])


def _write(one: Finding) -> tuple[ServiceProposal, bool]:
    now = timezone.now()
    fresh = {
        "source": one.source,
        "version": one.version[:200],
        "evidence": one.evidence,
        "needs_login": one.needs_login,
        "container": one.container[:200],
        "seen_at": now,
    }
    row = ServiceProposal.objects.filter(service=one.service, url=one.url).first()
    if row is None:
        made = ServiceProposal.objects.create(
            service=one.service, url=one.url, target=_free_name(one), found_at=now, **fresh
        )
        return made, True
    if row.state == State.PROPOSED:
        for name, value in fresh.items():
            setattr(row, name, value)
        row.save(update_fields=list(fresh))
    return row, False


def _free_name(one: Finding) -> str:
    """A name for the target that neither the file nor another proposal of the service has."""
    wanted = _slug(one.name) or _slug(urlsplit(one.url).netloc) or "found"
    taken = {target for service, target in clients().configured() if service == one.service}
    taken |= set(ServiceProposal.objects.filter(service=one.service).values_list("target", flat=True))
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted[:56]}-{number}", number + 1
    return name


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:60].strip("-")


def _settle(configured: set[tuple[str, tuple[str, int]]]) -> None:
    for row in ServiceProposal.objects.select_for_update().filter(state=State.PROPOSED):
        if (row.service, _place(row.url)) in configured:
            _decide(row, State.ACCEPTED, BY_CONFIGURATION)


def _configured() -> set[tuple[str, tuple[str, int]]]:
    ready = clients()
    ready.refresh()
    return {
        (service, _place(url)) for service, target in ready.configured() for url in ready.instances(service, target)
    }


def _place(url: str) -> tuple[str, int]:
    """Host and port, by which two addresses of one service are the same."""
    parts = urlsplit(url)
    host = (parts.hostname or parts.path).lower()
    return "127.0.0.1" if host in ("localhost", "::1") else host, parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)


def _about(row: ServiceProposal) -> dict[str, Any]:
    return {"proposal_id": row.pk, "kind": row.service, "url": row.url}


def _discovered(row: ServiceProposal) -> ServiceDiscovered:
    source: Any = row.source  # one of the choices
    return ServiceDiscovered(**_about(row), source=source, service_version=row.version, evidence=row.evidence)
