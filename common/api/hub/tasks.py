"""Recorded tasks over REST: what was asked for and what became of it; asking for one, revoking one."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

import django_filters
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import exceptions, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.hub import examples
from common.api.permissions import role_of
from common.api.strict import StrictSerializer
from common.api.viewsets import ApiView, ReadViewSet
from common.application.work.recorded_tasks import (
    TaskDefinition,
    offered_task,
    offered_tasks,
    request_task,
    revoke_task,
)
from common.domain.roles import includes
from common.models import TaskRecord


class TaskSerializer(serializers.ModelSerializer[TaskRecord]):
    state = serializers.ChoiceField(choices=TaskRecord.State.choices, read_only=True)

    class Meta:
        model = TaskRecord
        fields = (
            *("id", "name", "queue", "state", "arguments", "requested_by", "worker", "attempts", "result", "error"),
            *("created_at", "started_at", "finished_at", "stop_requested_at", "stop_requested_by"),
        )
        read_only_fields = fields


class _TextField(serializers.CharField):
    """A text, and not a number that would be taken for one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class TaskRequestSerializer(StrictSerializer):
    task = _TextField(max_length=200, help_text="One of those that hub/offered-tasks/ lists.")
    arguments = serializers.DictField(required=False, default=dict, help_text="As its arguments_schema says.")


class RevocationSerializer(StrictSerializer):
    terminate = serializers.BooleanField(
        required=False, default=False, help_text="End the process of a running task; only a pool of processes can."
    )


class OfferedTaskSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    description = serializers.CharField()
    queue = serializers.CharField()
    role = serializers.CharField(help_text="Who may ask for it.")
    arguments_schema = serializers.DictField(help_text="JSON Schema of `arguments`.")


class TaskFilter(django_filters.FilterSet):  # type: ignore[misc] # django-filter ships no types
    name = django_filters.CharFilter()
    state = django_filters.MultipleChoiceFilter(choices=TaskRecord.State.choices)
    queue = django_filters.CharFilter()
    requested_by = django_filters.CharFilter()
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lte")

    class Meta:
        model = TaskRecord
        fields: ClassVar[list[str]] = []


@extend_schema_view(
    list=extend_schema(examples=[OpenApiExample("A task", examples.TASK, response_only=True)]),
    retrieve=extend_schema(examples=[OpenApiExample("A task", examples.TASK, response_only=True)]),
)
class TaskViewSet(ReadViewSet):
    """Tasks that were asked for or sent by the clock, newest first; wake-ups of workers are not among them."""

    queryset = TaskRecord.objects.all()
    serializer_class = TaskSerializer
    filterset_class = TaskFilter
    ordering_fields = ["created_at", "started_at", "finished_at", "name", "state"]
    lookup_value_regex = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    required_roles = {"write": "operator"}
    error_statuses = (404, 409)
    schema_tag = "tasks"

    @extend_schema(
        request=TaskRequestSerializer,
        responses={202: TaskSerializer},
        examples=[
            OpenApiExample("Clean up now", examples.TASK_REQUEST, request_only=True),
            OpenApiExample("Accepted", examples.WAITING_TASK, response_only=True, status_codes=["202"]),
        ],
    )
    def create(self, request: Request) -> Response:
        """Ask for a task: it is recorded, and a worker begins as soon as one is free."""
        wanted = TaskRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        definition = offered_task(wanted.validated_data["task"])
        if not includes(role_of(request.user), definition.role):
            raise exceptions.PermissionDenied(f"{definition.name} needs the role {definition.role}.", "role_required")
        record = request_task(definition.name, wanted.validated_data["arguments"], actor=request.user.get_username())
        return _accepted(record)

    @extend_schema(
        request=RevocationSerializer,
        responses={202: TaskSerializer},
        examples=[
            OpenApiExample("It will never run", {**examples.WAITING_TASK, "state": "revoked"}, response_only=True)
        ],
    )
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """Revoke a task: one that waits never runs; one that runs is asked to stop, and ends when it looks.

        With `terminate` the process of a running one is ended at once, which only workers with a pool of processes
        can; from others that is a 409. One that has ended is a 409 as well.
        """
        wanted = RevocationSerializer(data=request.data or {})
        wanted.is_valid(raise_exception=True)
        actor = request.user.get_username()
        return _accepted(revoke_task(UUID(pk), actor=actor, terminate=wanted.validated_data["terminate"]))


class OfferedTasksView(ApiView):
    """The tasks that may be asked for by name, with the schema of their arguments."""

    schema_tag = "tasks"

    @extend_schema(
        operation_id="offered_tasks",
        responses=OfferedTaskSerializer(many=True),
        examples=[OpenApiExample("Cleanup", examples.OFFERED_TASK, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        return Response([_describe(definition) for definition in offered_tasks()])


def _accepted(record: TaskRecord) -> Response:
    return Response(
        TaskSerializer(record).data,
        status=status.HTTP_202_ACCEPTED,
        headers={"Location": reverse("task-detail", args=[record.pk])},
    )


def _describe(definition: TaskDefinition) -> dict[str, Any]:
    return {
        "name": definition.name,
        "description": definition.description,
        "queue": definition.queue,
        "role": definition.role,
        "arguments_schema": definition.arguments.model_json_schema(),
    }
