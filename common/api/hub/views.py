"""The hub over REST: what it is doing, its switch, the health of everything, workers and queues."""

from __future__ import annotations

from dataclasses import asdict

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.hub import examples
from common.api.hub.serializers import (
    HubStatusSerializer,
    QueuesSerializer,
    SwitchSerializer,
    SystemHealthSerializer,
    WorkersSerializer,
)
from common.api.viewsets import ApiView
from common.application.system.monitoring import last_report
from common.application.system.processing import processing_state, set_processing
from common.application.system.status import hub_status
from common.application.system.workforce import describe_queues, describe_workers


class HubView(ApiView):
    schema_tag = "hub"


class HubStatusView(HubView):
    """What the hub is doing right now."""

    @extend_schema(
        operation_id="hub_status",
        responses=HubStatusSerializer,
        examples=[OpenApiExample("At work", examples.STATUS, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        return Response(hub_status())


class _SwitchView(HubView):
    processing: bool

    def post(self, request: Request) -> Response:
        if request.data not in ({}, None, ""):
            raise exceptions.ValidationError("Send no body, or {}.", "unexpected_body")
        changed = set_processing(self.processing, by=request.user.get_username())
        state = processing_state()
        return Response(
            {
                "state": "processing" if state.processing else "paused",
                "changed": changed,
                "changed_at": state.changed_at,
                "changed_by": state.changed_by,
            }
        )


@extend_schema_view(
    post=extend_schema(
        operation_id="hub_start",
        request=None,
        responses=SwitchSerializer,
        examples=[OpenApiExample("Started again", examples.STARTED, response_only=True)],
    )
)
class HubStartView(_SwitchView):
    """Process messages, steps, schedules and triggers again, those first that waited; idempotent."""

    processing = True


@extend_schema_view(
    post=extend_schema(
        operation_id="hub_stop",
        request=None,
        responses=SwitchSerializer,
        examples=[OpenApiExample("Paused", examples.STOPPED, response_only=True)],
    )
)
class HubStopView(_SwitchView):
    """Pause the processing of messages, steps, schedules and triggers; idempotent.

    What is being handled comes to its end. What comes in is accepted and waits. Pages, REST, WebSockets, polling of
    devices and tasks go on.
    """

    processing = False


class SystemHealthView(HubView):
    """What the last look at all components, modules and services found (task common.orchestrate_system_monitoring)."""

    @extend_schema(
        operation_id="hub_health",
        responses=SystemHealthSerializer,
        examples=[OpenApiExample("A service is down", examples.HEALTH, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        report = asdict(last_report())
        del report["changed"]
        return Response(report)


class WorkersView(HubView):
    """Celery workers of the last day; live ones are asked for their tasks, and waited for a second at most."""

    @extend_schema(
        operation_id="hub_workers",
        responses=WorkersSerializer,
        examples=[OpenApiExample("One worker", examples.WORKERS, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        return Response(describe_workers())


class QueuesView(HubView):
    """Celery's queues, what waits in each, and who serves it."""

    @extend_schema(
        operation_id="hub_queues",
        responses=QueuesSerializer,
        examples=[OpenApiExample("One of six", examples.QUEUES, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        return Response(describe_queues())
