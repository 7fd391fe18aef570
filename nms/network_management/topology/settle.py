"""Bring the links in line with the evidence, and tell which were discovered and which were lost."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from nms.network_management.inventory.lock import inventory_transaction
from nms.network_management.models import Device, Link, LinkEvidence
from nms.network_management.topology.evidence import (
    current_hearings,
    find_meant,
    load_hearings,
    load_nodes,
    silent_for_too_long,
)
from nms.network_management.topology.links import View, merge_views, resolve
from nms.network_management.topology.store import LinkReport, link_key, store_links
from nms.network_management.topology.values import Hearing

Pair = tuple[int, int]


def settle_links(device_ids: Collection[int] | None = None, *, correlation_id: str = "") -> LinkReport:
    """Settle all links of `device_ids` (of everyone without it), and those of neighbours nobody could place so far.

    `correlation_id` ties what is told to what led here, such as a discovery run.
    """
    with inventory_transaction():
        now = timezone.now()
        views, concerned = _views(device_ids, now)
        found = {link_key(link): link for link in merge_views(views)}
        if concerned is not None:
            found = {key: link for key, link in found.items() if _pair(link.a.device_id, link.b.device_id) in concerned}
        return store_links(found, _standing(device_ids, concerned), now, correlation_id=correlation_id)


def expire_links() -> LinkReport:
    """Settle the links of devices whose last words no longer count."""
    expired = Device.objects.filter(silent_for_too_long(timezone.now()))
    evidence = LinkEvidence.objects.filter(neighbor__device__in=expired).exclude(neighbor__protocol="gns3")
    ids = set(evidence.values_list("neighbor__device_id", flat=True))
    return settle_links(ids) if ids else LinkReport()


def _views(device_ids: Collection[int] | None, now: datetime) -> tuple[list[View], set[Pair] | None]:
    """Return the views to merge, and the pairs of devices for which they are all there are (None: for every pair).

    The links of a pair need everything that both hear. So first come the hearings from and about the devices, and
    those nobody could place; then all that the devices in these hear.
    """
    rows = current_hearings(now)
    if device_ids is None:
        return _resolve(load_hearings(rows)), None
    ids = set(device_ids)
    unplaced = set(rows.filter(evidence__isnull=True).values_list("id", flat=True))
    touching = Q(evidence__link__a_device_id__in=ids) | Q(evidence__link__b_device_id__in=ids)
    near = set(rows.filter(Q(device_id__in=ids) | touching).values_list("id", flat=True))
    views = _resolve(load_hearings(rows.filter(pk__in=near | unplaced)))
    concerned = {_pair(*view.devices) for view in views if ids & set(view.devices) or view.heard.id in unplaced}
    around = {device for pair in concerned for device in pair}
    return _resolve(load_hearings(rows.filter(device_id__in=around))), concerned


def _resolve(hearings: Collection[Hearing]) -> list[View]:
    nodes = load_nodes(find_meant(hearings) | {heard.device_id for heard in hearings})
    return resolve(nodes, hearings)


def _pair(one: int, other: int) -> Pair:
    return (one, other) if one <= other else (other, one)


def _standing(device_ids: Collection[int] | None, concerned: set[Pair] | None) -> list[Link]:
    """Return the stored links that the evidence at hand decides about."""
    standing = Link.objects.filter(last_seen__isnull=True).order_by("id")
    if device_ids is None or concerned is None:
        return list(standing)
    ids = set(device_ids)
    around = ids | {device for pair in concerned for device in pair}
    return [
        link
        for link in standing.filter(Q(a_device_id__in=around) | Q(b_device_id__in=around))
        if ids & {link.a_device_id, link.b_device_id} or (link.a_device_id, link.b_device_id) in concerned
    ]
