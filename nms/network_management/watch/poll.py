"""Ask many devices at once for the little that shows whether anything changed. Asyncio; no database here.

sysUpTime and the times of the last change cost one request; ifAdminStatus and ifOperStatus are two columns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from api_clients.domain.errors import CircuitOpen, ServiceError, Unreachable
from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.mibs.interfaces import ADMIN_STATUS, OPER_STATUS
from api_clients.network.snmp.session import SnmpSession
from api_clients.network.snmp.values import Credential, SnmpTarget, Value

log = structlog.get_logger("nms.watch")

SYS_UP_TIME: Final = "1.3.6.1.2.1.1.3.0"
# sysUpTime at the last change of a table, each counted in the same ticks (hundredths of a second).
LAST_CHANGES: Final = {
    "interfaces": "1.3.6.1.2.1.31.1.5.0",  # ifTableLastChange, IF-MIB
    "components": "1.3.6.1.2.1.47.1.4.1.0",  # entLastChangeTime, ENTITY-MIB
    "lldp": "1.0.8802.1.1.2.1.2.1.0",  # lldpStatsRemTablesLastChangeTime, LLDP-MIB
    "cdp": "1.3.6.1.4.1.9.9.23.1.3.3.0",  # cdpGlobalLastChange, CISCO-CDP-MIB
}
IF_ADMIN_STATUS: Final = "1.3.6.1.2.1.2.2.1.7"
IF_OPER_STATUS: Final = "1.3.6.1.2.1.2.2.1.8"
SECONDS_PER_DEVICE: Final = 20.0


@dataclass(frozen=True, slots=True)
class Watched:
    """A device to ask: `targets` in the order in which to try them, with one credential."""

    device_id: int
    targets: tuple[SnmpTarget, ...]
    credential: Credential = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a device; `target` is where it answered, None where nothing did.

    `statuses` is None where they could not be read; `seconds_since` says for each kind of table how long ago it last
    changed, of those that the agent tells.
    """

    device_id: int
    target: SnmpTarget | None
    uptime_seconds: float | None = None
    statuses: Mapping[int, tuple[str, str]] | None = None  # ifIndex -> (admin, oper)
    seconds_since: Mapping[str, float] = field(default_factory=dict)


async def look(devices: Sequence[Watched], client: SnmpClient, *, at_once: int = 1000) -> list[Sight]:
    """Ask all `devices`, at most `at_once` at a time; one that fails never keeps another from being asked."""
    slots = asyncio.Semaphore(at_once)

    async def one(device: Watched) -> Sight:
        async with slots:
            return await _look_at(device, client)

    return list(await asyncio.gather(*map(one, devices)))


async def _look_at(device: Watched, client: SnmpClient) -> Sight:
    for target in device.targets:
        try:
            async with asyncio.timeout(SECONDS_PER_DEVICE), client.session(target, device.credential) as session:
                return await _ask(device.device_id, target, session)
        except (Unreachable, CircuitOpen, TimeoutError):
            continue
        except ServiceError as error:
            # It answers, only not what was asked: a refused login is no outage.
            log.info("device answers with an error", device_id=device.device_id, error=str(error))
            return Sight(device.device_id, target)
    return Sight(device.device_id, None)


async def _ask(device_id: int, target: SnmpTarget, session: SnmpSession) -> Sight:
    times = await session.get_many([SYS_UP_TIME, *LAST_CHANGES.values()])
    uptime = _ticks(times.get(SYS_UP_TIME))
    try:
        admin, oper = await session.walk(IF_ADMIN_STATUS), await session.walk(IF_OPER_STATUS)
        statuses = _statuses(admin, oper)
    except ServiceError as error:
        log.info("interface status not readable", device_id=device_id, error=str(error))
        statuses = None
    return Sight(
        device_id,
        target,
        uptime_seconds=None if uptime is None else uptime / 100,
        statuses=statuses,
        seconds_since=_ages(uptime, times),
    )


def _statuses(admin: Sequence[tuple[str, Value]], oper: Sequence[tuple[str, Value]]) -> dict[int, tuple[str, str]]:
    oper_of = {_index(oid): value for oid, value in oper}
    return {
        index: (
            ADMIN_STATUS.get(_ticks(value) or 0, "unknown"),
            OPER_STATUS.get(_ticks(oper_of.get(index)) or 0, "unknown"),
        )
        for index, value in ((_index(oid), value) for oid, value in admin)
        if index in oper_of
    }


def _index(oid: str) -> int:
    return int(oid.rpartition(".")[2])


def _ages(uptime: int | None, times: Mapping[str, Value]) -> dict[str, float]:
    if uptime is None:
        return {}
    ticks = {kind: _ticks(times.get(oid)) for kind, oid in LAST_CHANGES.items()}
    # Zero means "not since the start"; more than the uptime is an agent's other clock, which says nothing.
    return {kind: (uptime - tick) / 100 for kind, tick in ticks.items() if tick and tick <= uptime}


def _ticks(value: Value | None) -> int | None:
    return value if isinstance(value, int) else None
