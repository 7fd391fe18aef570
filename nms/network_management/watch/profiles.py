"""Read devices whole again, because something about them changed. Asyncio; no database here."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from api_clients.domain.errors import ServiceError
from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.values import Credential, SnmpTarget
from nms.network_management.discovery.reading import Unreadable, read_device
from nms.network_management.profile import DeviceProfile

log = structlog.get_logger("nms.watch")

_AT_ONCE = 100
_SECONDS_PER_DEVICE = 60.0

Wanted = tuple[SnmpTarget, int | None, Credential]  # where, the stored credential's id, and the credential


async def read_profiles(wanted: Sequence[Wanted], client: SnmpClient) -> list[DeviceProfile]:
    """Return the profiles of those that could be read; the others are tried again in the next round."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(target: SnmpTarget, credential_id: int | None, credential: Credential) -> DeviceProfile | None:
        async with slots:
            return await _read(target, credential_id, credential, client)

    found = await asyncio.gather(*(one(*each) for each in wanted))
    return [profile for profile in found if profile is not None]


async def _read(
    target: SnmpTarget, credential_id: int | None, credential: Credential, client: SnmpClient
) -> DeviceProfile | None:
    try:
        async with asyncio.timeout(_SECONDS_PER_DEVICE), client.session(target, credential) as session:
            return await read_device(session, target, credential_id)
    except (ServiceError, Unreadable, TimeoutError) as error:
        log.info("device not read again", address=target.address, port=target.port, error=str(error) or "too slow")
        return None
