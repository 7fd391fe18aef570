"""Profiles as rows, and the event for each that is new or otherwise than it was; both in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal

from django.db import IntegrityError, transaction
from django.utils import timezone

from common.application.events.publishing import publish
from common.domain.events import Event
from common.domain.hub_events.equipment import SOURCE, EquipmentChanged, EquipmentDiscovered
from common.domain.modules import Call
from common.models import EquipmentProfile

JsonObject = dict[str, Any]
_BATCH = 200
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Discovered:
    """One profiled node; `findings` are what the next discovery starts from.

    `unread` are the parts that could not be looked at now (the node is stopped): that is no change of theirs.
    """

    node_id: str
    outcome: Literal["succeeded", "partial", "failed"]
    profile: JsonObject = field(repr=False)
    findings: JsonObject = field(repr=False)
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Where:
    server: str
    project_id: str
    project: str


def store(where: Where, found: Sequence[Discovered], *, call: Call) -> dict[str, str]:
    """Write the rows; by node id whether it is new, changed or unchanged."""
    for attempt in range(_ATTEMPTS):
        try:
            return _store(where, found, call)
        except IntegrityError:  # another discovery of the project made one of the rows in this moment
            if attempt == _ATTEMPTS - 1:
                raise
    return {}


def earlier_findings(where: Where) -> dict[str, JsonObject]:
    """What the last discovery found of each node of the project."""
    rows = EquipmentProfile.objects.filter(server=where.server, project_id=where.project_id)
    return dict(rows.values_list("node_id", "findings"))


def _store(where: Where, found: Sequence[Discovered], call: Call) -> dict[str, str]:
    with transaction.atomic():
        rows = _locked(where, [one.node_id for one in found])
        told = [_put(where, one, rows.get(one.node_id)) for one in found]
        EquipmentProfile.objects.bulk_create([row for row, _, new in told if new], batch_size=_BATCH)
        EquipmentProfile.objects.bulk_update([row for row, _, new in told if not new], _COLUMNS, batch_size=_BATCH)
        events = [event for _, event, _ in told if event is not None]
        publish(*events, source=SOURCE, actor=call.actor, correlation_id=call.correlation_id)
    return {row.node_id: "new" if new else "changed" if event else "unchanged" for row, event, new in told}


_COLUMNS = ["project", "name", "type", "status", "outcome", "profile", "findings", "digests", "discovered_at"]


def _locked(where: Where, node_ids: Sequence[str]) -> dict[str, EquipmentProfile]:
    rows = EquipmentProfile.objects.select_for_update().filter(
        server=where.server, project_id=where.project_id, node_id__in=node_ids
    )
    return {row.node_id: row for row in rows.order_by("id")}


def _put(where: Where, one: Discovered, row: EquipmentProfile | None) -> tuple[EquipmentProfile, Event | None, bool]:
    """The row as it is to be written, the event that tells of it, and whether it is new."""
    now, new = timezone.now(), row is None
    if row is None:
        row = EquipmentProfile(
            server=where.server, project_id=where.project_id, node_id=one.node_id, first_discovered_at=now
        )
    digests = _digests(one.profile)
    digests |= {part: row.digests[part] for part in one.unread if part in row.digests}
    changed = tuple(sorted(part for part, digest in digests.items() if row.digests.get(part) != digest))
    row.project, row.name, row.type = where.project, one.profile["name"], one.profile["type"]
    row.status, row.outcome = one.profile["status"], one.outcome
    row.profile, row.findings, row.digests, row.discovered_at = one.profile, one.findings, digests, now
    if new:
        return row, EquipmentDiscovered(**_told(row)), True
    return row, EquipmentChanged(**_told(row), changed=changed) if changed else None, False


def _told(row: EquipmentProfile) -> dict[str, Any]:
    return {
        "server": row.server,
        "project_id": row.project_id,
        "project": row.project,
        "node_id": row.node_id,
        "name": row.name,
        "node_type": row.type,
        "ip_addresses": tuple(row.profile["network_info"]["ip_addresses"]),
        "outcome": row.outcome,
    }


def _digests(profile: Mapping[str, Any]) -> dict[str, str]:
    """Of the parts that are worth an event when they change; figures that move by themselves are left out."""
    network, snmp, console = profile["network_info"], profile["snmp_data"], profile["console"]
    configuration = profile["configuration"]
    parts = {
        "name": profile["name"],
        "type": profile["type"],
        "ip_addresses": sorted(network["ip_addresses"]),
        "interfaces": network["interfaces"],
        "snmp": [snmp["snmp_available"], snmp["system_name"]],
        "configuration": [configuration["startup"], configuration["running"]],
        "console": [console["type"], console["dialect"], console["hostname"]],
        "links": profile["links"],
    }
    return {name: _digest(value) for name, value in parts.items()}


def _digest(value: Any) -> str:
    return blake2b(json.dumps(value, sort_keys=True, default=str).encode(), digest_size=8).hexdigest()
