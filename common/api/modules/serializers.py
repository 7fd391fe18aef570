"""How modules and capabilities look in REST answers, and what registering looks like in OpenAPI.

What comes in is checked by common/domain/manifest.py; the serializers of requests only describe it.
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.domain.manifest import MAX_SECRET, MAX_TIMEOUT_SECONDS, MIN_SECRET, Queue
from common.domain.roles import ROLES
from common.domain.topics import PRIORITIES
from common.infrastructure.work.claims import QUEUES


class CapabilitySerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    module = serializers.CharField()
    description = serializers.CharField()
    available = serializers.BooleanField(help_text="False while the remote module that offers it is lost.")
    input_schema = serializers.DictField()
    output_schema = serializers.DictField()
    timeout_seconds = serializers.FloatField()
    role = serializers.ChoiceField(choices=ROLES, help_text="Who may call it.")
    queue = serializers.ChoiceField(choices=QUEUES, allow_null=True)


class WantedEventsSerializer(serializers.Serializer[Any]):
    topics = serializers.ListField(child=serializers.CharField())
    priority = serializers.ChoiceField(choices=PRIORITIES, help_text="This priority or a higher one.")


class HealthSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["healthy", "degraded", "unhealthy"])
    detail = serializers.CharField(required=False, allow_blank=True, max_length=500)


class ModuleSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=["local", "remote"])
    version = serializers.CharField()
    state = serializers.ChoiceField(choices=["active", "lost"])
    description = serializers.CharField()
    capabilities = CapabilitySerializer(many=True)
    message_types = serializers.ListField(child=serializers.CharField())
    subscriptions = WantedEventsSerializer(many=True)
    callback_url = serializers.CharField(help_text="Of remote modules.")
    registered_at = serializers.DateTimeField(allow_null=True)
    registered_by = serializers.CharField()
    heartbeat_at = serializers.DateTimeField(allow_null=True)
    last_activity_at = serializers.DateTimeField(allow_null=True)
    messages = serializers.IntegerField(help_text="Messages and calls handled; it lags by a few seconds.")
    errors = serializers.IntegerField(  # type: ignore[assignment] # a field may be named like the property; DRF keeps them apart
        help_text="How many of them failed."
    )
    health = HealthSerializer(allow_null=True, help_text="As last asked or told.")
    health_at = serializers.DateTimeField(allow_null=True)


class OfferSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    description = serializers.CharField(max_length=500, required=False)
    input_schema = serializers.DictField(required=False, help_text="JSON Schema, Draft 2020-12; {} admits everything.")
    output_schema = serializers.DictField(required=False)
    timeout_seconds = serializers.FloatField(required=False, default=60.0, max_value=MAX_TIMEOUT_SECONDS)
    role = serializers.ChoiceField(choices=ROLES, required=False, default="operator")
    queue = serializers.ChoiceField(choices=Queue.__args__, required=False, allow_null=True)  # type: ignore[attr-defined] # of a Literal


class SubscriptionSerializer(serializers.Serializer[Any]):
    topics = serializers.ListField(child=serializers.CharField(), min_length=1)
    priority = serializers.ChoiceField(choices=PRIORITIES, required=False, default="low")


class RegistrationSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    version = serializers.CharField(max_length=50)
    description = serializers.CharField(max_length=1_000, required=False)
    callback_url = serializers.URLField(max_length=500, help_text="Where the hub calls; without query or fragment.")
    secret = serializers.CharField(
        required=False,
        write_only=True,
        min_length=MIN_SECRET,
        max_length=MAX_SECRET,
        help_text="Signs requests in both directions. Needed the first time; left out later, the old one stays.",
    )
    capabilities = OfferSerializer(many=True, required=False)
    message_types = serializers.ListField(child=serializers.CharField(max_length=100), required=False)
    subscriptions = SubscriptionSerializer(many=True, required=False)


class HeartbeatSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=["active"])
    recovered = serializers.BooleanField(help_text="The module was lost until now.")
    lost_after_seconds = serializers.FloatField(help_text="Send the next heartbeat well before that.")


class CapabilityCallSerializer(serializers.Serializer[Any]):
    input = serializers.DictField()
    timeout_seconds = serializers.FloatField(required=False, help_text="At most the capability's own.")


class CapabilityOutputSerializer(serializers.Serializer[Any]):
    output = serializers.DictField()
