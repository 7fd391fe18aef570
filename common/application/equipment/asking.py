"""Whether a discovery makes sense, before a run is started for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from common.application.equipment.agents import refuse_unknown_credentials
from common.application.gns3 import central
from common.application.gns3.servers import checked_id
from common.domain.errors import Conflict, Failed
from common.domain.modules import Call, CapabilityFailed


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


def check_credentials(credentials: Sequence[int], *, actor: str) -> None:
    """Raises Invalid where the module that keeps them does not know one, Failed where it could not look."""
    try:
        refuse_unknown_credentials(credentials, Call(actor=actor))
    except CapabilityFailed as error:
        raise Failed(f"The credentials could not be looked up: {error}", code=error.code) from error
