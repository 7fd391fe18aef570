"""This module as the hub knows it: what it can do, and how it is."""

from __future__ import annotations

from typing import Any

import orjson
from django.db import Error
from django.utils import timezone
from pydantic import BaseModel, ConfigDict

from common.api.renderers import dumps
from common.domain.modules import Call, Capability, Health, Module


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Nothing(_Strict):
    """There is nothing to say."""


class OverviewOutput(_Strict):
    overview: dict[str, Any]


class CollectedOutput(_Strict):
    parts: int
    failed: tuple[str, ...]
    seconds: float


def overview(asked: Nothing, call: Call) -> OverviewOutput:
    """All services in one document: health, alerts and figures, as last collected."""
    from nms.monitoring.overview import reading

    return OverviewOutput(overview=orjson.loads(dumps(reading.overview())))


def collect(asked: Nothing, call: Call) -> CollectedOutput:
    """Ask every service for its alerts and figures now."""
    from nms.monitoring.overview.collecting import collect as collect_now

    done = collect_now()
    if done is None:
        return CollectedOutput(parts=0, failed=(), seconds=0.0)
    return CollectedOutput(parts=done.parts, failed=done.failed, seconds=done.seconds)


def health() -> Health:
    from nms.monitoring.models import CollectedRound
    from nms.monitoring.overview.reading import is_stale

    try:
        last = CollectedRound.objects.filter(pk=1).first()
    except Error as error:
        return Health("unhealthy", f"The database does not answer: {error}")
    if last is None:
        return Health("healthy", "Nothing has been collected yet.")
    age = (timezone.now() - last.ended_at).total_seconds()
    return Health("degraded" if is_stale(last.ended_at) else "healthy", f"The last round ended {age:.0f} s ago.")


MODULE = Module(
    name="monitoring",
    version="1.0",
    description="All services in one overview: health, alerts and figures.",
    capabilities=(
        Capability(
            "monitoring.overview", overview, Nothing, OverviewOutput, description=overview.__doc__ or "", role="viewer"
        ),
        Capability("monitoring.collect", collect, Nothing, CollectedOutput, description=collect.__doc__ or ""),
    ),
    health=health,
)
