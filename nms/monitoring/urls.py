"""Paths under /api/monitoring/."""

from django.urls import URLPattern, URLResolver, path

from nms.monitoring.api.views import OverviewView

urlpatterns: list[URLPattern | URLResolver] = [
    path("overview/", OverviewView.as_view(), name="monitoring-overview"),
]
