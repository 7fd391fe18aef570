"""From a spec to a plan: the stored credentials, what worked last time, the ranges that the settings allow."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from nms.network_management.discovery.plan import Plan, StoredCredential
from nms.network_management.discovery.spec import DiscoverySpec, SpecInvalid
from nms.network_management.discovery.targets import AddressRange, Scope
from nms.network_management.models import Credential, DeviceIdentifier, Endpoint


def allowed_ranges(spec: DiscoverySpec) -> tuple[AddressRange, ...]:
    """Return what `spec` covers, inside what the settings allow. Raises SpecInvalid."""
    return spec.ranges(scope=Scope(settings.NMS_DISCOVERY_RANGES), max_addresses=settings.NMS_DISCOVERY_MAX_ADDRESSES)


def make_plan(spec: DiscoverySpec) -> Plan:
    """Resolve `spec` against settings and inventory. Raises SpecInvalid, also when a credential is gone."""
    ranges = allowed_ranges(spec)
    credentials = _credentials(spec.credential_ids)
    return Plan(
        ranges=ranges,
        credentials=credentials,
        scope=Scope(settings.NMS_DISCOVERY_RANGES),
        port=spec.port,
        crawl_depth=spec.crawl_depth,
        max_addresses=settings.NMS_DISCOVERY_MAX_ADDRESSES,
        timeout_seconds=spec.timeout_seconds,
        retries=spec.retries,
        named=spec.named_addresses(),
        remembered=_remembered(credentials, port=spec.port),
        known_chassis=_known_chassis(port=spec.port) if spec.crawl_depth else {},
    )


def unknown_credentials(ids: Sequence[int]) -> tuple[int, ...]:
    """Those of `ids` that no stored credential has."""
    known = set(Credential.objects.filter(id__in=ids).values_list("id", flat=True))
    return tuple(wanted for wanted in ids if wanted not in known)


def check_credentials(ids: Sequence[int]) -> None:
    """Raises SpecInvalid where one of `ids` is unknown, or where there is nothing to try at all."""
    if unknown := unknown_credentials(ids):
        named = ", ".join(map(str, unknown))
        raise SpecInvalid({"credentials": [f"no credential has the id {named}; see the list of credentials"]})
    if not ids and not Credential.objects.exists():
        raise SpecInvalid({"credentials": ["no credentials are stored; add an SNMP community or user first"]})


def _credentials(ids: Sequence[int]) -> tuple[StoredCredential, ...]:
    check_credentials(ids)
    rows = {row.id: row for row in (Credential.objects.filter(id__in=ids) if ids else Credential.objects.all())}
    return tuple(StoredCredential(wanted, rows[wanted].to_snmp()) for wanted in (ids or rows))


def _remembered(credentials: Sequence[StoredCredential], *, port: int) -> dict[str, int]:
    """Return the position in `credentials` of the one that worked last, by address."""
    positions = {stored.id: position for position, stored in enumerate(credentials)}
    rows = Endpoint.objects.filter(port=port, device__credential_id__in=list(positions))
    return {
        address: positions[credential_id]
        for address, credential_id in rows.values_list("address", "device__credential_id").iterator()
    }


def _known_chassis(*, port: int) -> dict[str, str]:
    rows = DeviceIdentifier.objects.filter(
        kind=DeviceIdentifier.Kind.CHASSIS, device__management_port=port, device__management_address__isnull=False
    )
    return {mac: address for mac, address in rows.values_list("value", "device__management_address") if address}
