"""How events look in REST answers: the envelope that WebSocket clients get."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.domain.events import PRIORITIES
from common.infrastructure.events.event_store import ROW_FIELDS
from common.models import StoredEvent


class EventSerializer(serializers.ModelSerializer[StoredEvent]):
    priority = serializers.ChoiceField(choices=PRIORITIES)
    data = serializers.DictField(  # type: ignore[assignment] # a field may be named like the property; DRF keeps them apart
        help_text="What the event says; its fields depend on the type."
    )

    class Meta:
        model = StoredEvent
        fields = ROW_FIELDS
        read_only_fields = fields


class EventTypeSerializer(serializers.Serializer[Any]):
    type = serializers.CharField()
    source = serializers.CharField(  # type: ignore[assignment] # a field may be named like an argument; DRF keeps them apart
        help_text="The module that publishes it."
    )
    version = serializers.IntegerField()
    priority = serializers.ChoiceField(choices=PRIORITIES)
    description = serializers.CharField()
    fields_schema = serializers.DictField(help_text="JSON Schema of the event's `data`.")
