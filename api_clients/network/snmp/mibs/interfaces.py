"""Interfaces: ifTable merged with ifXTable (IF-MIB, RFC 2863)."""

from __future__ import annotations

from collections.abc import Mapping

from api_clients.network.snmp.mibs.decoding import integer, integer_within, line, mac
from api_clients.network.snmp.mibs.tables import Rows, Session, read_columns, read_table, together
from api_clients.network.snmp.values import Interface, Value

IF_NUMBER = "1.3.6.1.2.1.2.1.0"
IF_ENTRY = "1.3.6.1.2.1.2.2.1"
IF_DESCR, IF_TYPE, IF_MTU, IF_SPEED, IF_PHYS_ADDRESS, IF_ADMIN_STATUS, IF_OPER_STATUS = 2, 3, 4, 5, 6, 7, 8
IF_X_ENTRY = "1.3.6.1.2.1.31.1.1.1"
IF_NAME, IF_HIGH_SPEED, IF_ALIAS = 1, 15, 18

ADMIN_STATUS = {1: "up", 2: "down", 3: "testing"}
OPER_STATUS = {**ADMIN_STATUS, 4: "unknown", 5: "dormant", 6: "notPresent", 7: "lowerLayerDown"}

SATURATED = 0xFFFFFFFF  # RFC 2863: the real speed stands in ifHighSpeed
FASTEST_MBPS = 100_000_000
NEGATIVE = 0xFFFE0000
# ifTable has 22 columns and ifXTable 19: up to this many interfaces whole tables take fewer round trips than
# the ten columns wanted, one walk each. Agents that do not serve ifNumber are small ones.
FEW_INTERFACES = 24


async def read_interfaces(session: Session) -> tuple[Interface, ...]:
    """Whole tables from a small agent, the ten columns that matter from a large one."""
    count = integer((await session.get_many([IF_NUMBER])).get(IF_NUMBER))
    if count is None or count <= FEW_INTERFACES:
        tables = await together(read_table(session, IF_ENTRY), read_table(session, IF_X_ENTRY))
    else:
        tables = await together(
            read_columns(session, IF_ENTRY, range(IF_DESCR, IF_OPER_STATUS + 1)),
            read_columns(session, IF_X_ENTRY, (IF_NAME, IF_HIGH_SPEED, IF_ALIAS)),
        )
    return interfaces(*tables)


def interfaces(if_table: Rows, if_x_table: Rows) -> tuple[Interface, ...]:
    """Merge the tables by ifIndex, in its order.

    Rows that are no interface are left out: an index that is not one number, neither description nor type nor
    name. An ifXTable row without its ifTable row counts only where the agent serves no ifTable at all, since
    it is otherwise an interface that went away during the walk.
    """
    indexes = {int(index) for index in (if_table or if_x_table) if index.isdigit()}
    merged = (_interface(index, if_table.get(str(index), {}), if_x_table.get(str(index), {})) for index in indexes)
    return tuple(sorted((one for one in merged if one is not None), key=lambda one: one.index))


def _interface(index: int, row: Mapping[int, Value], extension: Mapping[int, Value]) -> Interface | None:
    description = line(row.get(IF_DESCR))
    name = line(extension.get(IF_NAME))
    type_number = integer_within(row.get(IF_TYPE), 1, 2**31 - 1)
    if not (description or name or type_number):
        return None
    return Interface(
        index=index,
        name=name or description,
        description=description or name,
        alias=line(extension.get(IF_ALIAS)),
        type=type_number or 0,
        mtu=integer(row.get(IF_MTU)),
        speed_bps=speed_bps(integer(row.get(IF_SPEED)), integer(extension.get(IF_HIGH_SPEED))),
        mac=mac(row.get(IF_PHYS_ADDRESS)),
        admin_status=ADMIN_STATUS.get(integer(row.get(IF_ADMIN_STATUS)) or 0, "unknown"),
        oper_status=OPER_STATUS.get(integer(row.get(IF_OPER_STATUS)) or 0, "unknown"),
    )


def speed_bps(speed: int | None, high_speed: int | None) -> int | None:
    """ifSpeed (bit/s) and ifHighSpeed (Mbit/s) as one figure.

    ifSpeed is exact and wins while it can hold the speed; where it is missing, zero or saturated, ifHighSpeed
    does. Some agents wrap or clip ifSpeed instead of saturating it, so a faster ifHighSpeed beyond its range wins too.
    """
    high_speed = _plausible(high_speed)
    beyond_range = high_speed is not None and high_speed * 1_000_000 > SATURATED
    if high_speed and (not speed or speed >= SATURATED or speed < 0 or beyond_range):
        return high_speed * 1_000_000
    return speed if speed is None or 0 <= speed < SATURATED else None


def _plausible(high_speed: int | None) -> int | None:
    """Two common defects: a negative number sent as unsigned (a link that is down), and bit/s instead of Mbit/s."""
    if high_speed is None or not 0 <= high_speed < NEGATIVE:
        return None
    return high_speed if high_speed <= FASTEST_MBPS else high_speed // 1_000_000
