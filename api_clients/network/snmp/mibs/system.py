"""The system group of SNMPv2-MIB (RFC 3418) and the engine of SNMP-FRAMEWORK-MIB (RFC 3411)."""

from __future__ import annotations

from collections.abc import Mapping

from api_clients.domain.errors import Malformed, Rejected
from api_clients.network.snmp.mibs.decoding import integer, line, text
from api_clients.network.snmp.mibs.tables import Session
from api_clients.network.snmp.values import System, Value

SYS_DESCR = "1.3.6.1.2.1.1.1.0"
SYS_OBJECT_ID = "1.3.6.1.2.1.1.2.0"
SYS_UP_TIME = "1.3.6.1.2.1.1.3.0"
SYS_CONTACT = "1.3.6.1.2.1.1.4.0"
SYS_NAME = "1.3.6.1.2.1.1.5.0"
SYS_LOCATION = "1.3.6.1.2.1.1.6.0"
SYS_SERVICES = "1.3.6.1.2.1.1.7.0"
ENGINE_ID = "1.3.6.1.6.3.10.2.1.1.0"
ENGINE_TIME = "1.3.6.1.6.3.10.2.1.3.0"  # seconds since the engine started; where sysUpTime is not served
SYSTEM_GROUP = (SYS_DESCR, SYS_OBJECT_ID, SYS_UP_TIME, SYS_CONTACT, SYS_NAME, SYS_LOCATION, SYS_SERVICES)
SCALARS = (*SYSTEM_GROUP, ENGINE_ID, ENGINE_TIME)


async def read_system(session: Session) -> System:
    """One request. Raises Malformed where the agent answers and shows nothing of the system group."""
    try:
        answers = await session.get_many(SCALARS)
    except Rejected:  # genErr, from agents that fail where they should say that they have no such object
        answers = await session.get_many(SYSTEM_GROUP)
    if not any(oid in answers for oid in (SYS_DESCR, SYS_OBJECT_ID, SYS_UP_TIME, SYS_NAME)):
        raise Malformed("the agent answers but serves no system group; allow 1.3.6.1.2.1.1 in its view", service="snmp")
    return system(answers)


def system(answers: Mapping[str, Value]) -> System:
    """Parse the scalars of SCALARS, any of which may be missing."""
    engine_id = answers.get(ENGINE_ID)
    return System(
        description=text(answers.get(SYS_DESCR)),
        object_id=text(answers.get(SYS_OBJECT_ID)).lstrip("."),
        uptime_seconds=_uptime(answers),
        contact=line(answers.get(SYS_CONTACT)),
        name=line(answers.get(SYS_NAME)),
        location=line(answers.get(SYS_LOCATION)),
        engine_id=engine_id.hex() if isinstance(engine_id, bytes) and 5 <= len(engine_id) <= 32 else None,
        services=integer(answers.get(SYS_SERVICES)),
    )


def _uptime(answers: Mapping[str, Value]) -> float | None:
    ticks = integer(answers.get(SYS_UP_TIME))
    if ticks is not None:
        return ticks / 100
    seconds = integer(answers.get(ENGINE_TIME))
    return None if seconds is None else float(seconds)
