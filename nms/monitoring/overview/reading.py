"""The overview as one document: the row of the last round, and the services' health as it is now.

Ages are told as of the end of the last round (`as_of`), so that between two rounds, and while no service's health is
looked at, an overview has an unchanged ETag.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.utils import timezone

from common.application.service_health.reading import SERVICES_PATH, ServiceSeen, counts, services
from nms.monitoring.models import CollectedRound
from nms.monitoring.overview.composing import compose

STALE_ROUNDS = 3  # rounds that did not come, until the whole is stale

Document = dict[str, Any]


def overview() -> Document:
    """For orjson, what the round brought being pieces of JSON. Raises Unavailable without a clients' configuration."""
    last = CollectedRound.objects.filter(pk=1).first() or CollectedRound(**compose([], None))
    seen = services(with_circuits=False)
    return {
        "as_of": last.ended_at,
        "is_stale": is_stale(last.ended_at),
        "is_partial": last.is_partial,
        "services": {"counts": counts(seen), "items": [_service(one) for one in seen]},
        "alerts": orjson.Fragment(last.alerts),
        "metrics": orjson.Fragment(last.metrics),
        "resources": orjson.Fragment(last.resources),
        "parts": orjson.Fragment(last.parts),
    }


def is_stale(as_of: datetime | None) -> bool:
    """Whether the collecting has stopped."""
    late = timedelta(seconds=STALE_ROUNDS * settings.NMS_OVERVIEW_INTERVAL_SECONDS + 10)
    return as_of is None or timezone.now() - as_of > late


def _service(seen: ServiceSeen) -> Document:
    return {
        "id": f"{seen.service}/{seen.target}",
        "url": f"{SERVICES_PATH}/{seen.service}/{seen.target}/",
        "family": seen.family,
        "status": seen.status,
        "reason": seen.reason,
        "version": seen.version,
        "latency_ms": seen.latency_ms,
        "since": seen.since,
        "checked_at": seen.checked_at,
    }
