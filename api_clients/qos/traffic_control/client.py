"""How the kernel of this machine shapes its traffic: what there is, what it does, and plans to change it.

A change is a `Plan`, which is made and shown without touching anything, applied as a whole by `apply`, and taken back
by `rollback`. The commands in a plan are for reading: `apply` works them out again from the changes asked for, so that
a plan which was altered on its way does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from api_clients.domain.errors import InvalidRequest
from api_clients.domain.figures import Figure
from api_clients.domain.health import Health
from api_clients.domain.operation import operation
from api_clients.infrastructure.client import ServiceClient
from api_clients.infrastructure.wire import Wire, WireSettings
from api_clients.qos.traffic_control import examples, reading
from api_clients.qos.traffic_control.naming import interface_name, namespace_name
from api_clients.qos.traffic_control.planning import make_plan, undo_of
from api_clients.qos.traffic_control.reading import as_found, every
from api_clients.qos.traffic_control.values import (
    Applied,
    Filter,
    Interface,
    Plan,
    Qdisc,
    RolledBack,
    State,
    Statistics,
    TrafficClass,
)
from api_clients.qos.traffic_control.wire import TrafficControlWire

T = TypeVar("T")
LONGEST_SECONDS = 10.0


class TrafficControlOptions(BaseModel):
    """`tc_program` where tc is not on the path."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    tc_program: str = Field("tc", min_length=1, pattern=r"^(/[^\x00]+|[A-Za-z0-9_-]+)$")


