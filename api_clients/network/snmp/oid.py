"""Object identifiers in their dotted text form, as the SNMP client takes and returns them: `1.3.6.1.2.1.1.1.0`."""

from __future__ import annotations

import re
from functools import lru_cache

MAX_ARCS = 128  # RFC 3416, section 4.1
MAX_ARC = 2**32 - 1

_DOTTED = re.compile(r"\.?(?:0|[1-9]\d{0,9})(?:\.(?:0|[1-9]\d{0,9}))+", re.ASCII)


class InvalidOid(ValueError):
    """The text is no object identifier; nothing was sent."""


@lru_cache(maxsize=4096)
def checked_oid(oid: str) -> str:
    """Return `oid` without a leading dot; raise InvalidOid where SNMP could not carry it (RFC 2578, 3.5)."""
    if not isinstance(oid, str) or not _DOTTED.fullmatch(oid):
        raise InvalidOid(f"{oid!r} is no object identifier: write numbers with dots between, such as 1.3.6.1.2.1.1.1.0")
    plain = oid.removeprefix(".")
    arcs = arcs_of(plain)
    if len(arcs) > MAX_ARCS:
        raise InvalidOid(f"{oid!r} has {len(arcs)} arcs; SNMP carries at most {MAX_ARCS}")
    if max(arcs) > MAX_ARC:
        raise InvalidOid(f"{oid!r} has an arc above {MAX_ARC}")
    if arcs[0] > 2 or (arcs[0] < 2 and arcs[1] > 39):
        raise InvalidOid(f"{oid!r} does not start with 0, 1 or 2 and, under 0 and 1, a second arc of at most 39")
    return plain


def arcs_of(oid: str) -> tuple[int, ...]:
    """The numbers of a well-formed dotted OID; tuples compare as SNMP orders objects."""
    return tuple(map(int, oid.split(".")))


def is_within(oid: str, root: str) -> bool:
    """Whether `oid` is `root` or lies below it."""
    return oid == root or oid.startswith(root + ".")


def follows(later: str, earlier: str) -> bool:
    """Whether `later` comes strictly after `earlier` in SNMP's order."""
    return arcs_of(later) > arcs_of(earlier)
