"""Paths below api/common/api/v1/services/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from common.api.services.views import (
    ChangesView,
    CheckView,
    HoursView,
    LevelsView,
    LevelView,
    ServicesView,
    ServiceView,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", ServicesView.as_view(), name="services"),
    path("sla/", LevelsView.as_view(), name="services-sla"),
    path("<str:service>/<str:target>/", ServiceView.as_view(), name="service"),
    path("<str:service>/<str:target>/check/", CheckView.as_view(), name="service-check"),
    path("<str:service>/<str:target>/history/", ChangesView.as_view(), name="service-history"),
    path("<str:service>/<str:target>/hours/", HoursView.as_view(), name="service-hours"),
    path("<str:service>/<str:target>/sla/", LevelView.as_view(), name="service-sla"),
]
