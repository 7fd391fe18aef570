"""Triggers over REST: what events start."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import quote

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers

from common.api.starting.serializers import STARTED, STARTS, StartFilter, StartSerializer, StartViewSet
from common.api.workflows.examples import TRIGGER, TRIGGER_REQUEST
from common.application.starting import triggers
from common.application.starting.start import actor_of
from common.domain.topics import MAX_TOPIC_LENGTH, PRIORITIES
from common.models import Trigger

MAX_TOPICS = 50
MATCH = ("topics", "minimum_priority", "source", "subject", "condition")


class TriggerSerializer(StartSerializer):
    rules: ClassVar = triggers
    resource = "triggers"
    own = MATCH
    defaults: ClassVar = {
        "topics": [],
        "minimum_priority": "low",
        "source": "",
        "subject": "",
        "condition": "",
    }

    topics = serializers.ListField(
        child=serializers.CharField(max_length=MAX_TOPIC_LENGTH),
        min_length=1,
        max_length=MAX_TOPICS,
        help_text="Event types, or patterns such as device.* and *.",
    )
    minimum_priority = serializers.ChoiceField(choices=PRIORITIES, required=False, default="low")
    source = serializers.CharField(  # type: ignore[assignment] # a field may be named like DRF's own; it keeps them apart
        max_length=100, required=False, allow_blank=True, help_text="Which module saw it; empty: any."
    )
    subject = serializers.CharField(max_length=200, required=False, allow_blank=True, help_text="Such as device:7.")
    condition = serializers.CharField(
        max_length=1000, required=False, allow_blank=True, help_text="An expression over `event` that is true or false."
    )

    class Meta:
        model = Trigger
        fields = (*STARTS, *MATCH, *STARTED)
        read_only_fields = STARTED

    def runs_of(self, starter: Trigger) -> str:
        return f"actor={quote(actor_of(starter), safe=':')}"


class TriggerFilter(StartFilter):
    class Meta(StartFilter.Meta):
        model = Trigger


_WRITE = extend_schema(
    examples=[
        OpenApiExample("Answer an incident", TRIGGER_REQUEST, request_only=True),
        OpenApiExample("A trigger", TRIGGER, response_only=True),
    ]
)
_READ = extend_schema(examples=[OpenApiExample("A trigger", TRIGGER, response_only=True)])


@extend_schema_view(list=_READ, retrieve=_READ, create=_WRITE, partial_update=_WRITE)
class TriggerViewSet(StartViewSet):
    """Triggers: an event that matches starts a workflow or a task, with input made from the event."""

    rules: ClassVar = triggers
    queryset = Trigger.objects.all()
    serializer_class = TriggerSerializer
    filterset_class = TriggerFilter
    ordering_fields: ClassVar = ["id", "name", "last_started_at", "created_at"]
