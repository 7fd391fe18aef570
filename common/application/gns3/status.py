"""What the central service knows of itself, without asking a server: servers, breakers, cache, calls, events."""

from __future__ import annotations

import math
from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from common.application.clients import client_statistics, surroundings
from common.application.gns3.reading import state_cache
from common.application.gns3.recording import LOCAL
from common.application.gns3.reports import (
    CacheStatus,
    CallStatistics,
    CircuitStatus,
    ComputeStatus,
    Gns3Status,
    Overall,
    ServerStatus,
)
from common.application.gns3.servers import SERVICE, servers
from common.domain.hub_events.gns3 import SOURCE
from common.infrastructure.gns3.state_cache import TTL_SECONDS
from common.models import Gns3Project, Gns3Server, StoredEvent

EVENTS_SINCE = timedelta(hours=24)


def status() -> Gns3Status:
    """A handful of queries, however many projects there are."""
    names = servers()
    rows = {row.name: row for row in Gns3Server.objects.filter(pk__in=names)}
    counts = _project_counts()
    told = tuple(_server(name, rows.get(name), counts.get(name, (0, 0, 0))) for name in names)
    return Gns3Status(_overall(told), told, cache_status(), _calls(), events_by_type())


def cache_status() -> CacheStatus:
    hits, misses = state_cache().counts()
    asked = hits + misses
    return CacheStatus(hits, misses, round(hits / asked, 4) if asked else None, TTL_SECONDS)


def events_by_type(project_id: str | None = None) -> dict[str, int]:
    """How many events of GNS3 there were in the last 24 hours, of all or of one project."""
    rows = StoredEvent.objects.filter(source=SOURCE, time__gte=timezone.now() - EVENTS_SINCE)
    if project_id is not None:
        subject = f"gns3:{project_id}"
        rows = rows.filter(Q(subject=subject) | Q(subject__startswith=f"{subject}/"))
    counted = rows.order_by("type").values_list("type").annotate(count=Count("position"))
    return dict(counted)


def _server(name: str, row: Gns3Server | None, counts: tuple[int, int, int]) -> ServerStatus:
    listening = row is not None and row.lease_until is not None and row.lease_until >= timezone.now()
    return ServerStatus(
        name=name,
        reachable=None if row is None or row.reachable_since is None else row.reachable,
        since=row.reachable_since if row else None,
        reason=row.reason if row else "",
        version=row.version if row else "",
        api=row.api if row else "",
        listening=listening,
        listening_since=row.held_since if row is not None and listening else None,
        circuit=_circuit(name),
        computes=_computes(row),
        projects=counts[0],
        open_projects=counts[1],
        watched_projects=counts[2],
    )


def _computes(row: Gns3Server | None) -> tuple[ComputeStatus, ...]:
    if row is None or row.reachable_since is None:
        return ()
    others = (ComputeStatus(key, said["name"], said["connected"]) for key, said in sorted(row.computes.items()))
    return (ComputeStatus(LOCAL, row.name, row.reachable), *others)


def _circuit(name: str) -> CircuitStatus:
    breaker = surroundings().breakers.for_target(SERVICE, name)
    seen = breaker.counters
    return CircuitStatus(
        breaker.phase, seen.admitted, seen.refused, seen.success, seen.failure, seen.neutral, seen.opened
    )


def _project_counts() -> dict[str, tuple[int, int, int]]:
    rows = Gns3Project.objects.order_by().values("server_id")
    watched = Q(watched=True) | Q(made_by_hub=True)
    counted = rows.annotate(
        total=Count("pk"), opened=Count("pk", filter=Q(status="opened")), watch=Count("pk", filter=watched)
    )
    return {row["server_id"]: (row["total"], row["opened"], row["watch"]) for row in counted}


def _calls() -> tuple[CallStatistics, ...]:
    return tuple(
        CallStatistics(
            operation=one.operation,
            count=one.count,
            failures=one.count - one.outcomes.get("success", 0),
            p50_seconds=_seconds(one.p50_seconds),
            p95_seconds=_seconds(one.p95_seconds),
            p99_seconds=_seconds(one.p99_seconds),
        )
        for one in client_statistics()
        if one.service == SERVICE
    )


def _seconds(value: float) -> float:
    return 0.0 if math.isnan(value) else round(value, 6)


def _overall(told: tuple[ServerStatus, ...]) -> Overall:
    if not told:
        return "unconfigured"
    known = [server.reachable for server in told if server.reachable is not None]
    if not known:
        return "unknown"
    if all(known):
        return "healthy"
    return "degraded" if any(known) else "unhealthy"
