"""What this module does when another one writes to it."""

from __future__ import annotations

from collections import defaultdict

from common.domain.modules import Call, HandlerRefused
from nms.network_management.capabilities.contracts import RescanBody, RescanReply
from nms.network_management.discovery.run import start_discovery
from nms.network_management.discovery.spec import DiscoverySpec, SpecInvalid
from nms.network_management.models import Device


def rescan(body: RescanBody, call: Call) -> RescanReply:
    """Start to discover devices again where they are managed; in the transaction that marks the message delivered."""
    devices = Device.objects.filter(pk__in=body.device_ids, management_address__isnull=False)
    addresses: dict[int, list[str]] = defaultdict(list)
    for address, port in devices.order_by("id").values_list("management_address", "management_port"):
        addresses[port].append(str(address))
    if not addresses:
        raise HandlerRefused("None of these devices is there with an address to be asked at.")
    actor = call.actor or "network_management.rescan"
    try:
        runs = [
            start_discovery(
                DiscoverySpec(targets=tuple(found), port=port), actor=actor, correlation_id=call.correlation_id
            )
            for port, found in sorted(addresses.items())
        ]
    except SpecInvalid as error:
        raise HandlerRefused(str(error)) from error
    return RescanReply(run_ids=[run.id for run in runs])
