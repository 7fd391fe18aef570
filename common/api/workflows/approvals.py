"""Approvals over REST: which steps wait for somebody to allow them, and the decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import django_filters
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import exceptions
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.permissions import role_of
from common.api.viewsets import ReadViewSet
from common.api.workflows.examples import APPROVAL, RUN
from common.api.workflows.runs import accepted
from common.api.workflows.serializers import (
    APPROVALS,
    ApprovalSerializer,
    DecisionSerializer,
    Row,
    RunSerializer,
    run_relation,
)
from common.application.workflows import approvals
from common.domain.roles import Role, includes
from common.models import StepRun, WorkflowRun


class ApprovalFilter(django_filters.FilterSet):  # type: ignore[misc] # django-filter ships no types
    run = django_filters.NumberFilter(field_name="run_id")
    workflow = django_filters.CharFilter(field_name="run__workflow")
    capability = django_filters.CharFilter()
    correlation_id = django_filters.CharFilter(field_name="run__correlation_id")

    class Meta:
        model = StepRun
        fields: ClassVar[list[str]] = []


_DECIDED = extend_schema(
    request=DecisionSerializer,
    responses={202: RunSerializer},
    examples=[
        OpenApiExample("With a note", {"note": "Agreed with the owner of the host."}, request_only=True),
        OpenApiExample("The run", RUN, response_only=True, status_codes=["202"]),
    ],
)
_SHOWN = extend_schema(examples=[OpenApiExample("A containment", APPROVAL, response_only=True)])


@extend_schema_view(list=_SHOWN, retrieve=_SHOWN, approve=_DECIDED, reject=_DECIDED)
class ApprovalViewSet(ReadViewSet):
    """Open approvals, oldest first: the exact change, and who may decide."""

    queryset = (
        StepRun.objects.filter(state=StepRun.State.SUSPENDED, waits_for=StepRun.WaitsFor.APPROVAL)
        .select_related("run")
        .defer("run__definition", "output")
        .order_by("id")
    )
    serializer_class = ApprovalSerializer
    filterset_class = ApprovalFilter
    ordering_fields: ClassVar = {"id": "id", "requested_at": "started_at", "expires_at": "wait_until"}
    required_roles: ClassVar = {"approve": "viewer", "reject": "viewer"}  # then the role that the definition names
    schema_tag = "workflows"

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        role = role_of(request.user)
        page: list[StepRun] = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response([_row(step, role) for step in page])

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(_row(self.get_object(), role_of(request.user)))

    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str | None = None) -> Response:
        """Let the step run with exactly the change that is shown."""
        return self._decide(request, approvals.approve)

    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str | None = None) -> Response:
        """Refuse it: the step fails, and the workflow goes on as its definition says."""
        return self._decide(request, approvals.reject)

    def _decide(self, request: Request, decide: Callable[..., object]) -> Response:
        decision = DecisionSerializer(data=request.data)
        decision.is_valid(raise_exception=True)
        step: StepRun = self._known()
        needed = _role(step)
        if not includes(role_of(request.user), needed):
            raise exceptions.PermissionDenied(f"This approval needs the role {needed}.", "role_required")
        decide(step.pk, actor=request.user.get_username(), note=decision.validated_data["note"])
        runs = WorkflowRun.objects.select_related("parent__run")
        return accepted(runs.get(pk=step.run_id))

    def _known(self) -> StepRun:
        """Also one that is decided already: the engine then says so, and a 404 would hide that somebody was quicker."""
        steps = StepRun.objects.filter(wait__has_key="role")
        step = steps.filter(pk=self.kwargs["pk"]).first()
        if step is None:
            raise exceptions.NotFound
        return step


def _role(step: StepRun) -> Role:
    role: Role = step.wait.get("role", "admin")
    return role


def _row(step: StepRun, role: Role | None) -> Row:
    needed = _role(step)
    return {
        "id": step.pk,
        "url": f"{APPROVALS}/{step.pk}/",
        "run": run_relation(step.run),
        "step": step.step,
        "item": None if step.item < 0 else step.item,
        "role": needed,
        "may_decide": includes(role, needed),
        "message": step.wait.get("message", ""),
        "capability": step.capability,
        "change": step.input,
        "requested_by": step.run.actor,
        "requested_at": step.started_at,
        "expires_at": step.wait_until,
    }
