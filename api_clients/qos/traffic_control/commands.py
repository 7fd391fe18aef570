"""Spells what there is as the tc commands that make it: for steps, and to bring back what a step took away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from api_clients.qos.traffic_control.naming import major
from api_clients.qos.traffic_control.values import Filter, Qdisc, State, TrafficClass

Command = tuple[str, ...]


class CannotBeMade(ValueError):
    """A thing of a kind, or with options, that no command here can make again."""


def make_qdisc(interface: str, qdisc: Qdisc) -> Command:
    """Raises CannotBeMade."""
    words = QDISCS.get(qdisc.kind)
    if words is None:
        raise CannotBeMade(f"qdisc {qdisc.kind} {qdisc.handle} is of a kind that could not be put back")
    if qdisc.parent == "ingress":
        return ("qdisc", "add", "dev", interface, qdisc.kind)
    place = ("root",) if qdisc.parent == "root" else ("parent", qdisc.parent)
    try:
        options = words(qdisc.parameters)
    except KeyError as error:
        raise CannotBeMade(
            f"not all of qdisc {qdisc.kind} {qdisc.handle} is known, so it could not be put back"
        ) from error
    return ("qdisc", "add", "dev", interface, *place, "handle", qdisc.handle, qdisc.kind, *options)


def remove_qdisc(interface: str, qdisc: Qdisc) -> Command:
    if qdisc.parent == "ingress":
        return ("qdisc", "del", "dev", interface, qdisc.kind)
    place = ("root",) if qdisc.parent == "root" else ("parent", qdisc.parent)
    return ("qdisc", "del", "dev", interface, *place)


def make_class(interface: str, one: TrafficClass, *, verb: str = "add") -> Command:
    """Raises CannotBeMade. A class below the qdisc itself has root as its parent in the kernel's words."""
    if one.kind != "htb" or one.rate_bps is None or one.ceil_bps is None:
        raise CannotBeMade(f"class {one.id} of {one.kind} belongs to its qdisc and cannot be made alone")
    parent = major(one.id) if one.parent == "root" else one.parent
    words = ["class", verb, "dev", interface, "parent", parent, "classid", one.id, "htb"]
    words += ["rate", f"{one.rate_bps}bit", "ceil", f"{one.ceil_bps}bit"]
    for name, value in (("burst", one.burst_bytes), ("cburst", one.ceil_burst_bytes)):
        words += [name, f"{value}b"] if value is not None else []
    words += ["prio", str(one.priority or 0)]
    return (*words, "quantum", str(one.quantum_bytes)) if one.quantum_bytes else tuple(words)


def remove_class(interface: str, one: TrafficClass) -> Command:
    return ("class", "del", "dev", interface, "classid", one.id)


def make_filter(interface: str, one: Filter) -> Command:
    """Raises CannotBeMade."""
    words = ["filter", "add", "dev", interface, "parent", one.parent, "protocol", one.protocol]
    words += ["prio", str(one.priority)]
    read = FILTERS.get(one.kind)
    if read is None:
        raise CannotBeMade(f"filter {one.kind} of priority {one.priority} is of a kind that could not be put back")
    return (*words, *read(one))


def remove_filters(interface: str, parent: str, protocol: str, priority: int) -> Command:
    return ("filter", "del", "dev", interface, "parent", parent, "protocol", protocol, "prio", str(priority))


def rebuild(interface: str, state: State, qdisc: Qdisc) -> Iterator[Command]:
    """Every command that makes a qdisc and all below it again, from the top. Raises CannotBeMade."""
    yield make_qdisc(interface, qdisc)
    own = [one for one in state.classes if major(one.id) == qdisc.handle and one.kind == "htb"]
    for one in _parents_first(own):
        yield make_class(interface, one)
    below = {one.id for one in own}
    for inner in state.qdiscs:
        if inner.parent in below and not inner.is_default:
            yield from rebuild(interface, state, inner)
    for each in state.filters:
        if each.parent == qdisc.handle:
            yield make_filter(interface, each)


def _parents_first(classes: list[TrafficClass]) -> Iterator[TrafficClass]:
    known = {one.id for one in classes}
    waiting = list(classes)
    while waiting:
        ready = [one for one in waiting if one.parent not in known or one.parent not in {each.id for each in waiting}]
        yield from ready
        waiting = [one for one in waiting if one not in ready]


def _htb(said: Mapping[str, Any]) -> list[str]:
    more = ["direct_qlen", str(said["direct_packets"])] if "direct_packets" in said else []
    return ["default", str(said.get("default_class", "0")), "r2q", str(said.get("r2q", 10)), *more]


def _tbf(said: Mapping[str, Any]) -> list[str]:
    words = ["rate", f"{said['rate_bps']}bit", "burst", f"{said['burst_bytes']}b", "limit", f"{said['limit_bytes']}b"]
    if "peak_rate_bps" in said:
        words += ["peakrate", f"{said['peak_rate_bps']}bit", "mtu", f"{said['peak_burst_bytes']}b"]
    return words


def _netem(said: Mapping[str, Any]) -> list[str]:
    if "more" in said:
        raise CannotBeMade("the emulated line has more than a delay, loss and duplicates, and could not be put back")
    words = ["limit", str(said["limit_packets"])] if "limit_packets" in said else []
    if said.get("delay_seconds"):
        words += ["delay", _microseconds(said["delay_seconds"])]
        words += [_microseconds(said["jitter_seconds"])] if said.get("jitter_seconds") else []
    for name in ("loss", "duplicate"):
        words += [name, f"{said[f'{name}_percent']:g}%"] if said.get(f"{name}_percent") else []
    return words


def _microseconds(seconds: float) -> str:
    return f"{round(seconds * 1e6)}us"


def _fifo(said: Mapping[str, Any]) -> list[str]:
    return ["limit", str(said["limit"])] if "limit" in said else []


def _u32(one: Filter) -> list[str]:
    _refuse_more(one, {"matches"})
    words = ["u32"]
    for key in one.options["matches"]:
        words += ["match", "u32", f"0x{int(key['value']):08x}", f"0x{int(key['mask']):08x}"]
        words += ["at", str(int(key["offset"]))]
    return [*words, "flowid", one.class_id]


def _flower(one: Filter) -> list[str]:
    _refuse_more(one, {"keys"})
    words = ["flower"]
    for name, value in one.options["keys"].items():
        if name not in FLOWER_KEYS:
            raise CannotBeMade(f"filter flower of priority {one.priority} matches {name}, which could not be put back")
        words += [] if name == "eth_type" else [name, str(value)]
    return [*words, "classid", one.class_id]


def _fw(one: Filter) -> list[str]:
    _refuse_more(one, set())
    return ["handle", one.handle, "fw", "classid", one.class_id]


def _refuse_more(one: Filter, known: set[str]) -> None:
    more = sorted(set(one.options) - known)
    if more or not one.class_id:
        why = f"has {', '.join(more)}" if more else "names no class"
        raise CannotBeMade(f"filter {one.kind} of priority {one.priority} {why}, which could not be put back")


QDISCS: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "htb": _htb,
    "tbf": _tbf,
    "netem": _netem,
    "pfifo": _fifo,
    "bfifo": _fifo,
    "ingress": lambda said: [],
    "clsact": lambda said: [],
}
FILTERS: Mapping[str, Callable[[Filter], list[str]]] = {"u32": _u32, "flower": _flower, "fw": _fw}
FLOWER_KEYS = frozenset({"eth_type", "ip_proto", "src_ip", "dst_ip", "src_port", "dst_port"})
