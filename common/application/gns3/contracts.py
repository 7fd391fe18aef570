"""Input and output of the capabilities of the module "gns3". Plain JSON: ids are text, unknown fields are refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

ServerName = Annotated[
    str, Field(max_length=100, description="A server of the clients' configuration; without it the one that has it.")
]
ProjectId = Annotated[str, Field(min_length=1, max_length=100)]
MaybeProjectId = Annotated[str, Field(max_length=100, description='"": all open projects of all servers.')]
Parallel = Annotated[int, Field(ge=1, le=32, description="So many nodes at once.")]
WaitSeconds = Annotated[float, Field(gt=0, le=3600, description="How long one node may take until it answers.")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OneProject(_Strict):
    project_id: ProjectId
    server: ServerName = ""


class OneProjectFresh(OneProject):
    fresh: bool = Field(False, description="Read from the server now, not from the cache.")


class SomeProjects(_Strict):
    project_id: MaybeProjectId = ""
    server: ServerName = ""


class OneNode(OneProject):
    node_id: Annotated[str, Field(min_length=1, max_length=100)]


class StartProject(OneProject):
    parallel: Parallel = 4
    wait_seconds: WaitSeconds = 60.0
    require_all: bool = Field(False, description="Fail where a node does not answer, rather than report it.")


class StopProject(OneProject):
    close: bool = Field(False, description="Close the project afterwards.")
    wait_seconds: WaitSeconds = 60.0


class NodeState(_Strict):
    server: str
    project_id: str
    node_id: str
    name: str
    type: str
    status: Literal["started", "stopped", "suspended"]
    console: str


class NodeOutcome(_Strict):
    node_id: str
    name: str
    type: str
    role: Literal["switch", "router", "host"]
    wave: int
    outcome: Literal["already", "done", "failed", "timed_out", "cancelled", "not_tried"]
    status: str
    console: str
    seconds: float
    error: str


class ProjectOutcome(_Strict):
    server: str
    project_id: str
    name: str
    outcome: Literal["done", "partial", "failed", "cancelled"]
    opened: bool
    seconds: float
    nodes: list[NodeOutcome]
    error: str


class PortFound(_Strict):
    adapter_number: int
    port_number: int
    name: str
    mac: str | None


class NodeFound(_Strict):
    node_id: str
    name: str
    type: str
    status: Literal["started", "stopped", "suspended"]
    console: str
    console_type: str
    x: int
    y: int
    ports: list[PortFound]


class LinkEndFound(_Strict):
    node_id: str
    adapter_number: int
    port_number: int


class LinkFound(_Strict):
    link_id: str
    ends: list[LinkEndFound]
    suspended: bool
    filters: dict[str, list[Any]]


class ProjectFound(_Strict):
    server: str
    project_id: str
    name: str
    status: Literal["opened", "closed"]
    nodes: list[NodeFound]
    links: list[LinkFound]


class ProjectsFound(_Strict):
    projects: list[ProjectFound]


class Equipment(_Strict):
    """`equipment_id` is the node's id; `address` is "" where none is known."""

    equipment_id: str
    project_id: str
    server: str
    name: str
    type: str
    status: str
    address: str


class EquipmentFound(_Strict):
    equipment: list[Equipment]


class NodeWanted(_Strict):
    key: Annotated[str, Field(min_length=1, max_length=200, description="What links call it by.")]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    template: Annotated[str, Field(max_length=200, description="Id or name of a template.")] = ""
    type: Annotated[str, Field(max_length=100, description="Without a template: vpcs, ethernet_switch, ...")] = ""
    x: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] = 0
    y: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] = 0
    compute_id: Annotated[str, Field(max_length=100)] = "local"
    properties: dict[str, Any] = Field(default_factory=dict)


class EndWanted(_Strict):
    node: Annotated[str, Field(min_length=1, max_length=200, description="The key of a node.")]
    adapter_number: Annotated[int, Field(ge=0, le=10_000)] = 0
    port_number: Annotated[int, Field(ge=0, le=10_000)] = 0


class LinkWanted(_Strict):
    ends: Annotated[list[EndWanted], Field(min_length=2, max_length=2)]


class CreateProject(_Strict):
    name: Annotated[str, Field(min_length=1, max_length=200)]
    server: ServerName = ""
    nodes: Annotated[list[NodeWanted], Field(max_length=1000)] = Field(default_factory=list)
    links: Annotated[list[LinkWanted], Field(max_length=5000)] = Field(default_factory=list)


class ProjectMade(_Strict):
    server: str
    project_id: str
    name: str
    node_ids: dict[str, str]
    link_ids: list[str]
