"""A small office's uplink, for documents and the simulator: 100 Mbit/s, of which telephony has its own share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from api_clients.qos.traffic_control.planning import make_plan
from api_clients.qos.traffic_control.values import Applied, Filter, Qdisc, State, TrafficClass

INTERFACE = "eth0"
STATE = State(
    qdiscs=(
        Qdisc("htb", "1:", "root", {"default_class": "20", "r2q": 10, "direct_packets": 1000}),
        Qdisc("pfifo", "10:", "1:10", {"limit": 50}),
    ),
    classes=(
        TrafficClass("htb", "1:1", "root", 100_000_000, 100_000_000, 1600, 1600, 0, 200_000),
        TrafficClass("htb", "1:10", "1:1", 5_000_000, 10_000_000, 1600, 1600, 0, 62_500),
        TrafficClass("htb", "1:20", "1:1", 95_000_000, 100_000_000, 1600, 1600, 3, 200_000),
    ),
    filters=(
        Filter(
            "u32",
            "1:",
            "ip",
            5,
            "800::800",
            "1:10",
            {"matches": [{"value": 5060, "mask": 0xFFFF, "offset": 20}]},
        ),
    ),
)
CHANGES = ({"do": "set_class", "class_id": "1:10", "rate_bps": 8_000_000},)


def plan_document() -> Mapping[str, Any]:
    return asdict(make_plan(INTERFACE, "", STATE, CHANGES))


def applied_document() -> Mapping[str, Any]:
    """A plan that led to the state above."""
    before = replace(
        STATE, classes=tuple(replace(one, rate_bps=2_000_000) if one.id == "1:10" else one for one in STATE.classes)
    )
    plan = make_plan(INTERFACE, "", before, [{"do": "set_class", "class_id": "1:10", "rate_bps": 5_000_000}])
    return asdict(Applied(plan, STATE, STATE.fingerprint()))
