"""The agent behind a profile: is it the one expected, and how is it at this moment?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog

from api_clients.domain.errors import ServiceError
from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.mibs.counters import InterfaceCounters, read_counters
from api_clients.network.snmp.values import Credential as SnmpCredential
from api_clients.network.snmp.values import SnmpTarget
from common.domain.modules import CapabilityFailed
from nms.network_management.capabilities.agent_contracts import (
    AgentItem,
    CountersItem,
    ExpectedBox,
    MemoryItem,
    PerformanceItem,
    ProcessorItem,
)
from nms.network_management.models import Credential
from nms.network_management.profile import DeviceProfile

log = structlog.get_logger("nms.discovery")
COUNTERS_SECONDS = 10.0


def refuse_other_box(profile: DeviceProfile, expected: ExpectedBox) -> None:
    """Raise CapabilityFailed (other_box) where neither the name nor any MAC is one of those expected."""
    said = profile.snmp.system.name
    names = {_label(name) for name in expected.names if name}
    macs = {_digits(mac) for mac in expected.macs if mac}
    its = {_digits(interface.mac) for interface in profile.snmp.interfaces if interface.mac}
    if (said and _label(said) in names) or its & macs:
        return
    known = ", ".join(sorted({*expected.names, *expected.macs})[:5]) or "nothing"
    message = (
        f"{profile.target.address} is another box: its agent calls itself {said or 'nothing'!r}, "
        f"and none of its MACs is one of those expected ({known})"
    )
    raise CapabilityFailed(message, code="other_box", retryable=False)


def agent_item(
    profile: DeviceProfile, *, client: SnmpClient, credential: SnmpCredential | None, problems: list[str]
) -> AgentItem:
    """What the profile says of the moment, and the interface counters, which are read now."""
    said = profile.snmp
    stored = Credential.objects.filter(pk=profile.credential_id or 0).only("name", "kind").first()
    counters = _counters(profile.target, client, credential, problems)
    by_index = {interface.index: interface for interface in said.interfaces}
    return AgentItem(
        system_name=said.system.name,
        uptime_seconds=said.system.uptime_seconds,
        serial=profile.identification.serial,
        credential=stored.name if stored else "",
        credential_kind=stored.kind if stored else "",
        performance=PerformanceItem(
            processors=[
                ProcessorItem(description=one.description, load_percent=one.load_percent) for one in said.processors
            ],
            memories=[
                MemoryItem(
                    description=one.description,
                    total_bytes=one.total_bytes,
                    used_bytes=one.used_bytes,
                    virtual=one.virtual,
                )
                for one in said.memories
            ],
            interfaces=[
                CountersItem(
                    index=one.index,
                    name=by_index[one.index].name,
                    oper_status=by_index[one.index].oper_status,
                    in_octets=one.in_octets,
                    out_octets=one.out_octets,
                    in_errors=one.in_errors,
                    out_errors=one.out_errors,
                    in_discards=one.in_discards,
                    out_discards=one.out_discards,
                )
                for one in counters
                if one.index in by_index
            ],
        ),
    )


def _counters(
    target: SnmpTarget, client: SnmpClient, credential: SnmpCredential | None, problems: list[str]
) -> Iterable[InterfaceCounters]:
    if credential is None:
        return ()

    async def read() -> tuple[InterfaceCounters, ...]:
        async with asyncio.timeout(COUNTERS_SECONDS), client.session(target, credential) as session:
            return await read_counters(session)

    try:
        return asyncio.run(read())
    except (ServiceError, TimeoutError) as error:
        problems.append(f"without its interface counters, which could not be read: {error or 'too slow'}")
        return ()


def _label(name: str) -> str:
    return name.strip().partition(".")[0].casefold()


def _digits(mac: str) -> str:
    return "".join(character for character in mac.lower() if character in "0123456789abcdef")
