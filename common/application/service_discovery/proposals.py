"""Proposals: what was found and is not configured. People accept or dismiss; nothing is switched on by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from api_clients.configuration_writing import target_as_yaml
from common.application.clients import ready_clients
from common.application.events.publishing import publish
from common.application.service_discovery import clients_file, finding
from common.application.service_discovery.finding import Address, Finding, place_of
from common.domain.errors import Conflict, Unknown
from common.domain.hub_events.services import ServiceAccepted, ServiceDiscovered, ServiceDismissed
from common.models import ServiceProposal

SOURCE = "hub"
BY_CONFIGURATION = "configuration"
State = ServiceProposal.State
Configured = Mapping[tuple[str, Address], str]


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
    containers = finding.in_containers(_known()) if docker else finding.Findings((), ())
    found = [*containers.found, *finding.in_configuration(), *finding.in_network(checked, ports, should_stop)]
    return propose(found, problems=containers.problems, actor=actor)


def propose(found: Iterable[Finding], *, problems: Sequence[str] = (), actor: str = "") -> Discovered:
    """Write what is new; what was dismissed stays so, and what has been configured by hand meanwhile is settled. What
    was accepted and is not configured any more is new again.
    """
    began = timezone.now()
    configured = _configured()
    findings = {(one.service, one.url): one for one in reversed(list(found))}  # of two sources the first one counts
    proposed: list[int] = []
    known: list[int] = []
    there = 0
    with transaction.atomic():
        _settle(configured)
        events = []
        for (service, url), one in sorted(findings.items()):
            if (service, place_of(url)) in configured:
                there += 1
                continue
            row, is_new = _write(one, began)
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


def _write(one: Finding, began: datetime) -> tuple[ServiceProposal, bool]:
    """The row, and whether it is to be told; `began` is before the configuration was read."""
    now = timezone.now()
    fresh: dict[str, Any] = {
        "source": one.source,
        "version": one.version[:200],
        "evidence": one.evidence,
        "needs_login": one.needs_login,
        "container": one.container[:200],
        "seen_at": now,
    }
    new = {"target": lambda: _free_name(one), "found_at": now, **fresh}
    row, is_new = ServiceProposal.objects.select_for_update().get_or_create(
        service=one.service, url=one.url, defaults=new
    )
    has_left = row.state == State.ACCEPTED and row.decided_at is not None and row.decided_at < began
    if has_left and not ready_clients().problem:  # else the file as it is now is not what is in use
        is_new, fresh = True, fresh | _undecided(row, one)
    if row.state == State.PROPOSED or is_new:
        for name, value in fresh.items():
            setattr(row, name, value)
        row.save(update_fields=list(fresh))
    return row, is_new


def _undecided(row: ServiceProposal, one: Finding) -> dict[str, Any]:
    found_at, target = timezone.now(), _free_name(one, apart_from=row.pk)
    return {"state": State.PROPOSED, "decided_at": None, "decided_by": "", "found_at": found_at, "target": target}


def _free_name(one: Finding, *, apart_from: int = 0) -> str:
    """A name for the target that neither the file nor another proposal of the service has."""
    wanted = _slug(one.name) or _slug(urlsplit(one.url).netloc) or "found"
    taken = {target for service, target in ready_clients().configured() if service == one.service}
    others = ServiceProposal.objects.filter(service=one.service).exclude(pk=apart_from)
    taken |= set(others.values_list("target", flat=True))
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted[:56]}-{number}", number + 1
    return name


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:60].strip("-")


def _settle(configured: Configured) -> None:
    for row in ServiceProposal.objects.select_for_update().filter(state=State.PROPOSED):
        if (row.service, place_of(row.url)) in configured:
            _decide(row, State.ACCEPTED, BY_CONFIGURATION)


def _configured() -> Configured:
    """Where every configured service is, by the file as it is at this moment."""
    ready = ready_clients()
    ready.refresh(now=True)
    return {
        (service, place_of(url)): url
        for service, target in ready.configured()
        for url in ready.instances(service, target)
    }


def _known() -> dict[Address, Finding]:
    """Who needs not be asked again: what is configured, and proposals that have answered or were decided."""
    answered = ~Q(version="") | Q(needs_login=True) | ~Q(state=State.PROPOSED)
    known = {
        place_of(row.url): Finding(
            row.service, row.url, row.source, row.evidence, row.version, row.needs_login, row.container, row.target
        )
        for row in ServiceProposal.objects.filter(answered)
    }
    at = {place: Finding(service, url, BY_CONFIGURATION, "") for (service, place), url in _configured().items()}
    return known | at


def _about(row: ServiceProposal) -> dict[str, Any]:
    return {"proposal_id": row.pk, "kind": row.service, "url": row.url}


def _discovered(row: ServiceProposal) -> ServiceDiscovered:
    source: Any = row.source  # one of the choices
    return ServiceDiscovered(**_about(row), source=source, service_version=row.version, evidence=row.evidence)
