"""Makes the steps of a plan from a state and the changes asked for. Pure: nothing is asked or done here.

Each change is planned on the state that those before it would leave. What could not be undone is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from api_clients.qos.traffic_control import commands
from api_clients.qos.traffic_control.changes import (
    AddClass,
    AddFilter,
    Change,
    RemoveClass,
    RemoveFilter,
    RemoveQdisc,
    SetClass,
    SetHtb,
    SetNetem,
    SetTbf,
    document_of,
    read_changes,
)
from api_clients.qos.traffic_control.commands import Command
from api_clients.qos.traffic_control.naming import major
from api_clients.qos.traffic_control.values import Filter, Number, Plan, Qdisc, State, Step, TrafficClass


def make_plan(interface: str, namespace: str, state: State, documents: Sequence[Mapping[str, Any]]) -> Plan:
    """Raises ValueError, which says which change cannot be made and why."""
    changes = read_changes(documents)
    draft = _Draft(interface, state)
    steps = [step for number, change in enumerate(changes, 1) for step in _planned(draft, number, change)]
    return Plan(
        interface=interface,
        namespace=namespace,
        changes=tuple(document_of(change) for change in changes),
        steps=tuple(steps),
        state=state,
        fingerprint=state.fingerprint(),
    )


def undo_of(plan: Plan) -> tuple[Command, ...]:
    """The commands that take back a whole plan, last step first."""
    return tuple(command for step in reversed(plan.steps) for command in step.undo)


def in_units(bps: int) -> str:
    """A rate in words: 5 Mbit/s, 1.5 Gbit/s."""
    for unit, size in (("Gbit/s", 10**9), ("Mbit/s", 10**6), ("kbit/s", 10**3)):
        if bps >= size:
            return f"{bps / size:.6g} {unit}"
    return f"{bps} bit/s"


@dataclass
class _Draft:
    """The state as it would be after the steps so far."""

    interface: str
    state: State

    def class_of(self, class_id: str) -> TrafficClass:
        for one in self.state.classes:
            if one.id == class_id:
                if one.kind != "htb":
                    raise ValueError(f"class {class_id} is of {one.kind}; only those of htb can be changed")
                return one
        raise ValueError(f"{self.interface} has no class {class_id}")

    def qdisc_at(self, parent: str) -> Qdisc | None:
        """What was put there, None where the kernel's default is."""
        return next((one for one in self.state.qdiscs if one.parent == parent and not one.is_default), None)

    def qdisc_of(self, handle: str) -> Qdisc:
        for one in self.state.qdiscs:
            if one.handle == handle:
                return one
        raise ValueError(f"{self.interface} has no qdisc {handle}")


def _planned(draft: _Draft, number: int, change: Change) -> Iterator[Step]:
    try:
        yield from PLANNERS[type(change)](draft, change)
    except ValueError as error:
        raise ValueError(f"change {number} ({change.do}): {error}") from error


def _set_class(draft: _Draft, change: SetClass) -> Iterator[Step]:
    was = draft.class_of(change.class_id)
    rate = change.rate_bps or was.rate_bps or 0
    # A ceil that was the rate goes with it: such a class never borrowed, and a ceil below the rate is none.
    ceil = change.ceil_bps or (rate if was.ceil_bps == was.rate_bps else was.ceil_bps) or rate
    _refuse_ceil_below_rate(rate, ceil)
    is_same_rate = (rate, ceil) == (was.rate_bps, was.ceil_bps)
    becomes = replace(
        was,
        rate_bps=rate,
        ceil_bps=ceil,
        burst_bytes=change.burst_bytes or (was.burst_bytes if is_same_rate else None),
        ceil_burst_bytes=was.ceil_burst_bytes if is_same_rate else None,
        priority=was.priority if change.priority is None else change.priority,
        quantum_bytes=was.quantum_bytes if rate == was.rate_bps else None,
    )
    draft.state = replace(
        draft.state, classes=tuple(becomes if one.id == was.id else one for one in draft.state.classes)
    )
    said = f"Change class {was.id} of {draft.interface} from {_rates(was)} to {_rates(becomes)}"
    said += f", priority {becomes.priority}" if becomes.priority != was.priority else ""
    undo = commands.make_class(draft.interface, was, verb="change")
    yield Step(said, commands.make_class(draft.interface, becomes, verb="change"), (undo,))


