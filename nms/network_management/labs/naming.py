"""Names of nodes that GNS3 takes and keeps. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LONGEST = 60
_UNFIT = re.compile(r"[^A-Za-z0-9.-]+")


def node_name(device: str) -> str:
    """A host name: letters, digits, dots and hyphens, beginning with a letter, as all kinds of nodes take it."""
    name = _UNFIT.sub("-", device).strip("-.")[:_LONGEST].strip("-.")
    return name if name[:1].isalpha() else f"n-{name}".rstrip("-")


def node_names(devices: Iterable[tuple[int, str]]) -> dict[int, str]:
    """A name for each device by id; a second one of a name is name-2, because GNS3 would rename it by itself."""
    taken: set[str] = set()
    names: dict[int, str] = {}
    for device_id, device in devices:
        wanted = name = node_name(device)
        number = 2
        while name.lower() in taken:
            name = f"{wanted}-{number}"
            number += 1
        taken.add(name.lower())
        names[device_id] = name
    return names
