"""Paths of the hub."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from common.api import documentation
from common.api.clients import urls as client_urls
from common.api.equipment import urls as equipment_urls
from common.api.events.states import ProjectionsView, StatesView
from common.api.events.views import EventTypesView, EventViewSet
from common.api.gns3 import urls as gns3_urls
from common.api.health import health, ready
from common.api.hub import urls as hub_urls
from common.api.messages import urls as message_urls
from common.api.metrics import MetricsView
from common.api.modules import urls as module_urls
from common.api.routers import NmsRouter
from common.api.services import urls as service_urls
from common.api.workflows import urls as workflow_urls

router = NmsRouter()
router.register("events", EventViewSet, basename="event")

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/", health, name="health"),
    path("health/ready/", ready, name="ready"),
    path("metrics", MetricsView.as_view(), name="metrics"),
    path("api/", include(documentation.urlpatterns)),
    path("api/clients/", include(client_urls)),
    path("api/common/api/v1/event-types/", EventTypesView.as_view(), name="event-types"),
    path("api/common/api/v1/event-projections/", ProjectionsView.as_view(), name="event-projections"),
    path("api/common/api/v1/event-states/", StatesView.as_view(), name="event-states"),
    path("api/common/api/v1/hub/", include(hub_urls)),
    path("api/common/api/v1/hub/", include(module_urls)),
    path("api/common/api/v1/hub/", include(message_urls)),
    path("api/common/api/v1/hub/", include(workflow_urls)),
    path("api/common/api/gns3-central/", include(gns3_urls)),
    path("api/common/api/v1/equipment/", include(equipment_urls)),
    path("api/common/api/v1/services/", include(service_urls)),
    path("api/common/api/v1/", include(router.urls)),
]
