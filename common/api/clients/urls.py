"""Below /api/clients/."""

from __future__ import annotations

from django.urls import URLPattern, path

from common.api.clients.listing import ServicesView, ServiceView
from common.api.clients.operation import OperationView

urlpatterns: list[URLPattern] = [
    path("", ServicesView.as_view(), name="clients"),
    path("<str:service>/", ServiceView.as_view(), name="client"),
    path("<str:service>/<str:operation>/", OperationView.as_view(), name="client-operation"),
]
