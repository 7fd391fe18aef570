"""Paths of equipment, below api/common/api/v1/equipment/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from common.api.equipment.views import DiscoverView, EquipmentListView, EquipmentView

urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<str:project_id>/equipment/", EquipmentListView.as_view(), name="equipment-list"),
    path("projects/<str:project_id>/equipment/<str:equipment_id>/", EquipmentView.as_view(), name="equipment-detail"),
    path("projects/<str:project_id>/discover/", DiscoverView.as_view(), name="equipment-discover"),
]
