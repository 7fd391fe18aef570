"""The configured services over REST: how each is and was, and looking at one now (docs/services.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from api_clients.clients import NotConfigured
from common.api.hub.serializers import STATUSES
from common.api.modules.views import ListView
from common.api.services import examples
from common.api.services.serializers import (
    KINDS,
    ChangeSerializer,
    HourSerializer,
    MonthSerializer,
    ServiceSerializer,
)
from common.api.viewsets import ApiView
from common.application.service_health import reading
from common.application.service_health.reading import SERVICES_PATH
from common.application.system.monitoring import look_at_service
from common.domain.service_levels import Month, month_of, read_month
from common.models import ServiceChange, ServiceHour

TAG = "services"
_MONTH = OpenApiParameter("month", str, description="Such as 2026-11, in UTC; the current one without it.")


class _Plain:
    """Rows that are plain values already; a list view asks for a serializer."""

    def __init__(self, rows: Iterable[Any], *, many: bool) -> None:
        self.data = list(rows)


class ServicesView(ListView):
    """Every configured service and target, by name, as the last look found it."""

    schema_tag = TAG
    error_statuses: ClassVar = (503,)
    choices = {"status": STATUSES, "kind": KINDS}

    @property
    def query_parameters(self) -> tuple[str, ...]:  # type: ignore[override] # follows from `choices`
        return (*super().query_parameters, "service", "family")

    @extend_schema(
        operation_id="services_list",
        parameters=[
            *(OpenApiParameter(name, str, enum=words) for name, words in choices.items()),
            OpenApiParameter("service", str, description="Only targets of this service."),
            OpenApiParameter("family", str, description="Only services of this family."),
        ],
        responses=ServiceSerializer(many=True),
        examples=[OpenApiExample("A slow one", examples.SERVICE, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        wanted = self.chosen(request) | {
            name: request.query_params[name] for name in ("service", "family") if name in request.query_params
        }
        rows = [_row(seen) for seen in reading.services()]
        found = [row for row in rows if all(row[name] == word for name, word in wanted.items())]
        return self.page(request, found, _Plain)


class ServiceView(ApiView):
    """One configured target."""

    schema_tag = TAG
    error_statuses: ClassVar = (404, 503)

    @extend_schema(
        operation_id="services_retrieve",
        responses=ServiceSerializer,
        examples=[OpenApiExample("A slow one", examples.SERVICE, response_only=True)],
    )
    def get(self, request: Request, service: str, target: str) -> Response:
        return Response(_row(reading.service(service, target)))


class CheckView(ApiView):
    """Look at one target now."""

    schema_tag = TAG
    error_statuses: ClassVar = (404, 503)
    required_roles: ClassVar = {"write": "operator"}

    @extend_schema(
        operation_id="services_check",
        request=None,
        responses=ServiceSerializer,
        examples=[OpenApiExample("A slow one", examples.SERVICE, response_only=True)],
    )
    def post(self, request: Request, service: str, target: str) -> Response:
        """Ask it for its health, within its deadline (5 s at most); what is found counts like any other look."""
        if request.data not in ({}, None, ""):
            raise exceptions.ValidationError("Send no body, or {}.", "unexpected_body")
        reading.require(service, target)
        try:
            look_at_service(service, target)
        except NotConfigured:  # it left the file this moment
            reading.require(service, target)
        return Response(_row(reading.service(service, target)))


class ChangesView(ListView):
    """How the status of one target changed, newest first; also of one that is not configured any more."""

    schema_tag = TAG
    error_statuses: ClassVar = (404, 503)

    @extend_schema(
        operation_id="services_history",
        responses=ChangeSerializer(many=True),
        examples=[OpenApiExample("It became slow", examples.CHANGE, response_only=True)],
    )
    def get(self, request: Request, service: str, target: str) -> Response:
        reading.require_ever(service, target)
        changes: Any = ServiceChange.objects.filter(service=service, target=target).order_by("-at", "-id")
        return self.page(request, changes.values("at", "before", "after", "reason", "version"), _Plain)


class HoursView(ListView):
    """Availability and latency of one target by the hour, newest first; hours in which nobody looked are missing."""

    schema_tag = TAG
    error_statuses: ClassVar = (404, 503)

    @extend_schema(
        operation_id="services_hours",
        responses=HourSerializer(many=True),
        examples=[OpenApiExample("A good hour", examples.HOUR, response_only=True)],
    )
    def get(self, request: Request, service: str, target: str) -> Response:
        reading.require_ever(service, target)
        hours: Any = ServiceHour.objects.filter(service=service, target=target).order_by("-hour")
        return self.page(request, hours, _Hours)


class _Hours(_Plain):
    def __init__(self, rows: Iterable[ServiceHour], *, many: bool) -> None:
        super().__init__(({"hour": row.hour, **asdict(reading.hour_level(row))} for row in rows), many=many)


class LevelsView(ListView):
    """Availability and latency of every target in one month."""

    schema_tag = TAG
    error_statuses: ClassVar = (503,)

    @property
    def query_parameters(self) -> tuple[str, ...]:  # type: ignore[override] # one more
        return (*super().query_parameters, "month")

    @extend_schema(
        operation_id="services_sla_list",
        parameters=[_MONTH],
        responses=MonthSerializer(many=True),
        examples=[OpenApiExample("The month so far", examples.MONTH, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        return self.page(request, [_level(one) for one in reading.levels(_month(request))], _Plain)


class LevelView(ApiView):
    """Availability and latency of one target in one month."""

    schema_tag = TAG
    error_statuses: ClassVar = (404, 503)
    query_parameters = ("month",)

    @extend_schema(
        operation_id="services_sla",
        parameters=[_MONTH],
        responses=MonthSerializer,
        examples=[OpenApiExample("The month so far", examples.MONTH, response_only=True)],
    )
    def get(self, request: Request, service: str, target: str) -> Response:
        reading.require_ever(service, target)
        month = _month(request)
        found = reading.levels(month, name=service, target=target) or (reading.no_level(month, service, target),)
        return Response(_level(found[0]))


def _row(seen: reading.ServiceSeen) -> dict[str, Any]:
    name = f"{seen.service}/{seen.target}"
    return {"id": name, "url": f"{SERVICES_PATH}/{name}/", **asdict(seen)}


def _level(level: reading.Level) -> dict[str, Any]:
    row = asdict(level)
    return {"id": f"{level.service}/{level.target}", **{k: v for k, v in row.items() if k != "level"}, **row["level"]}


def _month(request: Request) -> Month:
    text = request.query_params.get("month")
    if text is None:
        return month_of(timezone.now())
    try:
        month = read_month(text)
    except ValueError as error:
        raise exceptions.ValidationError({"month": exceptions.ErrorDetail(f"{error}.", "invalid")}) from None
    if month.begin > timezone.now():
        raise exceptions.ValidationError({"month": exceptions.ErrorDetail(f"{text} has not begun.", "out_of_range")})
    return month
