"""What can be asked to change, checked: the documents of `plan`, one model for each kind of change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from api_clients.qos.traffic_control.naming import CLASS_ID, HANDLE, PARENT

MOST_BPS = 2**63 - 1
MOST_TBF_BPS = 8 * (2**32 - 2)  # more cannot be read back
MOST_CHANGES = 200


def _network(text: str) -> str:
    return str(ip_network(text))


Rate = Annotated[int, Field(ge=8, le=MOST_BPS)]
Size = Annotated[int, Field(ge=1, le=2**31)]
Port = Annotated[int, Field(ge=0, le=65_535)]
ClassId = Annotated[str, Field(pattern=CLASS_ID)]
Parent = Annotated[str, Field(pattern=PARENT)]
Network = Annotated[str, AfterValidator(_network)]
Percent = Annotated[float, Field(ge=0, le=100)]


class _Change(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SetClass(_Change):
    """Change a class of HTB; what is left out stays, but for the burst, which tc fits to the new rate."""

    do: Literal["set_class"]
    class_id: ClassId
    rate_bps: Rate | None = None
    ceil_bps: Rate | None = None
    burst_bytes: Size | None = None
    priority: Annotated[int, Field(ge=0, le=7)] | None = None

    @model_validator(mode="after")
    def changes_something(self) -> SetClass:
        if self.rate_bps is self.ceil_bps is self.burst_bytes is self.priority is None:
            raise ValueError("a class is given a rate, a ceil, a burst or a priority")
        return self


class AddClass(_Change):
    """A class of HTB below another or the qdisc itself (`1:`); `ceil_bps` is the rate where it is left out."""

    do: Literal["add_class"]
    parent: Annotated[str, Field(pattern=r"^[0-9a-f]{1,4}:[0-9a-f]{0,4}$")]
    class_id: ClassId
    rate_bps: Rate
    ceil_bps: Rate | None = None
    burst_bytes: Size | None = None
    priority: Annotated[int, Field(ge=0, le=7)] = 0


class RemoveClass(_Change):
    do: Literal["remove_class"]
    class_id: ClassId


class SetHtb(_Change):
    """Put a hierarchical token bucket in the place; what matches no filter goes to class `default_class` of it."""

    do: Literal["set_htb"]
    parent: Parent = "root"
    handle: Annotated[str, Field(pattern=HANDLE)] = "1:"
    default_class: Annotated[str, Field(pattern=r"^[0-9a-f]{1,4}$")] = "0"


class SetTbf(_Change):
    """Put a token bucket in the place: no more than `rate_bps`, and what waits longer than `latency_ms` is dropped."""

    do: Literal["set_tbf"]
    parent: Parent = "root"
    handle: Annotated[str, Field(pattern=HANDLE)] = "1:"
    rate_bps: Annotated[int, Field(ge=8, le=MOST_TBF_BPS)]
    burst_bytes: Size
    latency_ms: Annotated[float, Field(gt=0, le=60_000)] = 50.0


class SetNetem(_Change):
    """Put an emulated bad line in the place."""

    do: Literal["set_netem"]
    parent: Parent = "root"
    handle: Annotated[str, Field(pattern=HANDLE)] = "1:"
    delay_ms: Annotated[float, Field(ge=0, le=60_000)] = 0.0
    jitter_ms: Annotated[float, Field(ge=0, le=60_000)] = 0.0
    loss_percent: Percent = 0.0
    duplicate_percent: Percent = 0.0

    @model_validator(mode="after")
    def jitters_around_a_delay(self) -> SetNetem:
        if self.jitter_ms and not self.delay_ms:
            raise ValueError("a jitter needs a delay")
        return self


class RemoveQdisc(_Change):
    """Take what was put in the place away, and all below it; the kernel's default comes back."""

    do: Literal["remove_qdisc"]
    parent: Parent = "root"


class AddFilter(_Change):
    """Send packets that match all that is said to a class. `fw` matches a mark alone, which a firewall has set."""

    do: Literal["add_filter"]
    kind: Literal["u32", "flower", "fw"] = "u32"
    parent: Annotated[str, Field(pattern=r"^[0-9a-f]{1,4}:$")] = "1:"
    priority: Annotated[int, Field(ge=1, le=65_535)]
    class_id: ClassId
    source: Network | None = None
    destination: Network | None = None
    protocol: Literal["tcp", "udp", "icmp", "icmpv6"] | None = None
    source_port: Port | None = None
    destination_port: Port | None = None
    mark: Annotated[int, Field(ge=1, le=0xFFFFFFFF)] | None = None

    @model_validator(mode="after")
    def fits_together(self) -> AddFilter:
        matches = (self.source, self.destination, self.protocol, self.source_port, self.destination_port)
        if (self.kind == "fw") != (self.mark is not None):
            raise ValueError("a mark belongs to kind fw, which needs it")
        if self.kind == "fw" and any(one is not None for one in matches):
            raise ValueError("kind fw matches a mark alone")
        if self.kind != "fw" and all(one is None for one in matches):
            raise ValueError("a filter has to match something")
        has_port = self.source_port is not None or self.destination_port is not None
        if has_port and self.protocol not in ("tcp", "udp"):
            raise ValueError("a port needs protocol tcp or udp")
        if len({ip_network(one).version for one in (self.source, self.destination) if one}) > 1:
            raise ValueError("source and destination are of two kinds of IP")
        return self

    @property
    def is_ipv6(self) -> bool:
        networks: list[IPv4Network | IPv6Network] = [ip_network(one) for one in (self.source, self.destination) if one]
        return self.protocol == "icmpv6" or any(one.version == 6 for one in networks)


class RemoveFilter(_Change):
    """Take away every filter of one priority."""

    do: Literal["remove_filter"]
    parent: Annotated[str, Field(pattern=r"^[0-9a-f]{1,4}:$")] = "1:"
    priority: Annotated[int, Field(ge=1, le=65_535)]


Change = Annotated[
    SetClass | AddClass | RemoveClass | SetHtb | SetTbf | SetNetem | RemoveQdisc | AddFilter | RemoveFilter,
    Field(discriminator="do"),
]
_adapter: TypeAdapter[Change] = TypeAdapter(Change)


def read_changes(documents: Sequence[Mapping[str, Any]]) -> tuple[Change, ...]:
    """Raises ValueError naming the change and its field."""
    if not 1 <= len(documents) <= MOST_CHANGES:
        raise ValueError(f"a plan has from 1 to {MOST_CHANGES} changes, not {len(documents)}")
    return tuple(_read(number, document) for number, document in enumerate(documents, 1))


def document_of(change: Change) -> dict[str, Any]:
    return change.model_dump(exclude_none=True)


def _read(number: int, document: Mapping[str, Any]) -> Change:
    try:
        return _adapter.validate_python(dict(document))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in problem["loc"][1:])
        said = problem["msg"].removeprefix("Value error, ")
        raise ValueError(f"change {number}{f', {where}' if where else ''}: {said}") from None