class TrafficControlClient(ServiceClient):
    service = "traffic_control"
    schemes = ("host",)
    Options = TrafficControlOptions
    examples: ClassVar[Mapping[str, Any]] = {
        "interface": examples.INTERFACE,
        "class_id": "1:10",
        "parent": "1:1",
        "priority": 10,
        "rate_bps": 8_000_000,
        "burst_bytes": 32_000,
        "changes": list(examples.CHANGES),
        "plan": examples.plan_document(),
        "applied": examples.applied_document(),
    }

    @classmethod
    def make_wire(cls, settings: WireSettings) -> Wire:
        return TrafficControlWire(settings)

    def _health(self) -> Health:
        return self._get("/kernel", read=as_found(_health))

    # --- What there is ---

    @operation(idempotent=True, role="viewer", cache_seconds=5.0)
    def namespaces(self) -> tuple[str, ...]:
        """Return the named network namespaces of this machine."""
        return self._get("/namespaces", read=as_found(_names))

    @operation(idempotent=True, role="viewer", cache_seconds=5.0)
    def interfaces(self, namespace: str = "") -> tuple[Interface, ...]:
        """Return the interfaces of a namespace, "" for the host itself."""
        return self._look("/interfaces", "lo", namespace, read=reading.interfaces)

    @operation(idempotent=True, role="viewer")
    def qdiscs(self, interface: str, namespace: str = "") -> tuple[Qdisc, ...]:
        """Return the queueing disciplines of an interface."""
        return self._look("/qdiscs", interface, namespace, read=every(Qdisc))

    @operation(idempotent=True, role="viewer")
    def classes(self, interface: str, namespace: str = "") -> tuple[TrafficClass, ...]:
        """Return the classes of an interface, with their rates."""
        return self._look("/classes", interface, namespace, read=every(TrafficClass))

    @operation(idempotent=True, role="viewer")
    def filters(self, interface: str, namespace: str = "") -> tuple[Filter, ...]:
        """Return the filters of an interface, of every qdisc that has some."""
        return self._look("/filters", interface, namespace, read=every(Filter))

    @operation(idempotent=True, role="viewer", lane="monitoring", deadline_seconds=30.0)
    def statistics(self, interface: str, namespace: str = "", seconds: float = 0.0) -> tuple[Statistics, ...]:
        """Return the counters of every qdisc and class; with `seconds` (up to 10) there are two readings that far
        apart, and the rates of the time between.
        """
        if not 0 <= seconds <= LONGEST_SECONDS:
            raise InvalidRequest(f"seconds should be from 0 to {LONGEST_SECONDS:g}, not {seconds}")
        return self._look("/statistics", interface, namespace, read=reading.statistics, seconds=seconds)

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def figures(self) -> tuple[Figure, ...]:
        """Return backlog and drops of the host's interfaces whose queues somebody has set up."""
        found: list[Figure] = []
        for interface in self._look("/interfaces", "lo", "", read=reading.interfaces):
            if interface.qdisc in ("htb", "tbf", "netem", "hfsc", "cake"):
                counted = self._look("/statistics", interface.name, "", read=reading.statistics, seconds=0.0)
                found.extend(_figures(interface.name, counted))
        return tuple(found)

    # --- Plans ---

    @operation(idempotent=True, role="viewer")
    def plan_changes(self, interface: str, changes: Sequence[Mapping[str, Any]], namespace: str = "") -> Plan:
        """Plan several changes as one. Each says what to `do`: set_class, add_class, remove_class, set_htb, set_tbf,
        set_netem, remove_qdisc, add_filter or remove_filter; docs/services/traffic-control.md has their fields.
        """
        return self._plan(interface, namespace, changes)

    @operation(idempotent=True, role="viewer")
    def plan_class_rate(
        self, interface: str, class_id: str, rate_bps: int, ceil_bps: int | None = None, namespace: str = ""
    ) -> Plan:
        """Plan another rate for a class of HTB; where its ceil was its rate, that goes with it."""
        return self._plan_one(
            interface, namespace, do="set_class", class_id=class_id, rate_bps=rate_bps, ceil_bps=ceil_bps
        )

    @operation(idempotent=True, role="viewer", example={"class_id": "1:30"})
    def plan_class(
        self,
        interface: str,
        parent: str,
        class_id: str,
        rate_bps: int,
        ceil_bps: int | None = None,
        priority: int = 0,
        namespace: str = "",
    ) -> Plan:
        """Plan a new class of HTB below another, or below the qdisc itself (`1:`)."""
        said = {"parent": parent, "class_id": class_id, "rate_bps": rate_bps, "ceil_bps": ceil_bps}
        return self._plan_one(interface, namespace, do="add_class", **said, priority=priority)

    @operation(idempotent=True, role="viewer")
    def plan_rate_limit(
        self,
        interface: str,
        rate_bps: int,
        burst_bytes: int = 32_000,
        latency_ms: float = 50.0,
        parent: str = "root",
        namespace: str = "",
    ) -> Plan:
        """Plan a token bucket (TBF) for the whole interface, or below one class with a handle of its own."""
        said = {"rate_bps": rate_bps, "burst_bytes": burst_bytes, "latency_ms": latency_ms, "parent": parent}
        return self._plan_one(interface, namespace, do="set_tbf", **said, handle=_handle_below(parent))

    @operation(idempotent=True, role="viewer")
    def plan_emulation(
        self,
        interface: str,
        delay_ms: float = 100.0,
        jitter_ms: float = 0.0,
        loss_percent: float = 0.0,
        parent: str = "root",
        namespace: str = "",
    ) -> Plan:
        """Plan an emulated bad line (netem), where the kernel has it: delay, jitter and loss."""
        said = {"delay_ms": delay_ms, "jitter_ms": jitter_ms, "loss_percent": loss_percent, "parent": parent}
        return self._plan_one(interface, namespace, do="set_netem", **said, handle=_handle_below(parent))

    @operation(idempotent=True, role="viewer", example={"protocol": "tcp", "destination_port": 443})
    def plan_filter(
        self,
        interface: str,
        class_id: str,
        priority: int,
        source: str | None = None,
        destination: str | None = None,
        protocol: Literal["tcp", "udp", "icmp", "icmpv6"] | None = None,
        source_port: int | None = None,
        destination_port: int | None = None,
        kind: Literal["u32", "flower"] = "u32",
        namespace: str = "",
    ) -> Plan:
        """Plan a filter that sends what matches to a class; source and destination are networks such as 10.0.0.0/8."""
        said: dict[str, Any] = {
            "class_id": class_id,
            "priority": priority,
            "source": source,
            "destination": destination,
            "protocol": protocol,
            "source_port": source_port,
            "destination_port": destination_port,
            "kind": kind,
            "parent": class_id.partition(":")[0] + ":",
        }
        return self._plan_one(interface, namespace, do="add_filter", **said)

    @operation(idempotent=True, role="viewer", example={"parent": "root"})
    def plan_removal(self, interface: str, parent: str = "root", namespace: str = "") -> Plan:
        """Plan to take away what was put at the root of an interface or below a class, and all below it."""
        return self._plan_one(interface, namespace, do="remove_qdisc", parent=parent)

    # --- Changes ---

    @operation(idempotent=False, role="operator")
    def apply(self, plan: Plan | Mapping[str, Any]) -> Applied:
        """Carry out a plan as a whole. Rejected where the interface has changed since, or where a step fails, whose
        error says that what was done before has been taken back.
        """
        wanted = self._valid(lambda: reading.plan_of(plan))
        made = self._made_again(wanted)
        if made.steps != wanted.steps or made.fingerprint != wanted.fingerprint:
            raise InvalidRequest("its steps are not those of its changes, so nothing was done")
        steps = [{"command": step.command, "undo": step.undo} for step in made.steps]
        state = self._order(made.interface, made.namespace, made.fingerprint, steps)
        return Applied(made, state, state.fingerprint())

    @operation(idempotent=False, role="operator")
    def rollback(self, applied: Applied | Mapping[str, Any]) -> RolledBack:
        """Take back a plan that was applied. Rejected where the interface has changed since that."""
        done = self._valid(lambda: reading.applied_of(applied))
        made = self._made_again(done.plan)
        undo = undo_of(made)
        state = self._order(
            made.interface, made.namespace, done.fingerprint, [{"command": one, "undo": ()} for one in undo]
        )
        return RolledBack(made.interface, made.namespace, undo, state, state.fingerprint() == made.fingerprint)

    def _order(self, interface: str, namespace: str, fingerprint: str, steps: Sequence[Mapping[str, Any]]) -> State:
        return self._send(
            "POST",
            "/apply",
            params=self._params(interface, namespace),
            json={"fingerprint": fingerprint, "steps": steps},
            read=as_found(reading.state_of),
        )

    def _plan_one(self, interface: str, namespace: str, **change: Any) -> Plan:
        return self._plan(interface, namespace, [{name: value for name, value in change.items() if value is not None}])

    def _plan(self, interface: str, namespace: str, changes: Sequence[Mapping[str, Any]]) -> Plan:
        state = self._look("/state", interface, namespace, read=reading.state_of)
        return self._valid(lambda: make_plan(interface, namespace, state, changes))

    def _look(
        self, path: str, interface: str, namespace: str, *, read: Callable[[Any], T], seconds: float | None = None
    ) -> T:
        params = {**self._params(interface, namespace), "seconds": seconds}
        return self._get(path, params=params, read=as_found(read))

    def _params(self, interface: str, namespace: str) -> dict[str, str]:
        return self._valid(lambda: {"interface": interface_name(interface), "namespace": namespace_name(namespace)})

    def _made_again(self, plan: Plan) -> Plan:
        """Make a plan of the state and the changes of another, of which nothing else is believed."""
        self._params(plan.interface, plan.namespace)
        return self._valid(lambda: make_plan(plan.interface, plan.namespace, plan.state, plan.changes))

    def _valid(self, make: Callable[[], T]) -> T:
        """Make something of what came from outside, or refuse it."""
        try:
            return make()
        except ValueError as error:
            raise InvalidRequest(str(error)) from error


def _health(found: Any) -> Health:
    version = f"Linux {found['kernel']}, {found['tc']}"
    if not found["may_change"]:
        return Health("degraded", version, "changes would be refused: this process has no CAP_NET_ADMIN")
    return Health(version=version)


def _names(found: Any) -> tuple[str, ...]:
    return tuple(str(name) for name in found)


def _handle_below(parent: str) -> str:
    """A handle for what is put below a class: that of 1:10 is 10:."""
    return "1:" if parent == "root" else (parent.partition(":")[2] or "1") + ":"


def _figures(interface: str, counted: Sequence[Statistics]) -> list[Figure]:
    roots = [one for one in counted if one.object == "qdisc" and one.parent == "root"]
    labels = {"interface": interface}
    return [
        figure
        for one in roots
        for figure in (
            Figure("queue.backlog", one.backlog_bytes, "bytes", labels),
            Figure("queue.dropped", one.drops, "count", labels),
            Figure("queue.sent", one.bytes, "bytes", labels),
        )
    ]
