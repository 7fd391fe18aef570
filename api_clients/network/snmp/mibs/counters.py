"""What went through each interface since its counters began: IF-MIB (RFC 2863), 64 bits wide where an agent has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from api_clients.network.snmp.mibs.decoding import integer
from api_clients.network.snmp.mibs.interfaces import IF_ENTRY, IF_X_ENTRY
from api_clients.network.snmp.mibs.tables import Session, read_columns, together
from api_clients.network.snmp.values import Value

IN_OCTETS, IN_DISCARDS, IN_ERRORS, OUT_OCTETS, OUT_DISCARDS, OUT_ERRORS = 10, 13, 14, 16, 19, 20
HC_IN_OCTETS, HC_OUT_OCTETS = 6, 10


@dataclass(frozen=True, slots=True)
class InterfaceCounters:
    """Of one ifIndex; None where the agent does not count it. `wide`: octets are of 64 bits."""

    index: int
    in_octets: int | None
    out_octets: int | None
    in_errors: int | None
    out_errors: int | None
    in_discards: int | None
    out_discards: int | None
    wide: bool


async def read_counters(session: Session) -> tuple[InterfaceCounters, ...]:
    """By ifIndex. Raises what the session raises."""
    narrow, wide = await together(
        read_columns(session, IF_ENTRY, (IN_OCTETS, IN_DISCARDS, IN_ERRORS, OUT_OCTETS, OUT_DISCARDS, OUT_ERRORS)),
        read_columns(session, IF_X_ENTRY, (HC_IN_OCTETS, HC_OUT_OCTETS)),
    )
    indexes = sorted(int(index) for index in {*narrow, *wide} if index.isdigit())
    return tuple(_counters(index, narrow.get(str(index), {}), wide.get(str(index), {})) for index in indexes)


def _counters(index: int, narrow: Mapping[int, Value], wide: Mapping[int, Value]) -> InterfaceCounters:
    received, sent = integer(wide.get(HC_IN_OCTETS)), integer(wide.get(HC_OUT_OCTETS))
    return InterfaceCounters(
        index=index,
        in_octets=integer(narrow.get(IN_OCTETS)) if received is None else received,
        out_octets=integer(narrow.get(OUT_OCTETS)) if sent is None else sent,
        in_errors=integer(narrow.get(IN_ERRORS)),
        out_errors=integer(narrow.get(OUT_ERRORS)),
        in_discards=integer(narrow.get(IN_DISCARDS)),
        out_discards=integer(narrow.get(OUT_DISCARDS)),
        wide=received is not None and sent is not None,
    )
