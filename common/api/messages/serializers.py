"""How messages look in REST answers, and what sending looks like in OpenAPI.

What comes in is checked by the strict models of common/api/messages/views.py and by common/domain/messages.py; the
serializers of requests only describe it.
"""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from common.domain.messages import DEFAULT_ATTEMPTS, MAX_ATTEMPTS, MAX_KEY_LENGTH, MAX_SECONDS
from common.domain.topics import PRIORITIES
from common.models import Message

EXAMPLE = {
    "uuid": "7f0c6a1e-52c1-4d0e-9f0f-1d4f5f0a7c11",
    "url": "/api/common/api/v1/hub/messages/7f0c6a1e-52c1-4d0e-9f0f-1d4f5f0a7c11/",
    "kind": "direct",
    "type": "qos.limit",
    "sender": "user:ada",
    "recipient": "qos_management",
    "body": {"device_id": 7, "rate_bps": 1000000},
    "state": "waiting",
    "priority": "high",
    "attempts": 0,
    "max_attempts": 5,
    "replays": 0,
    "error": "",
    "reply": None,
    "actor": "ada",
    "correlation_id": "4f1c2d3e",
    "causation_id": "",
    "idempotency_key": None,
    "created_at": "2026-01-31T12:00:00Z",
    "due_at": "2026-01-31T12:00:00Z",
    "expires_at": None,
    "finished_at": None,
}
DELIVERED = {**EXAMPLE, "state": "delivered", "attempts": 1, "finished_at": "2026-01-31T12:00:00.012000Z"}
DEAD = {
    **EXAMPLE,
    "state": "dead",
    "attempts": 5,
    "error": "There is no device 7.",
    "finished_at": "2026-01-31T12:03:11Z",
}
ANSWERED = {**DELIVERED, "kind": "request", "reply": {"limited": True}}
BODY = {"type": "qos.limit", "recipient": "qos_management", "body": {"device_id": 7, "rate_bps": 1000000}}


class MessageSerializer(serializers.ModelSerializer[Message]):
    url = serializers.SerializerMethodField()
    priority = serializers.ChoiceField(choices=PRIORITIES)
    state = serializers.ChoiceField(choices=Message.State.choices)
    body = serializers.DictField()
    reply = serializers.DictField(allow_null=True, help_text="What the handler of a request answered.")

    class Meta:
        model = Message
        fields = tuple(EXAMPLE)
        read_only_fields = fields

    def get_url(self, message: Message) -> str:
        return reverse("message-detail", args=[message.uuid])


class _SendingSerializer(serializers.Serializer[Any]):
    type = serializers.CharField(max_length=100)
    body = serializers.DictField(required=False, help_text="At most 256 KiB of JSON.")
    priority = serializers.ChoiceField(choices=PRIORITIES, default="normal")
    correlation_id = serializers.CharField(required=False, max_length=100, help_text="Without one: the request's id.")
    causation_id = serializers.CharField(required=False, max_length=100)
    idempotency_key = serializers.CharField(
        required=False, max_length=MAX_KEY_LENGTH, help_text="Without one: the header Idempotency-Key."
    )
    max_attempts = serializers.IntegerField(min_value=1, max_value=MAX_ATTEMPTS, default=DEFAULT_ATTEMPTS)


class BroadcastSerializer(_SendingSerializer):
    expires_in_seconds = serializers.FloatField(required=False, max_value=MAX_SECONDS)
    delay_seconds = serializers.FloatField(required=False, min_value=0, max_value=MAX_SECONDS)


class SendSerializer(BroadcastSerializer):
    recipient = serializers.CharField(max_length=100, help_text="A module.")


class RequestSerializer(_SendingSerializer):
    recipient = serializers.CharField(max_length=100, help_text="A module.")
    timeout_seconds = serializers.FloatField(required=False, help_text="How long to wait for the answer, at most 60.")


class BroadcastAnswerSerializer(serializers.Serializer[Any]):
    correlation_id = serializers.CharField()
    recipients = serializers.ListField(child=serializers.CharField())
    messages = MessageSerializer(many=True)


class ReplaySerializer(serializers.Serializer[Any]):
    uuids = serializers.ListField(
        child=serializers.UUIDField(), required=False, help_text="Exactly these: all or none."
    )
    filter = serializers.DictField(
        child=serializers.CharField(),
        required=False,
        help_text="All that match: recipient, sender, type, kind, priority.",
    )


class ReplayedSerializer(serializers.Serializer[Any]):
    replayed = serializers.IntegerField(help_text="At most 1,000 at once, the oldest first.")
    remaining = serializers.IntegerField(help_text="Dead letters that match and were left.")
