"""Paths below api/common/api/v1/services/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from common.api.routers import NmsRouter
from common.api.services.healing import HealingActionViewSet, HealingPolicyViewSet
from common.api.services.proposals import DiscoveryView, ProposalViewSet
from common.api.services.views import (
    ChangesView,
    CheckView,
    HoursView,
    LevelsView,
    LevelView,
    ServicesView,
    ServiceView,
)

router = NmsRouter()
router.register("proposals", ProposalViewSet, basename="service-proposal")
router.register("healing-policies", HealingPolicyViewSet, basename="healing-policy")
router.register("healing-actions", HealingActionViewSet, basename="healing-action")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", ServicesView.as_view(), name="services"),
    path("discovery/", DiscoveryView.as_view(), name="services-discovery"),
    path("sla/", LevelsView.as_view(), name="services-sla"),
    path("", include(router.urls)),  # before the targets: no service has such a name
    path("<str:service>/<str:target>/", ServiceView.as_view(), name="service"),
    path("<str:service>/<str:target>/check/", CheckView.as_view(), name="service-check"),
    path("<str:service>/<str:target>/history/", ChangesView.as_view(), name="service-history"),
    path("<str:service>/<str:target>/hours/", HoursView.as_view(), name="service-hours"),
    path("<str:service>/<str:target>/sla/", LevelView.as_view(), name="service-sla"),
]
