"""A small API on Django's own tables, to try the REST foundations: groups (unique names), permissions (relations)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.urls import include, path, re_path
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import unknown
from common.api.routers import NmsRouter
from common.api.viewsets import ApiView, ModelViewSet
from common.domain import errors


class GroupSerializer(serializers.ModelSerializer[Group]):
    class Meta:
        model = Group
        fields = ["id", "name"]


class GroupViewSet(ModelViewSet):
    queryset = Group.objects.order_by("name")
    serializer_class = GroupSerializer
    filterset_fields = ["name"]
    ordering_fields = ["id", "name"]
    required_roles = {"greet": "operator"}

    @action(detail=True, methods=["post"])
    def greet(self, request: Request, pk: str) -> Response:
        return Response({"hello": self.get_object().name})


class PermissionSerializer(serializers.ModelSerializer[Permission]):
    content_type = serializers.PrimaryKeyRelatedField(queryset=ContentType.objects.all())

    class Meta:
        model = Permission
        fields = ["id", "name", "codename", "content_type"]


class PermissionViewSet(ModelViewSet):
    queryset = Permission.objects.all()
    serializer_class = PermissionSerializer


class CrashView(ApiView):
    def get(self, request: Request) -> Response:
        raise ZeroDivisionError("password=hunter2")


class _SpecialConflict(errors.Conflict):
    """Applications may derive their own."""


REFUSALS: dict[str, errors.HubError] = {
    "invalid": errors.Invalid(
        "priority: unknown", code="bad_priority", details=({"field": "priority", "code": "unknown", "message": "?"},)
    ),
    "unknown": errors.Unknown("There is no module ghost"),
    "conflict": _SpecialConflict("It is taken", code="taken"),
    "unavailable": errors.Unavailable("Nobody offers lab.start; offered: lab.stop", code="capability_unavailable"),
}


class RefusingView(ApiView):
    """Writes, then finds that the hub refuses."""

    error_statuses = (404, 409, 503)

    def post(self, request: Request, kind: str) -> Response:
        with transaction.atomic():
            Group.objects.create(name="written")
            raise REFUSALS[kind]


router = NmsRouter()
router.register("groups", GroupViewSet)
router.register("permissions", PermissionViewSet)

urlpatterns: list[Any] = [
    path("api/", include(router.urls)),
    path("api/refusals/<str:kind>/", RefusingView.as_view()),
    path("api/crash/", CrashView.as_view()),
    path("", include("common.urls")),
    re_path(r"^api(?:/.*)?$", unknown.unknown_path),
]
handler400 = unknown.bad_request
handler403 = unknown.forbidden
handler404 = unknown.not_found
handler500 = unknown.server_error
