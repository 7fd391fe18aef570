"""Paths of workflows, runs, approvals, schedules and triggers, below api/common/api/v1/hub/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from common.api.routers import NmsRouter
from common.api.starting.schedules import ScheduleViewSet
from common.api.starting.triggers import TriggerViewSet
from common.api.workflows.approvals import ApprovalViewSet
from common.api.workflows.definitions import ExecuteView, WorkflowViewSet
from common.api.workflows.runs import WorkflowRunViewSet

router = NmsRouter()
router.register("workflows", WorkflowViewSet, basename="workflow")
router.register("workflow-runs", WorkflowRunViewSet, basename="workflow-run")
router.register("approvals", ApprovalViewSet, basename="approval")
router.register("schedules", ScheduleViewSet, basename="schedule")
router.register("triggers", TriggerViewSet, basename="trigger")

urlpatterns: list[URLPattern | URLResolver] = [
    path("workflows/execute/", ExecuteView.as_view(), name="workflow-execute"),
    path("", include(router.urls)),
]