def _add_class(draft: _Draft, change: AddClass) -> Iterator[Step]:
    if any(one.id == change.class_id for one in draft.state.classes):
        raise ValueError(f"{draft.interface} has a class {change.class_id} already")
    if draft.qdisc_of(major(change.class_id)).kind != "htb" or major(change.parent) != major(change.class_id):
        raise ValueError(f"class {change.class_id} should be below a qdisc htb {major(change.class_id)}")
    if not change.parent.endswith(":"):
        draft.class_of(change.parent)
    ceil = change.ceil_bps or change.rate_bps
    _refuse_ceil_below_rate(change.rate_bps, ceil)
    made = TrafficClass(
        kind="htb",
        id=change.class_id,
        parent="root" if change.parent.endswith(":") else change.parent,
        rate_bps=change.rate_bps,
        ceil_bps=ceil,
        burst_bytes=change.burst_bytes,
        priority=change.priority,
    )
    draft.state = replace(draft.state, classes=(*draft.state.classes, made))
    said = f"Add class {made.id} with {_rates(made)} below {change.parent} of {draft.interface}"
    undo = commands.remove_class(draft.interface, made)
    yield Step(said, commands.make_class(draft.interface, made), (undo,))


def _remove_class(draft: _Draft, change: RemoveClass) -> Iterator[Step]:
    was = draft.class_of(change.class_id)
    users = [f"class {one.id}" for one in draft.state.classes if one.parent == was.id]
    users += [f"the filter of priority {one.priority}" for one in draft.state.filters if one.class_id == was.id]
    if users:
        raise ValueError(f"class {was.id} is in use by {', '.join(users)}")
    inner = draft.qdisc_at(was.id)
    below = tuple(commands.rebuild(draft.interface, draft.state, inner)) if inner else ()
    draft.state = replace(
        draft.state,
        classes=tuple(one for one in draft.state.classes if one.id != was.id),
        qdiscs=tuple(one for one in draft.state.qdiscs if one.parent != was.id),
    )
    undo = (commands.make_class(draft.interface, was), *below)
    yield Step(f"Remove class {was.id} of {draft.interface}", commands.remove_class(draft.interface, was), undo)


def _set_qdisc(draft: _Draft, made: Qdisc, command: Command, said: str) -> Iterator[Step]:
    """Put a qdisc in a place, after what was put there before has been taken away."""
    if made.parent != "root":
        draft.class_of(made.parent)
    yield from _cleared(draft, made.parent)
    if any(one.handle == made.handle for one in draft.state.qdiscs):
        raise ValueError(f"{draft.interface} has a qdisc {made.handle} already; give another handle")
    # The kernel's own default there goes when another is put in its place, and comes back after it.
    kept = tuple(one for one in draft.state.qdiscs if one.parent != made.parent)
    draft.state = replace(draft.state, qdiscs=(*kept, made))
    yield Step(said, command, (commands.remove_qdisc(draft.interface, made),))


def _cleared(draft: _Draft, parent: str) -> Iterator[Step]:
    was = draft.qdisc_at(parent)
    if was is None:
        return
    undo = tuple(commands.rebuild(draft.interface, draft.state, was))
    draft.state = _without(draft.state, was)
    place = "the root" if parent == "root" else f"class {parent}"
    yield Step(
        f"Remove qdisc {was.kind} {was.handle} at {place} of {draft.interface}, and all below it",
        commands.remove_qdisc(draft.interface, was),
        undo,
    )


def _set_htb(draft: _Draft, change: SetHtb) -> Iterator[Step]:
    parameters: dict[str, Number] = {"default_class": change.default_class, "r2q": 10}
    made = Qdisc("htb", change.handle, change.parent, parameters)
    said = f"Put htb {change.handle} at {change.parent} of {draft.interface}, default class {change.default_class}"
    yield from _set_qdisc(draft, made, commands.make_qdisc(draft.interface, made), said)


def _set_tbf(draft: _Draft, change: SetTbf) -> Iterator[Step]:
    limit = int(change.rate_bps / 8 * change.latency_ms / 1000) + change.burst_bytes
    parameters = {"rate_bps": change.rate_bps, "burst_bytes": change.burst_bytes, "limit_bytes": limit}
    made = Qdisc("tbf", change.handle, change.parent, parameters)
    said = f"Limit {change.parent} of {draft.interface} to {in_units(change.rate_bps)} with tbf {change.handle}"
    yield from _set_qdisc(draft, made, commands.make_qdisc(draft.interface, made), said)


def _set_netem(draft: _Draft, change: SetNetem) -> Iterator[Step]:
    parameters = {
        "delay_seconds": change.delay_ms / 1000,
        "jitter_seconds": change.jitter_ms / 1000,
        "loss_percent": change.loss_percent,
        "duplicate_percent": change.duplicate_percent,
    }
    made = Qdisc("netem", change.handle, change.parent, parameters)
    said = (
        f"Emulate a line at {change.parent} of {draft.interface}: {change.delay_ms:g} ms delay,"
        f" {change.loss_percent:g} % loss"
    )
    yield from _set_qdisc(draft, made, commands.make_qdisc(draft.interface, made), said)


def _remove_qdisc(draft: _Draft, change: RemoveQdisc) -> Iterator[Step]:
    if draft.qdisc_at(change.parent) is None:
        raise ValueError(f"nothing was put at {change.parent} of {draft.interface}")
    yield from _cleared(draft, change.parent)


