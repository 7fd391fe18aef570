"""States of the past over REST: which projections there are, and what they make of a subject's events."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.modules.views import ListView
from common.api.viewsets import ApiView
from common.application.events.projections import projections, rebuild

STATE = {
    "projection": "device",
    "subject": "device:7",
    "position": 4711,
    "time": "2026-01-31T11:58:03Z",
    "snapshot": 0,
    "events": 3,
    "state": {"name": "core-1", "status": "up"},
}


class ProjectionSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    description = serializers.CharField()
    kind = serializers.CharField(help_text="Its subjects: `device` for `device:7`.")
    topics = serializers.ListField(child=serializers.CharField(), help_text="The events that make its states.")


class StateQuery(serializers.Serializer[Any]):
    projection = serializers.CharField(help_text="One of those under `event-projections/`.")
    subject = serializers.CharField(max_length=200, help_text="Such as `device:7`.")
    at = serializers.DateTimeField(required=False, help_text="The state at that time; now without it.")
    position = serializers.IntegerField(
        required=False, min_value=0, max_value=2**63 - 1, help_text="The state after that event; instead of `at`."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "at" in attrs and "position" in attrs:
            raise exceptions.ValidationError({"position": "Give at or position, not both."}, "ambiguous")
        return attrs


class StateSerializer(serializers.Serializer[Any]):
    projection = serializers.CharField()
    subject = serializers.CharField()
    position = serializers.IntegerField(help_text="The state is that after this position.")
    time = serializers.DateTimeField(allow_null=True, help_text="Of the last event that changed it.")
    snapshot = serializers.IntegerField(help_text="Position of the snapshot that it was rebuilt from; 0 for none.")
    events = serializers.IntegerField(help_text="How many events were replayed on it.")
    state = serializers.DictField(help_text="What the events add up to; its fields are the projection's.")


class ProjectionsView(ListView):
    """The projections: of which subjects the state at any past time can be rebuilt."""

    schema_tag = "events"

    @extend_schema(operation_id="event_projections", responses=ProjectionSerializer(many=True))
    def get(self, request: Request) -> Response:
        return self.page(request, projections(), ProjectionSerializer)


class StatesView(ApiView):
    """The state of one subject now, at a past time, or after a position: rebuilt from its events."""

    schema_tag = "events"
    query_parameters = tuple(StateQuery().fields)

    @extend_schema(
        operation_id="event_state",
        parameters=[StateQuery],
        responses=StateSerializer,
        examples=[OpenApiExample("A device some time ago", STATE, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        query = StateQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        found = rebuild(asked["projection"], asked["subject"], asked.get("at", asked.get("position")))
        return Response(StateSerializer(asdict(found)).data)
