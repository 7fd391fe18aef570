"""Asks the kernel over netlink, with pyroute2: interfaces, qdiscs, classes and their counters.

Filters are not here: pyroute2 reads the keys of u32 shifted by four bytes, so the tc program is asked for those.
tc in turn prints classes in no form for programs. Each question is a thread of its own, for entering a namespace is
for the rest of a thread's life.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pyroute2 import IPRoute, netns
from pyroute2.netlink.exceptions import NetlinkError

from api_clients.qos.traffic_control.bursts import size_given, size_kept
from api_clients.qos.traffic_control.naming import class_id

T = TypeVar("T")
NAMESPACES = Path("/run/netns")
PSCHED = Path("/proc/net/psched")
MOST_RATE = 0xFFFFFFFF


class Missing(Exception):
    """There is no such interface or namespace; its text says which."""


def in_namespace(namespace: str, ask: Callable[[IPRoute], T]) -> T:
    """Return what `ask` finds with a netlink socket in there. Raises Missing, PermissionError or OSError."""
    outcome: list[T | BaseException] = []

    def run() -> None:
        try:
            if namespace:
                netns.setns(namespace, flags=0)
            with IPRoute() as link:
                outcome.append(ask(link))
        except BaseException as error:  # noqa: BLE001 # it is raised again, in the thread that waits
            outcome.append(error)

    if namespace and not (NAMESPACES / namespace).exists():
        raise Missing(f"there is no network namespace {namespace}")
    thread = threading.Thread(target=run, name="netlink")
    thread.start()
    thread.join()
    (found,) = outcome
    if isinstance(found, NetlinkError) and found.code in (errno.EPERM, errno.EACCES):
        raise PermissionError(found.code, str(found)) from found
    if isinstance(found, NetlinkError):
        raise OSError(found.code, str(found)) from found
    if isinstance(found, BaseException):
        raise found
    return found


def interfaces(link: IPRoute) -> list[dict[str, Any]]:
    return [
        {
            "name": one.get_attr("IFLA_IFNAME"),
            "index": one["index"],
            "is_up": one.get_attr("IFLA_OPERSTATE") == "UP" or bool(one["flags"] & 1),
            "mtu": one.get_attr("IFLA_MTU") or 0,
            "address": one.get_attr("IFLA_ADDRESS") or "",
            "kind": (one.get_nested("IFLA_LINKINFO", "IFLA_INFO_KIND")) or "",
            "qdisc": one.get_attr("IFLA_QDISC") or "",
        }
        for one in link.get_links()
    ]


def index_of(link: IPRoute, interface: str) -> int:
    found = link.link_lookup(ifname=interface)
    if not found:
        raise Missing(f"there is no interface {interface} here")
    return int(found[0])


def qdiscs(link: IPRoute, interface: str) -> list[dict[str, Any]]:
    return [_qdisc(one) for one in link.get_qdiscs(index_of(link, interface))]


def classes(link: IPRoute, interface: str) -> list[dict[str, Any]]:
    found = [_class(one) for one in link.get_classes(index_of(link, interface))]
    return sorted(found, key=lambda one: tuple(int(part, 16) for part in one["id"].rstrip(":").split(":")))


def statistics(link: IPRoute, interface: str) -> list[dict[str, Any]]:
    index = index_of(link, interface)
    return [
        {"object": name, "kind": one.get_attr("TCA_KIND"), "id": class_id(one["handle"]), **_counters(one),
         "parent": class_id(one["parent"])}
        for name, found in (("qdisc", link.get_qdiscs(index)), ("class", link.get_classes(index)))
        for one in found
    ]  # fmt: skip


def _qdisc(one: Any) -> dict[str, Any]:
    kind = one.get_attr("TCA_KIND")
    read = PARAMETERS.get(kind)
    options = one.get_attr("TCA_OPTIONS")
    return {
        "kind": kind,
        "handle": class_id(one["handle"]),
        "parent": class_id(one["parent"]),
        "parameters": read(options) if read and options else {},
    }


def _htb(options: Any) -> dict[str, Any]:
    said = options.get_attr("TCA_HTB_INIT")
    found = {"default_class": f"{said['defcls']:x}", "r2q": said["rate2quantum"]}
    queue = options.get_attr("TCA_HTB_DIRECT_QLEN")
    return {**found, "direct_packets": queue} if queue is not None else found


def _tbf(options: Any) -> dict[str, Any]:
    """Nothing of rates from 2^32 byte/s on: the kernel says those in an attribute that pyroute2 does not know."""
    said = options.get_attr("TCA_TBF_PARMS")
    rate, peak, ticks = said["rate"], said["peak"], ticks_per_second()
    if MOST_RATE in (rate, peak):
        return {}
    found = {"rate_bps": 8 * rate, "burst_bytes": size_kept(said["buffer"], rate, ticks), "limit_bytes": said["limit"]}
    if peak:
        found |= {"peak_rate_bps": 8 * peak, "peak_burst_bytes": size_kept(said["mtu"], peak, ticks)}
    return found


def _netem(options: Any) -> dict[str, Any]:
    """Its header is struct tc_netem_qopt; the rates of chance are of 2^32."""
    ticks = ticks_per_second()
    return {
        "delay_seconds": options["delay"] / ticks,
        "jitter_seconds": options["jitter"] / ticks,
        "loss_percent": round(100 * options["loss"] / 0xFFFFFFFF, 6),
        "duplicate_percent": round(100 * options["duplicate"] / 0xFFFFFFFF, 6),
        "limit_packets": options["limit"],
        **({"more": True} if _says_more(options) else {}),
    }


def _says_more(options: Any) -> bool:
    """True where there is a correlation, a reordering, a corruption, a rate or a model of loss."""
    return any(
        any(value for name, value in said.items() if name != "header")
        for attribute, said in options["attrs"]
        if attribute != "UNKNOWN" and isinstance(said, dict)
    )


def _fifo(options: Any) -> dict[str, Any]:
    return {"limit": options["limit"]} if isinstance(options, dict) and "limit" in options else {}


PARAMETERS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "htb": _htb,
    "tbf": _tbf,
    "netem": _netem,
    "pfifo": _fifo,
    "bfifo": _fifo,
}


def _class(one: Any) -> dict[str, Any]:
    found = {"kind": one.get_attr("TCA_KIND"), "id": class_id(one["handle"]), "parent": class_id(one["parent"])}
    options = one.get_attr("TCA_OPTIONS") if found["kind"] == "htb" else None
    if not options:
        return found
    said, ticks = options.get_attr("TCA_HTB_PARMS"), ticks_per_second()
    rate = options.get_attr("TCA_HTB_RATE64") or said["rate"]
    ceil = options.get_attr("TCA_HTB_CEIL64") or said["ceil"]
    return found | {
        "rate_bps": 8 * rate,
        "ceil_bps": 8 * ceil,
        "burst_bytes": size_given(said["buffer"], rate, ticks),
        "ceil_burst_bytes": size_given(said["cbuffer"], ceil, ticks),
        "priority": said["prio"],
        "quantum_bytes": said["quantum"],
    }


def _counters(one: Any) -> dict[str, Any]:
    said = one.get_attr("TCA_STATS2")
    basic = said.get_attr("TCA_STATS_BASIC") or {}
    queue = said.get_attr("TCA_STATS_QUEUE") or {}
    estimated = said.get_attr("TCA_STATS_RATE_EST") or {}
    return {
        "bytes": basic.get("bytes", 0),
        "packets": basic.get("packets", 0),
        "drops": queue.get("drops", 0),
        "overlimits": queue.get("overlimits", 0),
        "requeues": queue.get("requeues", 0),
        "backlog_bytes": queue.get("backlog", 0),
        "backlog_packets": queue.get("qlen", 0),
        "rate_bps": 8.0 * estimated["bps"] if estimated else None,
        "packets_per_second": float(estimated["pps"]) if estimated else None,
    }


def ticks_per_second() -> float:
    """Ticks of the packet scheduler, as tc works them out of /proc/net/psched."""
    ticks, microseconds, resolution, _ = (int(word, 16) for word in PSCHED.read_text().split())
    return ticks / microseconds * resolution
