"""How much happened on GNS3, counted from the event store."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from common.domain.hub_events.gns3 import SOURCE
from common.models import Gns3Project, StoredEvent

ACTORS = 10
PROJECTS = 20


@dataclass(frozen=True, slots=True)
class TypeCount:
    type: str
    count: int
    last_position: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ProjectCount:
    """`name` is "" of a project that is gone."""

    project_id: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class EventStatistics:
    """The busiest actors and projects; "" stands for what nobody did over the hub."""

    since: datetime
    until: datetime
    total: int
    by_type: tuple[TypeCount, ...]
    by_priority: dict[str, int]
    by_actor: dict[str, int]
    by_project: tuple[ProjectCount, ...]


def event_statistics(*, hours: float, project_id: str | None = None) -> EventStatistics:
    """Of the last hours, of all projects or of one; as far back as the store's retention keeps them."""
    until = timezone.now()
    since = until - timedelta(hours=hours)
    rows = StoredEvent.objects.filter(source=SOURCE, time__gte=since, time__lte=until).order_by()
    if project_id is not None:
        subject = f"gns3:{project_id}"
        rows = rows.filter(Q(subject=subject) | Q(subject__startswith=f"{subject}/"))
    by_type = _by_type(rows)
    return EventStatistics(
        since=since,
        until=until,
        total=sum(one.count for one in by_type),
        by_type=by_type,
        by_priority=dict(rows.values_list("priority").annotate(count=Count("position"))),
        by_actor=dict(rows.values_list("actor").annotate(count=Count("position")).order_by("-count", "actor")[:ACTORS]),
        by_project=_by_project(rows),
    )


def _by_type(rows: QuerySet[StoredEvent]) -> tuple[TypeCount, ...]:
    counted = rows.values("type").annotate(count=Count("position"), last=Max("position"), at=Max("time"))
    return tuple(TypeCount(row["type"], row["count"], row["last"], row["at"]) for row in counted.order_by("type"))


def _by_project(rows: QuerySet[StoredEvent]) -> tuple[ProjectCount, ...]:
    """Subjects are gns3:<project>, gns3:<project>/<node>, and of servers and computes, which are no projects."""
    counts: Counter[str] = Counter()
    for subject, count in rows.values_list("subject").annotate(count=Count("position")):
        counts[subject.removeprefix("gns3:").partition("/")[0]] += count
    names = dict(Gns3Project.objects.values_list("project_id", "name"))
    busiest = [(key, count) for key, count in counts.most_common() if len(key) == 36]
    return tuple(ProjectCount(key, names.get(key, ""), count) for key, count in busiest[:PROJECTS])
