"""What the capabilities of labs take and give."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, field_validator, model_validator

from nms.network_management.capabilities.contracts import MAX_IDS, Id, NodeId, Strict

Text = Annotated[str, Field(min_length=1, max_length=200)]
Coordinate = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
Position = Annotated[list[Coordinate], Field(min_length=2, max_length=2)]
Place = Annotated[str, Field(pattern=r"^\d{1,3}/\d{1,3}$")]
MAX_PORTS = 500
ComparedWith = Literal["export", "selection", "all"]


class Selection(Strict):
    """Devices in use; each field that is given narrows them. `all` where really all are meant."""

    model_config = ConfigDict(strict=True)

    device_ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_IDS)] | None = None
    site: Annotated[str, Field(max_length=200)] | None = None
    role: Text | None = None
    vendor: Text | None = None
    tag: Text | None = None
    source: Literal["snmp", "gns3"] | None = None
    all: bool = False

    @property
    def narrows(self) -> bool:
        return bool(self.model_dump(exclude_none=True, exclude={"all"}))


class MadeOf(Strict):
    """What a device is made of in the lab: a template (its id or name), or a type of nodes without one.

    `ports` are those of a template, as adapter/port ("0/0", "1/0"), where the usual ones of its type are not right.
    """

    model_config = ConfigDict(strict=True)

    template: Text | None = None
    type: Literal["vpcs", "ethernet_switch", "ethernet_hub"] | None = None
    ports: Annotated[list[Place], Field(min_length=1, max_length=MAX_PORTS)] | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.template is None) == (self.type is None):
            raise ValueError("give either a template or a type")
        if self.ports is not None and self.template is None:
            raise ValueError("a type has its own ports; leave out ports")
        if self.ports is not None and len(set(self.ports)) < len(self.ports):
            raise ValueError("a port stands twice in ports")
        return self


class ExportInput(Strict):
    """A part of the network, and how to make a lab of it. What a device is made of follows from, in this order:
    `devices`, `roles`, NMS_LAB_TEMPLATES, and else: an Ethernet switch for what forwards, VPCS for what does not.
    """

    model_config = ConfigDict(strict=True)

    name: Text = Field(description="Of the new project.")
    server: Annotated[str, Field(max_length=100)] = Field("", description="Where several GNS3 servers are configured.")
    select: Selection
    roles: Annotated[dict[str, MadeOf], Field(max_length=100)] = Field({}, description="By role of the inventory.")
    devices: Annotated[dict[str, MadeOf], Field(max_length=MAX_IDS)] = Field({}, description="By the device's id.")
    positions: Annotated[dict[str, Position], Field(max_length=MAX_IDS)] = Field(
        {}, description="By the device's id, [x, y] of GNS3's canvas, as on your map; the others are laid out."
    )
    dry_run: bool = Field(False, description="Only plan.")

    @field_validator("name")
    @classmethod
    def _printable(cls, name: str) -> str:
        if not name.isprintable() or name != name.strip():
            raise ValueError("one line of printable characters without spaces around it")
        return name

    @field_validator("devices", "positions")
    @classmethod
    def _by_id(cls, by_id: dict[str, object]) -> dict[str, object]:
        if wrong := [key for key in by_id if not (key.isascii() and key.isdigit() and len(key) < 19)]:
            raise ValueError(f"the keys are ids of devices; {wrong[0]!r:.50} is none")
        return by_id

    @model_validator(mode="after")
    def _chooses(self) -> Self:
        if self.select.narrows == self.select.all:
            raise ValueError("select: say which devices (device_ids, site, role, vendor, tag, source), or all: true")
        return self


class PlannedNode(Strict):
    device_id: int
    device: str
    node: str = Field(description="Its name in the lab.")
    template: str
    type: str = Field(description="Of the node, where no template is used.")
    x: int
    y: int


class PlannedEnd(Strict):
    device_id: int
    device: str
    interface: str = Field(description="On the device.")
    node: str
    adapter_number: int
    port_number: int
    port: str = Field(description="Its name in the lab, where it is known beforehand.")


class PlannedLink(Strict):
    link_id: int
    a: PlannedEnd
    b: PlannedEnd


class LeftOut(Strict):
    """A link of the network that the lab has not, and why."""

    link_id: int
    reason: str


class LabPlan(Strict):
    name: str
    nodes: list[PlannedNode]
    links: list[PlannedLink]
    left_out: list[LeftOut]
    notes: list[str]


class ExportOutput(Strict):
    """`project_id` is null of a dry run; `node_ids` by the device's id."""

    server: str
    project_id: str | None
    plan: LabPlan
    node_ids: dict[str, str]


class CompareInput(Strict):
    """Without `select` the lab is compared with the devices that it was exported from, else with all in use."""

    model_config = ConfigDict(strict=True)

    project_id: NodeId
    select: Selection | None = None

    @model_validator(mode="after")
    def _chooses(self) -> Self:
        if self.select is not None and self.select.narrows == self.select.all:
            raise ValueError("select: say which devices (device_ids, site, role, vendor, tag, source), or all: true")
        return self


class Pair(Strict):
    device_id: int
    device: str
    node_id: str
    node: str
    by: Literal["export", "reference", "name", "address"]


class Difference(Strict):
    """`kind`: missing_in_lab, missing_live, ports, state. What of node, device and link it is about is given."""

    about: Literal["node", "link"]
    kind: Literal["missing_in_lab", "missing_live", "ports", "state"]
    device_ids: list[int]
    node_ids: list[str]
    link_id: int | None = Field(None, description="Of the inventory.")
    lab_link_id: str | None = Field(None, description="Of GNS3.")
    explanation: str


class CompareOutput(Strict):
    server: str
    project_id: str
    project: str
    same: bool
    compared_with: ComparedWith
    devices: int
    nodes: int
    live_links: int
    lab_links: int
    matched: list[Pair]
    differences: list[Difference]
