"""Workflow runs over REST: what was started, how far it is, and how to end, hold or repeat it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import django_filters
from django.db.models import Case, Count, QuerySet, Value, When
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import exceptions, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.permissions import role_of
from common.api.viewsets import ReadViewSet
from common.api.workflows.examples import RUN, RUN_DETAIL, STEP
from common.api.workflows.serializers import RunDetailSerializer, RunSerializer, RunStepSerializer
from common.application.workflows import control, retrying
from common.domain.events import PRIORITIES
from common.domain.roles import Role, includes
from common.models import StepRun, WorkflowRun


class RunFilter(django_filters.FilterSet):  # type: ignore[misc] # django-filter ships no types
    workflow = django_filters.CharFilter()
    state = django_filters.MultipleChoiceFilter(choices=WorkflowRun.State.choices)
    priority = django_filters.MultipleChoiceFilter(choices=[(name, name) for name in PRIORITIES])
    actor = django_filters.CharFilter(label="A user, or such as `schedule:nightly`.")
    correlation_id = django_filters.CharFilter()
    causation_id = django_filters.CharFilter(label="The event or `schedule:ID` that started it.")
    parent = django_filters.NumberFilter(field_name="parent__run_id", label="Runs started by steps of this run.")
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lte")
    finished_after = django_filters.IsoDateTimeFilter(field_name="finished_at", lookup_expr="gte")
    finished_before = django_filters.IsoDateTimeFilter(field_name="finished_at", lookup_expr="lte")

    class Meta:
        model = WorkflowRun
        fields: ClassVar[list[str]] = []


_CHANGED = extend_schema(
    request=None,
    responses={202: RunSerializer},
    examples=[OpenApiExample("The run", RUN, response_only=True, status_codes=["202"])],
)


@extend_schema_view(
    list=extend_schema(examples=[OpenApiExample("A run", RUN, response_only=True)]),
    retrieve=extend_schema(
        responses=RunDetailSerializer, examples=[OpenApiExample("A run", RUN_DETAIL, response_only=True)]
    ),
    cancel=_CHANGED,
    pause=_CHANGED,
    resume=_CHANGED,
    retry=_CHANGED,
)
class WorkflowRunViewSet(ReadViewSet):
    """Runs, newest first. Progress also arrives as events `workflow.*` over ws/events/."""

    queryset = WorkflowRun.objects.select_related("parent__run").defer("definition", "parent__run__definition")
    serializer_class = RunSerializer
    filterset_class = RunFilter
    ordering_fields = ["id", "workflow", "state", "created_at", "finished_at"]
    required_roles: ClassVar = dict.fromkeys(("cancel", "pause", "resume", "retry"), "operator")
    schema_tag = "workflows"

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page: list[WorkflowRun] = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(_rows(page))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The run with its definition and steps; of a step that maps over a list only the step itself."""
        return Response(run_detail(self.get_object()))

    @extend_schema(
        responses=RunStepSerializer(many=True),
        examples=[OpenApiExample("A step", STEP, response_only=True)],
        filters=False,
    )
    @action(detail=True, query_parameters=("page", "page_size"))
    def steps(self, request: Request, pk: str | None = None) -> Response:
        """Every step as it came to be, the items of lists and compensations included."""
        page = self.paginate_queryset(StepRun.objects.filter(run=self.get_object()).order_by("id"))
        return self.get_paginated_response(RunStepSerializer(page, many=True).data)

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str | None = None) -> Response:
        """End the run: steps that run are asked to stop, no other begins."""
        return self._changed(request, control.cancel_run)

    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str | None = None) -> Response:
        """Begin no further step; those that run go on to their end."""
        return self._changed(request, control.pause_run)

    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str | None = None) -> Response:
        """Go on with a paused run; needs the role that the run acts with, as retry does."""
        return self._goes_on(request, control.resume_run)

    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str | None = None) -> Response:
        """Take a failed run up again at the steps that failed; what succeeded is not done again."""
        return self._goes_on(request, retrying.retry_run)

    def _goes_on(self, request: Request, change: Callable[..., object]) -> Response:
        """It acts as whoever started it, so nobody of a lesser role may make it act."""
        needed: Role = self.get_object().role
        if not includes(role_of(request.user), needed):
            raise exceptions.PermissionDenied(f"This run acts with the role {needed}, which you need.", "role_required")
        return self._changed(request, change)

    def _changed(self, request: Request, change: Callable[..., object]) -> Response:
        run: WorkflowRun = self.get_object()
        change(run.pk, actor=request.user.get_username())
        return accepted(self.get_queryset().get(pk=run.pk))


def run_detail(run: WorkflowRun) -> dict[str, Any]:
    """The run as GET shows it."""
    context = {"step_counts": count_steps([run.pk]), "steps": steps_in_order(run)}
    return dict(RunDetailSerializer(run, context=context).data)


def accepted(run: WorkflowRun) -> Response:
    """202 with the run, and where to follow it."""
    body = _rows([run])[0]
    return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Location": body["url"]})


def _rows(runs: list[WorkflowRun]) -> list[Any]:
    context = {"step_counts": count_steps(run.pk for run in runs)}
    return list(RunSerializer(runs, many=True, context=context).data)


def count_steps(run_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """Run -> state -> how many of its steps, by one query."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    steps = StepRun.objects.filter(run__in=list(run_ids), item=-1, compensates=False).order_by()
    for run_id, state, count in steps.values_list("run_id", "state").annotate(count=Count("id")):
        counts[run_id][state] = count
    return counts


def steps_in_order(run: WorkflowRun) -> list[StepRun]:
    """The steps as the definition lists them, then the compensations as they came."""
    return list(_ordered(StepRun.objects.filter(run=run, item=-1), run))


def _ordered(steps: QuerySet[StepRun], run: WorkflowRun) -> QuerySet[StepRun]:
    places = [When(step=step["id"], then=Value(place)) for place, step in enumerate(run.definition["steps"])]
    if not places:
        return steps.order_by("compensates", "id")
    return steps.order_by("compensates", Case(*places, default=Value(len(places))), "id")
