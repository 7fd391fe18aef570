"""What the capabilities and message handlers of this module take and give. Pydantic alone, so that it costs little."""

from __future__ import annotations

from ipaddress import ip_interface
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, IPvAnyAddress, model_validator

from nms.network_management.capabilities.agent_contracts import AgentItem, ExpectedBox
from nms.network_management.discovery.limits import DEFAULT_CRAWL_DEPTH, MAX_CRAWL_DEPTH, MAX_EXPRESSIONS


def _own_address(text: str) -> str:
    """Return an address in its canonical form, with its prefix length where one was given."""
    interface = ip_interface(text)
    return str(interface) if "/" in text else str(interface.ip)


Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Expression = Annotated[str, Field(min_length=1, max_length=100)]
Port = Annotated[int, Field(ge=1, le=65535)]
NodeId = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,100}$")]  # GNS3's are UUIDs, of projects as well
OwnAddress = Annotated[str, Field(max_length=100), AfterValidator(_own_address)]
MAX_IDS = 1000  # in one answer; the counts beside them tell of all


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class DiscoverInput(Strict):
    """What to discover, as POST /api/network/discovery-runs/ takes it; or a run that was prepared."""

    run_id: Id | None = None
    targets: Annotated[list[Expression], Field(max_length=MAX_EXPRESSIONS)] = []
    seeds: Annotated[list[Expression], Field(max_length=MAX_EXPRESSIONS)] = []
    crawl_depth: Annotated[int, Field(ge=0, le=MAX_CRAWL_DEPTH)] | None = Field(
        None, description=f"Hops of LLDP and CDP neighbours; without it {DEFAULT_CRAWL_DEPTH} where there are seeds."
    )
    port: Port = 161
    credentials: Annotated[list[Id], Field(max_length=100)] = Field([], description="Ids; without it all, in order.")
    timeout_seconds: Annotated[float, Field(ge=0.05, le=60)] = 1.0
    retries: Annotated[int, Field(ge=0, le=10)] = 1

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        asked = self.model_fields_set - {"run_id"}
        if self.run_id is not None and asked:
            raise ValueError(f"a prepared run says itself what to discover; leave out {', '.join(sorted(asked))}")
        if self.run_id is None and not (self.targets or self.seeds):
            raise ValueError("give at least one target or seed, or the run_id of a prepared run")
        return self


class CredentialsInput(Strict):
    credentials: Annotated[list[Id], Field(max_length=100)]


class CredentialsOutput(Strict):
    unknown: list[int]


class PrepareInput(Strict):
    request: DiscoverInput
    workflow_run_id: Id = Field(description="The workflow run that goes on with it.")


class RunInput(Strict):
    run_id: Id


class PreparedRun(Strict):
    run_id: int
    addresses_total: int


class ReadOutput(Strict):
    """How many devices of the run were new, changed, unchanged; how much went wrong."""

    run_id: int
    devices_new: int
    devices_changed: int
    devices_unchanged: int
    problems: int


class DiscoverOutput(ReadOutput):
    """`device_ids` are the first of `devices`; GET /api/network/discovery-runs/{run_id}/devices/ has all."""

    devices: int
    device_ids: list[int]
    links: int = Field(description="Standing links between the devices found.")
    unreachable: list[str] = Field(description="Addresses that were named or announced and stayed silent; the first.")


class SettleInput(Strict):
    """The links of a run's devices, of some devices, or (without anything) of all."""

    run_id: Id | None = None
    device_ids: Annotated[list[Id], Field(max_length=10_000)] | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if self.run_id is not None and self.device_ids is not None:
            raise ValueError("give run_id or device_ids, not both")
        return self


class SettleOutput(Strict):
    discovered: int
    lost: int
    kept: int
    discovered_ids: list[int]
    lost_ids: list[int]


class DeviceItem(Strict):
    id: int
    name: str
    address: str | None
    source: str
    status: str
    role: str
    vendor: str
    os: str
    model: str


class ProfileInput(Strict):
    """A device of the inventory, or whatever answers at an address."""

    device_id: Id | None = None
    address: IPvAnyAddress | None = None
    port: Port = 161
    credentials: Annotated[list[Id], Field(max_length=100)] = Field([], description="Ids; without it all, in order.")
    expected: ExpectedBox | None = Field(None, description="Refuse whoever else answers there; all are taken without.")

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        if (self.device_id is None) == (self.address is None):
            raise ValueError("give either device_id or address")
        if self.device_id is not None and "port" in self.model_fields_set:
            raise ValueError("a device has its own port; leave out port")
        return self


class ProfileOutput(Strict):
    outcome: Literal["new", "changed", "unchanged"]
    device: DeviceItem
    incomplete: list[str] = Field(description="Parts that could not be read, each with the reason.")
    links_discovered: int
    links_lost: int
    agent: AgentItem = Field(description="How it is at this moment: uptime, load, memory, counters.")


