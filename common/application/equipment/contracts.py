"""What the capability equipment.profile takes and gives. Pydantic alone, so that it costs little."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

_Id = Annotated[str, Field(max_length=100)]


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ProfileEquipmentInput(Strict):
    """A project, one node of it, or without a project all that are open."""

    project_id: _Id = ""
    equipment_id: _Id = Field("", description="The node_id of one node; without it all of the project.")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(161, description="UDP port of the SNMP agents.")
    credentials: Annotated[list[Annotated[int, Field(ge=1, le=2**63 - 1)]], Field(max_length=100)] = Field(
        [], description="Ids of stored SNMP credentials to try, in this order; without it all, in theirs."
    )


class EquipmentItem(Strict):
    """`change`: new, changed or unchanged since the last discovery."""

    equipment_id: str
    name: str
    type: str
    status: str
    ip_addresses: list[str]
    discovery: str
    change: str


class ProjectItem(Strict):
    """`inventory` is the input of network_management.record_equipment; `device_ids` those that answered SNMP."""

    server: str
    project_id: str
    project: str
    seconds: float
    equipment: list[EquipmentItem]
    new: int
    changed: int
    unchanged: int
    device_ids: list[int]
    inventory: dict[str, Any]


class ProjectProblem(Strict):
    project_id: str
    code: str
    message: str


class ProfileEquipmentOutput(Strict):
    """`problems` are of projects that could not be looked at while others could."""

    projects: list[ProjectItem]
    problems: list[ProjectProblem]
