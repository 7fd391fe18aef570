"""Equipment as it is shown: the stored profiles beside what GNS3 says now, and what of it is stale.

The database and the cached state of GNS3 are all that is read here; nobody goes to a node.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api_clients.network.gns3.values import Node, Topology
from common.application.equipment.documents import undiscovered
from common.application.equipment.links import link_documents
from common.application.gns3 import central
from common.application.gns3.servers import checked_id
from common.domain.errors import HubError, Unavailable, Unknown
from common.models import EquipmentProfile

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Now:
    """What GNS3 says; `reason` is why it says nothing, `closed` that the project's nodes do not run."""

    topology: Topology | None = None
    reason: str = ""
    nodes: Mapping[str, Node] = field(default_factory=dict)


def list_equipment(project_id: str) -> list[JsonObject]:
    """Everything in the project, by name: profiled or not, and what was profiled and is gone. Raises Unknown where
    neither GNS3 nor a profile knows the project, and GNS3's own outage where it might."""
    now, rows = _look(project_id)
    shown = [_shown(row, now) for row in rows.values()]
    if now.topology is not None:
        shown += [_undiscovered(node, now.topology) for key, node in now.nodes.items() if key not in rows]
    return sorted(shown, key=lambda one: (one["name"].casefold(), one["equipment_id"]))


def get_equipment(project_id: str, equipment_id: str) -> JsonObject:
    """Raises Unknown, naming what is not there."""
    now, rows = _look(project_id)
    equipment_id = checked_id(equipment_id, "equipment")
    if (row := rows.get(equipment_id)) is not None:
        return _shown(row, now)
    if now.topology is not None and (node := now.nodes.get(equipment_id)) is not None:
        return _undiscovered(node, now.topology)
    if now.topology is None:
        raise Unavailable(f"{now.reason} Of {equipment_id} nothing is stored.", code="gns3_unavailable")
    message = f"There is no equipment {equipment_id} in the project {now.topology.project.name}."
    raise Unknown(message, code="unknown_equipment")


def _look(project_id: str) -> tuple[_Now, dict[str, EquipmentProfile]]:
    project_id = checked_id(project_id, "project")
    rows = list(EquipmentProfile.objects.filter(project_id=project_id).order_by("id"))
    try:
        server, _ = central.find(project_id)
        topology = central.topology(server, project_id)
    except HubError as error:
        if not rows:
            raise
        return _Now(reason=_why(error)), {row.node_id: row for row in rows}
    found = {row.node_id: row for row in rows if row.server == server}
    return _Now(topology, "", {node.node_id: node for node in topology.nodes}), found


def _why(error: HubError) -> str:
    if isinstance(error, Unknown):
        return "GNS3 has no such project any more."
    return str(error)


def _shown(row: EquipmentProfile, now: _Now) -> JsonObject:
    profile: JsonObject = dict(row.profile)
    discovery = dict(profile["discovery"])
    if now.topology is None:
        reason = f"GNS3 cannot be asked: {now.reason} The status is that of the discovery."
    elif (node := now.nodes.get(row.node_id)) is None:
        reason = "It is not in the project any more."
    else:
        reason = _outdated(profile, node, now.topology)
        profile["name"], profile["status"] = node.name, node.status
    profile["discovery"] = {**discovery, "stale": bool(reason), "stale_reason": reason}
    return profile


def _outdated(profile: Mapping[str, Any], node: Node, topology: Topology) -> str:
    """What GNS3 says otherwise than at the discovery."""
    if topology.project.status != "opened":
        return "The project is closed: what was found is from when it was open."
    found = []
    if profile["status"] != node.status:
        found.append(f"it was {profile['status']} then and is {node.status} now")
    if profile["name"] != node.name:
        found.append(f"it was called {profile['name']} then")
    if profile["links"] != link_documents(node, topology):
        found.append("its links have changed")
    return f"Since the discovery: {'; '.join(found)}." if found else ""


def _undiscovered(node: Node, topology: Topology) -> JsonObject:
    return undiscovered(node, topology, link_documents(node, topology))
