"""Whether the interface table held still while it was read.

A table is read column by column, over many requests; a row that comes or goes in between is read by half. Where rows
are uneven (a value that others have is missing), a column is looked at again: if it moves, what was read is
not a state the device was ever in. Many agents serve uneven rows for good; those hold still and are believed.
"""

from __future__ import annotations

from collections.abc import Sequence

from api_clients.domain.errors import Malformed
from api_clients.network.snmp.mibs.tables import Session, read_column
from api_clients.network.snmp.profile import read_profile
from api_clients.network.snmp.values import Interface, SnmpProfile

_IF_TYPE = "1.3.6.1.2.1.2.2.1.3"  # mandatory in every row, and a small answer
_SYS_UP_TIME = "1.3.6.1.2.1.1.3.0"
_ATTEMPTS = 2
_LOOKS = 3


async def read_steady_profile(session: Session) -> SnmpProfile:
    """Read the profile, again if the interface table changed meanwhile. Raises Malformed when it keeps changing."""
    for _ in range(_ATTEMPTS):
        said = await read_profile(session)
        if not is_uneven(said.interfaces) or await _holds_still(session, said.interfaces):
            return said
    raise Malformed(
        f"the interface table changed while it was read, {_ATTEMPTS} times; discover it again when it is calm"
    )


def is_uneven(interfaces: Sequence[Interface]) -> bool:
    """Whether some rows lack what others have."""
    facts = [
        (row.type != 0, row.mtu is not None, row.speed_bps is not None, row.admin_status != "unknown")
        for row in interfaces
    ]
    return len(set(facts)) > 1


async def _holds_still(session: Session, interfaces: Sequence[Interface]) -> bool:
    said = {str(row.index): row.type for row in interfaces if row.type}
    for look in range(_LOOKS):
        if look == _LOOKS - 1:
            # One odd request, so that what changes with every other one is seen, however many a look takes.
            await session.get_many([_SYS_UP_TIME])
        types = {index: number for index, number in (await read_column(session, _IF_TYPE)).items() if number}
        if types != said:
            return False
    return True