class EquipmentInterface(Strict):
    """A port of a node. `name` is what GNS3 calls it (Ethernet0), the links name it so; addresses may have a prefix."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    mac: Annotated[str, Field(max_length=17)] = Field("", description="With colons, dashes, dots or nothing between.")
    addresses: Annotated[list[OwnAddress], Field(max_length=1000)] = Field(
        [], description="10.0.0.1/24, or 10.0.0.1 where the prefix is unknown."
    )
    connected: bool = False


class EquipmentNode(Strict):
    """A node of a GNS3 project; `addresses` are those of no certain port. What SNMP said of it tells which it is."""

    node_id: NodeId
    name: Annotated[str, Field(min_length=1, max_length=200)]
    type: Annotated[str, Field(max_length=50)] = Field("", description="GNS3's: vpcs, ethernet_switch, qemu, ...")
    status: Literal["started", "stopped", "suspended"] = "stopped"
    addresses: Annotated[list[OwnAddress], Field(max_length=1000)] = []
    interfaces: Annotated[list[EquipmentInterface], Field(max_length=10_000)] = []
    addresses_known: bool = Field(True, description="False: they could not be read, and those known before stay.")
    system_name: Annotated[str, Field(max_length=255)] = Field("", description="sysName, where it answered SNMP.")
    serial: Annotated[str, Field(max_length=255)] = Field("", description="Serial number, where it told one.")

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        names = [interface.name for interface in self.interfaces]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"node {self.name} has two interfaces named {twice[0]}")
        return self


class EquipmentLinkEnd(Strict):
    node_id: NodeId
    port: Annotated[str, Field(min_length=1, max_length=200)] = Field(description="The name of one of its interfaces.")


class EquipmentLink(Strict):
    a: EquipmentLinkEnd
    b: EquipmentLinkEnd


class EquipmentInput(Strict):
    """Equipment of one GNS3 project as it was found.

    With `complete`, `equipment` and `links` are all that the project has: nodes that are not among them are marked as
    gone. Without it they are part of it: of the nodes given all that is said counts (`links` are all links that they
    have), of the others nothing changes.
    """

    server: Annotated[str, Field(min_length=1, max_length=100)] = "main"
    project_id: NodeId
    project: Annotated[str, Field(max_length=200)] = Field("", description="The project's name.")
    equipment: Annotated[list[EquipmentNode], Field(max_length=10_000)] = []
    links: Annotated[list[EquipmentLink], Field(max_length=50_000)] = []
    complete: bool = False

    @model_validator(mode="after")
    def _nodes_differ(self) -> Self:
        ids = [node.node_id for node in self.equipment]
        if len(set(ids)) < len(ids):
            raise ValueError("a node stands twice in equipment")
        return self


class EquipmentOutput(Strict):
    """`device_ids` by node; the counts are of devices and of links by what happened to them."""

    device_ids: dict[str, int]
    new: int
    changed: int
    unchanged: int
    gone: int = Field(description="Nodes that the project has no more; their devices are marked.")
    links_discovered: int
    links_lost: int


class ListInput(Strict):
    """Devices that are in use, by name; each field that is given narrows them."""

    ids: Annotated[list[Id], Field(max_length=MAX_IDS)] | None = None
    status: Literal["reachable", "unreachable", "unknown"] | None = None
    role: str | None = None
    vendor: str | None = None
    source: Literal["snmp", "gns3"] | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_IDS)] = MAX_IDS


class ListOutput(Strict):
    total: int
    devices: list[DeviceItem]


class DeviceInput(Strict):
    device_id: Id


class InterfaceItem(Strict):
    id: int
    index: int
    name: str
    alias: str
    speed_bps: int | None
    mac: str
    admin_status: str
    oper_status: str
    addresses: list[str]


class LinkItem(Strict):
    id: int
    a_device_id: int
    a_device: str
    a_port: str
    b_device_id: int
    b_device: str
    b_port: str
    status: str
    protocols: list[str]


class DeviceOutput(Strict):
    device: DeviceItem
    version: str
    serial: str
    description: str
    location: str
    site: str
    interfaces: list[InterfaceItem]
    addresses: list[str]
    links: list[LinkItem]


class Nothing(Strict):
    """No input."""


class TopologyOutput(Strict):
    devices: list[DeviceItem]
    links: list[LinkItem]


class ReportInput(Strict):
    hours: Annotated[float, Field(gt=0, le=24 * 366)] = Field(24.0, description="How far back changes are counted.")


class DeviceFigures(Strict):
    """Devices in use; `new` were first seen within the hours that were asked for."""

    total: int
    new: int
    by_status: dict[str, int]
    by_role: dict[str, int]
    by_vendor: dict[str, int]


class LinkFigures(Strict):
    """Links that something vouches for; `lost` were vouched for until some time within the hours."""

    total: int
    new: int
    lost: int
    by_status: dict[str, int]


class DiscoveryFigures(Strict):
    runs: dict[str, int] = Field(description="By state: those of the hours, and all that have not ended.")


class ReportOutput(Strict):
    devices: DeviceFigures
    interfaces: dict[str, int] = Field(description="Present interfaces of devices in use, by operational status.")
    links: LinkFigures
    discovery: DiscoveryFigures


class RescanBody(Strict):
    """A message that asks to discover devices again."""

    device_ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_IDS)]


class RescanReply(Strict):
    """A run for each port at which the devices are managed."""

    run_ids: list[int]
