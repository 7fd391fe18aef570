"""Which of the agents that answered are one box with several addresses, so that it is read once.

Pure. Only what cannot be chance counts as the same box: the same name, description, object ID and boot time (two
clocks agree within seconds), and on top of that the same SNMP engine ID or the box's own word that the address is
its own. Everything less is read separately; the inventory recognises it by serial numbers, chassis and MACs.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence

from nms.network_management.addresses import address_sort_key
from nms.network_management.discovery.login import Hello
from nms.network_management.inventory.identifiers import engine_key

_CLOCK_TOLERANCE_SECONDS = 3.0


Likeness = tuple[str, str, str, str]


def likeness(hello: Hello) -> Likeness:
    """Return what all addresses of one box have in common, of what the system group tells."""
    system = hello.system
    return system.name, system.description, system.object_id, engine_key(system.engine_id)


def same_box(known: Hello, other: Hello, *, known_addresses: Collection[str]) -> bool:
    """Whether `other` is the box behind `known`, which says that `known_addresses` are its own."""
    if likeness(known) != likeness(other) or not _booted_together(known, other):
        return False
    return bool(engine_key(known.system.engine_id)) or other.target.address in known_addresses


def clusters(hellos: Iterable[Hello]) -> list[list[Hello]]:
    """Part `hellos` so that different clusters are surely different boxes; ascending by address in each.

    The order is by address, never by who answered first, so that every run reads a box through the same address.
    """
    alike: dict[Likeness, list[Hello]] = {}
    for hello in sorted(hellos, key=lambda item: address_sort_key(item.target.address)):
        alike.setdefault(likeness(hello), []).append(hello)
    found = [cluster for group in alike.values() for cluster in _by_boot_time(group)]
    return sorted(found, key=lambda cluster: address_sort_key(cluster[0].target.address))


def _by_boot_time(group: Sequence[Hello]) -> list[list[Hello]]:
    """Part alike agents where their boot times are apart; one that tells no boot time stands alone."""
    timed = sorted((booted, place) for place, hello in enumerate(group) if (booted := _booted_at(hello)) is not None)
    places: list[list[int]] = [[place] for place, hello in enumerate(group) if _booted_at(hello) is None]
    previous = -math.inf
    for booted, place in timed:
        if booted - previous > _CLOCK_TOLERANCE_SECONDS:
            places.append([])
        places[-1].append(place)
        previous = booted
    return [[group[place] for place in sorted(cluster)] for cluster in places]


def _booted_together(first: Hello, second: Hello) -> bool:
    one, other = _booted_at(first), _booted_at(second)
    return one is not None and other is not None and abs(one - other) <= _CLOCK_TOLERANCE_SECONDS


def _booted_at(hello: Hello) -> float | None:
    uptime = hello.system.uptime_seconds
    return None if uptime is None else hello.read_at - uptime
