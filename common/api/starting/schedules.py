"""Schedules over REST: what the clock starts, and when."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.starting.serializers import STARTED, STARTS, StartFilter, StartSerializer, StartViewSet
from common.api.workflows.examples import SCHEDULE, SCHEDULE_REQUEST, TASK_SCHEDULE_REQUEST
from common.api.workflows.examples import STARTED as STARTED_EXAMPLE
from common.api.workflows.serializers import HUB, RUNS
from common.application.starting import schedules
from common.application.starting.start import Started
from common.domain.recurrence import LONGEST_INTERVAL_SECONDS, SHORTEST_INTERVAL_SECONDS
from common.models import Schedule

CLOCK = ("crontab", "timezone", "interval_seconds", "next_at")


class ScheduleSerializer(StartSerializer):
    rules: ClassVar = schedules
    resource = "schedules"
    own = CLOCK
    defaults: ClassVar = {"crontab": "", "timezone": "UTC", "interval_seconds": None}

    crontab = serializers.CharField(
        max_length=100,
        required=False,
        allow_blank=True,
        help_text="Minute, hour, day of month, month, day of week; this, or an interval.",
    )
    timezone = serializers.CharField(
        max_length=50, required=False, default="UTC", help_text="Of the crontab, such as Europe/Berlin."
    )
    interval_seconds = serializers.FloatField(
        required=False, allow_null=True, min_value=SHORTEST_INTERVAL_SECONDS, max_value=LONGEST_INTERVAL_SECONDS
    )
    next_at = serializers.DateTimeField(read_only=True, allow_null=True, help_text="Null while it is switched off.")

    class Meta:
        model = Schedule
        fields = (*STARTS, *CLOCK, *STARTED)
        read_only_fields = STARTED

    def runs_of(self, starter: Schedule) -> str:
        return f"causation_id=schedule:{starter.pk}"


class StartedSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["run", "task"])
    id = serializers.CharField()
    url = serializers.CharField()


class ScheduleFilter(StartFilter):
    class Meta(StartFilter.Meta):
        model = Schedule


_WRITE = extend_schema(
    examples=[
        OpenApiExample("Every night", SCHEDULE_REQUEST, request_only=True),
        OpenApiExample("A task, every hour", TASK_SCHEDULE_REQUEST, request_only=True),
        OpenApiExample("A schedule", SCHEDULE, response_only=True),
    ]
)
_READ = extend_schema(examples=[OpenApiExample("A schedule", SCHEDULE, response_only=True)])


@extend_schema_view(list=_READ, retrieve=_READ, create=_WRITE, partial_update=_WRITE)
class ScheduleViewSet(StartViewSet):
    """Schedules: either a crontab or an interval, and either a workflow or a task. Missed times count as one."""

    rules: ClassVar = schedules
    queryset = Schedule.objects.all()
    serializer_class = ScheduleSerializer
    filterset_class = ScheduleFilter
    ordering_fields: ClassVar = ["id", "name", "next_at", "last_started_at", "created_at"]

    @extend_schema(
        request=None,
        responses={202: StartedSerializer},
        examples=[OpenApiExample("Started", STARTED_EXAMPLE, response_only=True, status_codes=["202"])],
    )
    @action(detail=True, methods=["post"])
    def run(self, request: Request, pk: str | None = None) -> Response:
        """Start it now, whether or not it is enabled; its times stay as they are."""
        started = schedules.start_now(self.get_object(), by=request.user.get_username())
        body = {"kind": started.kind, "id": started.id, "url": _url(started)}
        return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Location": body["url"]})


def _url(started: Started) -> str:
    return f"{RUNS}/{started.id}/" if started.kind == "run" else f"{HUB}/tasks/{started.id}/"
