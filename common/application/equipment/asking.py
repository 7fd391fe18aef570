"""Whether a discovery makes sense, before a run is started for it."""

from __future__ import annotations

from dataclasses import dataclass

from common.application.gns3 import central
from common.application.gns3.servers import checked_id
from common.domain.errors import Conflict


@dataclass(frozen=True, slots=True)
class ToDiscover:
    """In GNS3's own writing."""

    project_id: str
    equipment_id: str | None


def check_discovery(project_id: str, equipment_id: str | None) -> ToDiscover:
    """Raises Unknown (no such project or node), Conflict (it is closed), and what an outage of GNS3 is."""
    server, known = central.find(project_id)
    project = central.project(server, known.project_id, fresh=True)
    if project.status != "opened":
        message = f"The project {project.name} is closed: open it, then its equipment can be discovered."
        raise Conflict(message, code="project_closed")
    if equipment_id is None:
        return ToDiscover(project.project_id, None)
    equipment_id = checked_id(equipment_id, "equipment")
    return ToDiscover(project.project_id, central.node(server, project.project_id, equipment_id, fresh=True).node_id)
