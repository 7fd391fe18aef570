"""The overview as one document, from rows alone: two queries for what was collected, one for the services' health.

Ages are told as of the end of the last round (`as_of`), so that an unchanged overview has an unchanged ETag.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from common.application.service_health.reading import ServiceSeen, counts, services
from nms.monitoring.models import CollectedPart, CollectedRound

RESOURCES = ("cpu", "memory", "disk", "network", "load", "swap")  # the first word of a figure of resource use
SEVERITIES = ("critical", "high", "medium", "low", "info")
STALE_ROUNDS = 3  # rounds that did not come, until the whole is stale

Document = dict[str, Any]


def overview() -> Document:
    """Raises Unavailable where the clients' file cannot be used."""
    round_ = CollectedRound.objects.filter(pk=1).first()
    parts = list(CollectedPart.objects.all())
    as_of = round_.ended_at if round_ else None
    seen = services(with_circuits=False)
    figures = [figure for part in parts if part.kind == CollectedPart.Kind.FIGURES for figure in _of(part)]
    return {
        "as_of": as_of,
        "is_stale": is_stale(as_of),
        "is_partial": any(part.error for part in parts),
        "services": {"counts": counts(seen), "items": [_service(one) for one in seen]},
        "alerts": _alerts([part for part in parts if part.kind == CollectedPart.Kind.ALERTS]),
        "metrics": [figure for figure in figures if not _is_resource(figure)],
        "resources": [figure for figure in figures if _is_resource(figure)],
        "parts": [_part(part, as_of) for part in parts],
    }


def is_stale(as_of: datetime | None) -> bool:
    """Whether the collecting has stopped."""
    late = timedelta(seconds=STALE_ROUNDS * settings.NMS_OVERVIEW_INTERVAL_SECONDS + 10)
    return as_of is None or timezone.now() - as_of > late


def _service(seen: ServiceSeen) -> Document:
    return {
        "id": f"{seen.service}/{seen.target}",
        "url": f"/api/common/api/v1/services/{seen.service}/{seen.target}/",
        "family": seen.family,
        "status": seen.status,
        "reason": seen.reason,
        "version": seen.version,
        "latency_ms": seen.latency_ms,
        "since": seen.since,
        "checked_at": seen.checked_at,
    }


def _alerts(parts: Iterable[CollectedPart]) -> Document:
    """The gravest first, and of these the newest; those without a time last."""
    parts = list(parts)
    items = [alert for part in parts for alert in _of(part)]
    items.sort(key=lambda alert: alert["since"] or "", reverse=True)
    items.sort(key=lambda alert: SEVERITIES.index(alert["severity"]))
    by_severity = {severity: sum(alert["severity"] == severity for alert in items) for severity in SEVERITIES}
    return {
        "counts": by_severity,
        "silenced": sum(alert["is_silenced"] for alert in items),
        "total": sum(part.total for part in parts),
        "items": items,
    }


def _of(part: CollectedPart) -> list[Document]:
    name = f"{part.service}/{part.target}"
    return [{"service": name, **item} for item in part.items]


def _is_resource(figure: Document) -> bool:
    return str(figure["name"]).partition(".")[0] in RESOURCES


def _part(part: CollectedPart, as_of: datetime | None) -> Document:
    age = (as_of - part.collected_at).total_seconds() if as_of and part.collected_at else None
    return {
        "service": f"{part.service}/{part.target}",
        "kind": part.kind,
        "ok": not part.error,
        "error": part.error,
        "collected_at": part.collected_at,
        "age_seconds": None if age is None else round(max(0.0, age), 1),
        "items": len(part.items),
        "total": part.total,
    }
