"""What schedules and triggers have in common over REST: what they start, and how that went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any, ClassVar
from urllib.parse import urlencode

import django_filters
from rest_framework import serializers
from rest_framework.request import Request

from common.api.strict import refuse_unknown_fields
from common.api.viewsets import ModelViewSet
from common.api.workflows.serializers import HUB, RUNS, Row
from common.application.starting.start import actor_of, remember
from common.models import Schedule, Trigger

STARTS = ("id", "url", "name", "enabled", "workflow", "task", "input")
STARTED = ("runs_url", "created_by", "created_at", "started_count", "last_started_at", "last_error")


class StartSerializer(serializers.ModelSerializer[Any]):
    """A subclass names its model and its `rules`: a module of the application, with problems_of."""

    rules: ClassVar[ModuleType]
    resource: ClassVar[str]  # in addresses
    own: ClassVar[tuple[str, ...]]  # the fields that the other does not have
    defaults: ClassVar[Mapping[str, Any]]

    url = serializers.CharField(read_only=True)
    runs_url = serializers.CharField(
        read_only=True, help_text="The runs that it started, or the tasks (but for those that people ran by hand)."
    )
    enabled = serializers.BooleanField(required=False, default=True)
    workflow = serializers.CharField(max_length=100, required=False, allow_blank=True, help_text="This, or a task.")
    task = serializers.CharField(
        max_length=100, required=False, allow_blank=True, help_text="A task that is offered (see hub/tasks/)."
    )
    input = serializers.DictField(
        required=False, help_text="As the workflow's input_schema or the task's arguments say."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._find_definition = remember()  # the rows of a bulk request are validated by one serializer

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        refuse_unknown_fields(self, self.initial_data)
        whole = {name: getattr(self.instance, name) if self.instance else value for name, value in self._all().items()}
        whole |= attrs
        errors: dict[str, list[serializers.ErrorDetail]] = {}
        for problem in self.rules.problems_of(whole, find=self._find_definition):
            errors.setdefault(problem["field"], []).append(serializers.ErrorDetail(problem["message"], problem["code"]))
        if errors:
            raise serializers.ValidationError(errors)
        return attrs

    def _all(self) -> dict[str, Any]:
        return {"workflow": "", "task": "", "input": {}, **self.defaults}

    def to_representation(self, starter: Any) -> Row:
        return {
            "id": starter.pk,
            "url": f"{HUB}/{self.resource}/{starter.pk}/",
            "name": starter.name,
            "enabled": starter.enabled,
            "workflow": starter.workflow,
            "task": starter.task,
            "input": starter.input,
            **{name: getattr(starter, name) for name in self.own},
            "runs_url": self._runs_url(starter),
            "created_by": starter.created_by,
            "created_at": starter.created_at,
            "started_count": starter.started_count,
            "last_started_at": starter.last_started_at,
            "last_error": starter.last_error,
        }

    def _runs_url(self, starter: Schedule | Trigger) -> str:
        """Where what it started is listed: the runs, or the tasks that it asked for."""
        if not starter.task:
            return f"{RUNS}/?{self.runs_of(starter)}"
        asked = urlencode({"requested_by": actor_of(starter), "name": starter.task}, safe=":")
        return f"{HUB}/tasks/?{asked}"

    def runs_of(self, starter: Any) -> str:
        """The query that finds the runs that it started."""
        raise NotImplementedError


class StartFilter(django_filters.FilterSet):  # type: ignore[misc] # django-filter ships no types
    name = django_filters.CharFilter(lookup_expr="iexact")
    enabled = django_filters.BooleanFilter()
    workflow = django_filters.CharFilter()
    task = django_filters.CharFilter()
    failing = django_filters.BooleanFilter(method="filter_failing", label="Whether the last start was refused.")

    class Meta:
        fields: ClassVar[list[str]] = []

    def filter_failing(self, queryset: Any, name: str, value: bool) -> Any:
        return queryset.exclude(last_error="") if value else queryset.filter(last_error="")


class StartViewSet(ModelViewSet):
    """CRUD through `rules`, so that single and bulk writes are the same and both are told as events."""

    rules: ClassVar[ModuleType]
    schema_tag = "schedules"

    def perform_create(self, serializer: Any) -> None:
        (serializer.instance,) = self.rules.create([serializer.validated_data], by=_who(self.request))

    def perform_update(self, serializer: Any) -> None:
        self.rules.change([(serializer.instance, serializer.validated_data)], by=_who(self.request))

    def perform_destroy(self, instance: Schedule | Trigger) -> None:
        self.rules.delete([instance], by=_who(self.request))

    def perform_bulk_create(self, serializer: Any, rows: Sequence[dict[str, Any]]) -> list[Any]:
        made: list[Any] = self.rules.create(rows, by=_who(self.request))
        return made

    def perform_bulk_update(self, serializer: Any, instances: Sequence[Any], rows: Sequence[dict[str, Any]]) -> None:
        self.rules.change(list(zip(instances, rows, strict=True)), by=_who(self.request))

    def perform_bulk_destroy(self, instances: Sequence[Any]) -> None:
        self.rules.delete(instances, by=_who(self.request))


def _who(request: Request) -> str:
    return str(request.user.get_username())