def _add_filter(draft: _Draft, change: AddFilter) -> Iterator[Step]:
    draft.qdisc_of(change.parent)
    draft.class_of(change.class_id)
    protocol = "all" if change.kind == "fw" else "ipv6" if change.is_ipv6 else "ip"
    taken = [one for one in draft.state.filters if (one.parent, one.priority) == (change.parent, change.priority)]
    if taken:
        raise ValueError(f"priority {change.priority} at {change.parent} is taken by a filter {taken[0].kind}")
    made = Filter(change.kind, change.parent, protocol, change.priority, "", change.class_id, {"planned": True})
    draft.state = replace(draft.state, filters=(*draft.state.filters, made))
    words = ["filter", "add", "dev", draft.interface, "parent", change.parent, "protocol", protocol]
    words += ["prio", str(change.priority), *MATCHERS[change.kind](change)]
    said = f"Send {_matched(change)} to class {change.class_id} of {draft.interface}, priority {change.priority}"
    undo = commands.remove_filters(draft.interface, change.parent, protocol, change.priority)
    yield Step(said, tuple(words), (undo,))


def _remove_filter(draft: _Draft, change: RemoveFilter) -> Iterator[Step]:
    was = [one for one in draft.state.filters if (one.parent, one.priority) == (change.parent, change.priority)]
    if not was:
        raise ValueError(f"{draft.interface} has no filter of priority {change.priority} at {change.parent}")
    undo = tuple(commands.make_filter(draft.interface, one) for one in was)
    draft.state = replace(draft.state, filters=tuple(one for one in draft.state.filters if one not in was))
    said = f"Remove the filter of priority {change.priority} at {change.parent} of {draft.interface}"
    command = commands.remove_filters(draft.interface, change.parent, was[0].protocol, change.priority)
    yield Step(said, command, undo)


def _without(state: State, qdisc: Qdisc) -> State:
    """The state once a qdisc and all below it are gone."""
    gone = {one.id for one in state.classes if major(one.id) == qdisc.handle}
    for inner in [one for one in state.qdiscs if one.parent in gone]:
        state = _without(state, inner)
    return State(
        qdiscs=tuple(one for one in state.qdiscs if one != qdisc and one.parent not in gone),
        classes=tuple(one for one in state.classes if one.id not in gone),
        filters=tuple(one for one in state.filters if one.parent != qdisc.handle),
    )


def _u32_words(change: AddFilter) -> list[str]:
    ip = "ip6" if change.is_ipv6 else "ip"
    words = ["u32"]
    for name, value in (("src", change.source), ("dst", change.destination)):
        words += ["match", ip, name, value] if value else []
    if change.protocol:
        words += ["match", ip, "protocol", str(PROTOCOLS[change.protocol]), "0xff"]
    for name, port in (("sport", change.source_port), ("dport", change.destination_port)):
        words += ["match", ip, name, str(port), "0xffff"] if port is not None else []
    return [*words, "flowid", change.class_id]


def _flower_words(change: AddFilter) -> list[str]:
    words = ["flower"]
    pairs = (
        ("ip_proto", change.protocol),
        ("src_ip", change.source),
        ("dst_ip", change.destination),
        ("src_port", change.source_port),
        ("dst_port", change.destination_port),
    )
    for name, value in pairs:
        words += [name, str(value)] if value is not None else []
    return [*words, "classid", change.class_id]


def _fw_words(change: AddFilter) -> list[str]:
    return ["handle", str(change.mark), "fw", "classid", change.class_id]


def _matched(change: AddFilter) -> str:
    said = [f"mark {change.mark}"] if change.mark is not None else []
    said += [change.protocol] if change.protocol else []
    said += [f"from {change.source}"] if change.source else []
    said += [f"to {change.destination}"] if change.destination else []
    said += [f"source port {change.source_port}"] if change.source_port is not None else []
    said += [f"port {change.destination_port}"] if change.destination_port is not None else []
    return " ".join(said)


def _rates(one: TrafficClass) -> str:
    return f"{in_units(one.rate_bps or 0)}, at most {in_units(one.ceil_bps or 0)}"


def _refuse_ceil_below_rate(rate: int, ceil: int) -> None:
    if ceil < rate:
        raise ValueError(f"the ceil of {in_units(ceil)} is below the rate of {in_units(rate)}")


PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}
MATCHERS: Mapping[str, Callable[[AddFilter], list[str]]] = {"u32": _u32_words, "flower": _flower_words, "fw": _fw_words}
PLANNERS: Mapping[type, Callable[[_Draft, Any], Iterator[Step]]] = {
    SetClass: _set_class,
    AddClass: _add_class,
    RemoveClass: _remove_class,
    SetHtb: _set_htb,
    SetTbf: _set_tbf,
    SetNetem: _set_netem,
    RemoveQdisc: _remove_qdisc,
    AddFilter: _add_filter,
    RemoveFilter: _remove_filter,
}
