"""Actions that take longer than a request: a workflow run, answered with 202 and its address."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.gns3.base import actor_of
from common.api.permissions import role_of
from common.api.request_id import request_id_of
from common.api.workflows.runs import accepted
from common.application.workflows import engine
from common.models import WorkflowRun


def start_run(request: Request, workflow: str, values: dict[str, Any]) -> Response:
    with transaction.atomic():
        run = engine.start_workflow(
            workflow,
            values,
            actor=actor_of(request),
            role=role_of(request.user) or "viewer",
            correlation_id=request_id_of(request)[:100],
        )
    return accepted(WorkflowRun.objects.select_related("parent__run").get(pk=run.pk))
