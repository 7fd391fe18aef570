"""Tell at the cost of one comparison that a device says what it said before.

The fingerprint covers every fact that the rows hold, so that equal fingerprints mean equal rows. Figures that move
all the time (load, memory in use, ARP entries, routes) are kept apart in `resources`: they are no news.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import orjson

from nms.network_management.profile import DeviceProfile

_LAYOUT = 1  # raise it when rows hold more of a profile than before: stored fingerprints then match nothing
_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS


def fingerprint(profile: DeviceProfile) -> str:
    """Return a digest of all facts of `profile` but uptime and figures."""
    said, system = profile.snmp, profile.snmp.system
    facts = (
        _LAYOUT,
        (system.description, system.object_id, system.contact, system.name, system.location, system.engine_id),
        profile.identification,
        profile.credential_id,
        said.interfaces,
        said.addresses,
        said.vlans,
        said.components,
        said.lldp,
        said.neighbors,
        sorted(said.problems),
    )
    return blake2b(_serialize(facts), digest_size=32).hexdigest()


def _serialize(facts: tuple[Any, ...]) -> bytes:
    try:
        return orjson.dumps(facts, option=_OPTIONS)
    except TypeError:  # lone surrogates or numbers beyond 64 bits, which JSON cannot carry: rare, so slow is fine
        return repr(facts).encode("utf-8", "backslashreplace")


def resources(profile: DeviceProfile) -> dict[str, Any]:
    """Return the figures that describe a device's size at the time it was read."""
    said = profile.snmp
    totals = [pool.total_bytes for pool in said.memories if pool.total_bytes is not None and not pool.virtual]
    routes = said.routes
    return {
        "processors": len(said.processors),
        "memory_bytes": sum(totals) if totals else None,
        "arp_entries": len(said.arp),
        "routes": None
        if routes is None
        else {
            "total": routes.total,
            "by_protocol": routes.by_protocol,
            "default_gateways": list(routes.default_gateways),
            "truncated": routes.truncated,
        },
    }
