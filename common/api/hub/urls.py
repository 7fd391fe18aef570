"""Paths of the hub's own state and of tasks, below api/common/api/v1/hub/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from common.api.hub.tasks import OfferedTasksView, TaskViewSet
from common.api.hub.views import HubStartView, HubStatusView, HubStopView, QueuesView, SystemHealthView, WorkersView
from common.api.routers import NmsRouter

router = NmsRouter()
router.register("tasks", TaskViewSet, basename="task")

urlpatterns: list[URLPattern | URLResolver] = [
    path("status/", HubStatusView.as_view(), name="hub-status"),
    path("start/", HubStartView.as_view(), name="hub-start"),
    path("stop/", HubStopView.as_view(), name="hub-stop"),
    path("health/", SystemHealthView.as_view(), name="hub-health"),
    path("workers/", WorkersView.as_view(), name="hub-workers"),
    path("queues/", QueuesView.as_view(), name="hub-queues"),
    path("offered-tasks/", OfferedTasksView.as_view(), name="offered-tasks"),
    path("", include(router.urls)),
]
