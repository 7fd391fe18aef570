"""What this module adds to a report of the whole system (common/application/system/reports.py): counts, and no rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from common.domain.modules import Call
from common.infrastructure.snapshot import one_moment
from nms.network_management.capabilities.contracts import (
    DeviceFigures,
    DiscoveryFigures,
    LinkFigures,
    ReportInput,
    ReportOutput,
)
from nms.network_management.models import Device, DiscoveryRun, Interface, Link
from nms.network_management.models.facts import PRESENT


def report_data(asked: ReportInput, call: Call) -> ReportOutput:
    since = timezone.now() - timedelta(hours=asked.hours)
    with one_moment():
        return ReportOutput(
            devices=_devices(since),
            interfaces=_by(Interface.objects.filter(PRESENT, device__replaced_by__isnull=True), "oper_status"),
            links=_links(since),
            discovery=_discovery(since),
        )


def _devices(since: datetime) -> DeviceFigures:
    in_use = Device.objects.filter(replaced_by__isnull=True)
    return DeviceFigures(
        total=in_use.count(),
        new=in_use.filter(first_seen__gte=since).count(),
        by_status=_by(in_use, "status"),
        by_role=_by(in_use, "role"),
        by_vendor=_by(in_use, "vendor"),
    )


def _links(since: datetime) -> LinkFigures:
    standing = Link.objects.filter(PRESENT)
    return LinkFigures(
        total=standing.count(),
        new=standing.filter(first_seen__gte=since).count(),
        lost=Link.objects.filter(last_seen__gte=since).count(),
        by_status=_by(standing, "status"),
    )


def _discovery(since: datetime) -> DiscoveryFigures:
    """Runs that were asked for since then, and those that go on however long ago they were."""
    runs = DiscoveryRun.objects.filter(Q(created_at__gte=since) | Q(finished_at__isnull=True))
    return DiscoveryFigures(runs=_by(runs, "state"))


def _by(rows: QuerySet[Any], field: str) -> dict[str, int]:
    """How many there are of each; what is not known of a row counts as `unknown`."""
    counts: dict[str, int] = {}
    for value, count in rows.order_by(field).values_list(field).annotate(count=Count("pk")):
        counts[value or "unknown"] = counts.get(value or "unknown", 0) + count
    return counts
