"""Reads what `tc -j filter show` prints into documents of filters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

NOISE = {"fh", "order", "key_ht", "bkt", "flowid", "classid", "not_in_hw", "match", "ht_divisor", "handle", "chain"}


def filters(printed: list[dict[str, Any]], parent: str) -> Iterator[dict[str, Any]]:
    """The filters below one qdisc; rows that only announce a priority or a hash table are none."""
    for one in printed:
        said = one.get("options") or {}
        if not said or "ht_divisor" in said:
            continue
        options = {name: value for name, value in said.items() if name not in NOISE}
        if one["kind"] == "u32":
            options["matches"] = [_key(key) for key in _several(said.get("match"))]
        yield {
            "kind": one["kind"],
            "parent": parent,
            "protocol": one["protocol"],
            "priority": int(one["pref"]),
            "handle": str(next((said[name] for name in ("fh", "handle") if name in said), "")),
            "class_id": str(said.get("flowid") or said.get("classid") or ""),
            "options": options,
        }


def _key(said: dict[str, Any]) -> dict[str, int]:
    """A 32-bit word of the packet at an offset into the IP header, under a mask."""
    return {"value": int(said["value"], 16), "mask": int(said["mask"], 16), "offset": int(said["off"])}


def _several(said: Any) -> list[Any]:
    return said if isinstance(said, list) else [] if said is None else [said]
