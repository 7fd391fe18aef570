"""Modules over REST: who they are, registering remote ones, their heartbeats (docs/modules.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from pydantic import BaseModel, ConfigDict, Field
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.modules import examples
from common.api.modules.authentication import SIGNED, SignedRolePermission, refuse_other_modules
from common.api.modules.serializers import (
    HealthSerializer,
    HeartbeatSerializer,
    ModuleSerializer,
    RegistrationSerializer,
)
from common.api.pagination import PagePagination
from common.api.viewsets import ApiView
from common.application.modules import heartbeats, registration, registry
from common.domain.errors import Unknown
from common.domain.manifest import Registration, parse
from common.domain.modules import Health

PAGE_PARAMETERS = (PagePagination.page_query_param, PagePagination.page_size_query_param)


class ListView(ApiView):
    """A list of values that no table holds: paged like the others, filtered by words of a few choices."""

    pagination_class = PagePagination
    choices: dict[str, Sequence[str]] = {}

    @property
    def query_parameters(self) -> tuple[str, ...]:  # type: ignore[override] # follows from `choices`
        return (*PAGE_PARAMETERS, *self.choices)

    def chosen(self, request: Request) -> dict[str, str]:
        """The filters that were given. Raises ValidationError for a word that is none of the choices."""
        given = {name: request.query_params[name] for name in self.choices if name in request.query_params}
        wrong = {
            name: exceptions.ErrorDetail(f"Choose one of {', '.join(self.choices[name])}.", "invalid_choice")
            for name, word in given.items()
            if word not in self.choices[name]
        }
        if wrong:
            raise exceptions.ValidationError(wrong)
        return given

    def page(self, request: Request, values: Sequence[Any], serializer: Any) -> Response:
        paginator = self.pagination_class()
        rows = paginator.paginate_queryset(values, request, view=self)
        return paginator.get_paginated_response(serializer(rows, many=True).data)


class ModulesView(ListView):
    """Every module, local and remote, by name."""

    schema_tag = "modules"
    choices = {"kind": ("local", "remote"), "state": ("active", "lost")}

    @extend_schema(
        operation_id="modules_list",
        parameters=[
            OpenApiParameter(name, str, enum=words, description=f"Only those of this {name}.")
            for name, words in choices.items()
        ],
        responses=ModuleSerializer(many=True),
        examples=[OpenApiExample("A remote module", examples.MODULE, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        wanted = self.chosen(request)
        found = [
            module
            for module in registry.modules()
            if all(getattr(module, name) == word for name, word in wanted.items())
        ]
        return self.page(request, found, ModuleSerializer)


class RegisterView(ApiView):
    """A remote module comes, or says anew what it is; admins register it, later it may do so itself."""

    schema_tag = "modules"
    error_statuses = (409,)
    authentication_classes = SIGNED
    permission_classes = [SignedRolePermission]
    module_methods = ("POST",)

    @extend_schema(
        operation_id="modules_register",
        request=RegistrationSerializer,
        responses={201: ModuleSerializer, 200: ModuleSerializer},
        examples=[
            OpenApiExample("A module with one capability", examples.REGISTRATION, request_only=True),
            OpenApiExample("Registered", examples.MODULE, response_only=True, status_codes=["201", "200"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """Register a remote module (201), or replace what was known of it at once (200).

        A name or capability that is another module's is a 409 which names it.
        """
        offered = parse(Registration, request.data)
        refuse_other_modules(request, offered.name)
        done = registration.register(offered, by=request.user.get_username())
        headers = {"Location": reverse("module", args=[offered.name])} if done.created else {}
        return Response(ModuleSerializer(done.module).data, status=201 if done.created else 200, headers=headers)


class ModuleView(ApiView):
    """One module."""

    schema_tag = "modules"
    error_statuses = (409,)
    authentication_classes = SIGNED
    permission_classes = [SignedRolePermission]
    module_methods = ("DELETE",)

    @extend_schema(
        operation_id="modules_retrieve",
        responses=ModuleSerializer,
        examples=[OpenApiExample("A remote module", examples.MODULE, response_only=True)],
    )
    def get(self, request: Request, name: str) -> Response:
        found = registry.find_module(name)
        if found is None:
            raise Unknown(f"There is no module {name}.", code="module_unknown")
        return Response(ModuleSerializer(found).data)

    @extend_schema(operation_id="modules_unregister", request=None, responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """Forget a remote module. Messages that wait for it go to the dead letters."""
        refuse_other_modules(request, name)
        registration.unregister(name, by=request.user.get_username())
        return Response(status=204)


class HealthReport(BaseModel):
    """The body of a heartbeat; it may be empty."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    status: Literal["healthy", "degraded", "unhealthy"] | None = None
    detail: Annotated[str, Field(max_length=500)] = ""


class HeartbeatView(ApiView):
    """A remote module says that it lives."""

    schema_tag = "modules"
    error_statuses = (409,)
    authentication_classes = SIGNED
    permission_classes = [SignedRolePermission]
    module_methods = ("POST",)
    required_roles = {"write": "operator"}

    @extend_schema(
        operation_id="modules_heartbeat",
        request=HealthSerializer,
        responses=HeartbeatSerializer,
        examples=[
            OpenApiExample("With its health", {"status": "healthy", "detail": ""}, request_only=True),
            OpenApiExample("Heard", examples.HEARTBEAT, response_only=True),
        ],
    )
    def post(self, request: Request, name: str) -> Response:
        """Note that the module lives, and how it says it is. A lost one is active again (event module.recovered)."""
        refuse_other_modules(request, name)
        told = parse(HealthReport, request.data)
        recovered = heartbeats.beat(name, Health(told.status, told.detail) if told.status else None)
        return Response(
            {
                "name": name,
                "state": "active",
                "recovered": recovered,
                "lost_after_seconds": settings.NMS_MODULE_LOST_SECONDS,
            }
        )
