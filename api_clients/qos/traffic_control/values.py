"""What the kernel does with traffic, and what is to change. Rates are in bit/s, sizes in bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from typing import Any, Literal

Number = int | float | str | bool


@dataclass(frozen=True, slots=True)
class Interface:
    """`kind` is what made it (veth, bridge, vlan), "" for hardware; `qdisc` the kind at its root."""

    name: str
    index: int
    is_up: bool
    mtu: int
    address: str
    kind: str
    qdisc: str


@dataclass(frozen=True, slots=True)
class Qdisc:
    """`parent` is root, ingress, or the class below which it is. A `handle` of 0: is the kernel's own default. What
    `parameters` there are depends on the kind, each with its unit in its name; none are shown of kinds not known here.
    """

    kind: str
    handle: str
    parent: str
    parameters: Mapping[str, Number] = field(default_factory=dict)

    @property
    def is_default(self) -> bool:
        return self.handle == "0:"


@dataclass(frozen=True, slots=True)
class TrafficClass:
    """Guaranteed `rate_bps` and highest `ceil_bps` of HTB; None of other kinds. A lower `priority` is served first."""

    kind: str
    id: str
    parent: str
    rate_bps: int | None = None
    ceil_bps: int | None = None
    burst_bytes: int | None = None
    ceil_burst_bytes: int | None = None
    priority: int | None = None
    quantum_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Sends what it matches to a class. `options` are in the words of `tc -j filter show`."""

    kind: str
    parent: str
    protocol: str
    priority: int
    handle: str
    class_id: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class State:
    """All of one interface that a change could touch, and no counters."""

    qdiscs: tuple[Qdisc, ...] = ()
    classes: tuple[TrafficClass, ...] = ()
    filters: tuple[Filter, ...] = ()

    def fingerprint(self) -> str:
        """Return the same text for the same state. The handles of u32 are not part of it: the kernel numbers its hash
        tables anew whenever one is made, and nothing refers to them.
        """
        said = asdict(self)
        said["filters"] = [one | {"handle": ""} if one["kind"] == "u32" else one for one in said["filters"]]
        return blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Step:
    """One tc command: what it does, in words, and the commands that would undo it."""

    words: str
    command: tuple[str, ...]
    undo: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done to one interface, made from `state`. `changes` are what was asked for."""

    interface: str
    namespace: str
    changes: tuple[Mapping[str, Any], ...]
    steps: tuple[Step, ...]
    state: State
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Applied:
    """A plan that was carried out, and the state that it left; `rollback` takes it."""

    plan: Plan
    state: State
    fingerprint: str


@dataclass(frozen=True, slots=True)
class RolledBack:
    """`is_identical`: the state is what it was before, to the last number."""

    interface: str
    namespace: str
    commands: tuple[tuple[str, ...], ...]
    state: State
    is_identical: bool


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counters of a qdisc or class since it was made. The rates are of the time between two readings where one was
    asked for, else of the kernel's own estimator, None where that does not run.
    """

    object: Literal["qdisc", "class"]
    kind: str
    id: str
    parent: str
    bytes: int
    packets: int
    drops: int
    overlimits: int
    requeues: int
    backlog_bytes: int
    backlog_packets: int
    rate_bps: float | None = None
    packets_per_second: float | None = None
