"""The listing of services, for OpenAPI."""

from __future__ import annotations

from rest_framework import serializers

from common.api.gns3.serializers import CIRCUIT_PHASES

METHODS = ("GET", "POST")


class ClientTargetSerializer(serializers.Serializer[object]):
    name = serializers.CharField()
    circuit = serializers.ChoiceField(CIRCUIT_PHASES, help_text="open: calls are not sent until the next trial.")


class ClientArgumentSerializer(serializers.Serializer[object]):
    name = serializers.CharField()
    required = serializers.BooleanField()  # type: ignore[assignment] # a field of that name
    description = serializers.CharField(allow_blank=True)


class ClientOperationSerializer(serializers.Serializer[object]):
    name = serializers.CharField()
    url = serializers.CharField()
    methods = serializers.ListField(child=serializers.ChoiceField(METHODS))
    role = serializers.ChoiceField(("viewer", "operator", "admin"))
    cache_seconds = serializers.FloatField(allow_null=True, help_text="How old an answer may be.")
    summary = serializers.CharField()
    arguments = ClientArgumentSerializer(many=True)


class ClientServiceSerializer(serializers.Serializer[object]):
    name = serializers.CharField()
    family = serializers.CharField()
    summary = serializers.CharField()
    url = serializers.CharField()
    targets = ClientTargetSerializer(many=True)
    operations = ClientOperationSerializer(many=True)


class ClientServicesSerializer(serializers.Serializer[object]):
    data = ClientServiceSerializer(many=True)  # type: ignore[assignment] # a field of that name
