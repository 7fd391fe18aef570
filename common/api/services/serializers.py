"""How the configured services look in REST answers; they only describe, the views answer with plain values."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api.gns3.serializers import CIRCUIT_PHASES
from common.api.hub.serializers import STATUSES

KINDS = ("service", "device")


class ServiceSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="service/target, as events name it.")
    url = serializers.CharField()
    service = serializers.CharField(help_text="Its name in the catalogue of clients.")
    target = serializers.CharField(help_text="The installation, by its name in the clients' file.")
    family = serializers.CharField()
    kind = serializers.ChoiceField(
        choices=KINDS, help_text="device: a client of devices, which the inventory names; its status stays unknown."
    )
    summary = serializers.CharField()
    instances = serializers.ListField(child=serializers.CharField(), help_text="Addresses; replicas of each other.")
    status = serializers.ChoiceField(choices=STATUSES)
    reason = serializers.CharField(help_text="Why it is not healthy.")
    version = serializers.CharField(help_text="As the service says it, when it was last asked with success.")
    latency_ms = serializers.FloatField(allow_null=True, help_text="Of the last look that was answered.")
    since = serializers.DateTimeField(allow_null=True, help_text="It has been in that status.")
    checked_at = serializers.DateTimeField(allow_null=True)
    failures = serializers.IntegerField(help_text="Unhealthy looks in a row, of those that count towards healing.")
    circuit = serializers.ChoiceField(choices=CIRCUIT_PHASES, allow_null=True, help_text="Null: one for each device.")


class ChangeSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    before = serializers.ChoiceField(choices=STATUSES)
    after = serializers.ChoiceField(choices=STATUSES)
    reason = serializers.CharField()
    version = serializers.CharField()


class LevelSerializer(serializers.Serializer[Any]):
    availability_percent = serializers.FloatField(
        allow_null=True, help_text="Up (healthy or degraded) out of the time that is known; null where none is."
    )
    assured_percent = serializers.FloatField(
        allow_null=True, help_text="Up out of all of the time that has passed: what is not known counts as down."
    )
    up_seconds = serializers.FloatField()
    degraded_seconds = serializers.FloatField(help_text="A part of up_seconds.")
    down_seconds = serializers.FloatField()
    unknown_seconds = serializers.FloatField(help_text="Nobody looked: neither up nor down.")
    latency_p50_ms = serializers.FloatField(allow_null=True, help_text="Of answered looks; right within 5 %.")
    latency_p95_ms = serializers.FloatField(allow_null=True)
    looks = serializers.IntegerField()


class HourSerializer(LevelSerializer):
    hour = serializers.DateTimeField(help_text="Its beginning.")


class MonthSerializer(LevelSerializer):
    id = serializers.CharField(help_text="service/target.")
    service = serializers.CharField()
    target = serializers.CharField()
    month = serializers.CharField(help_text="Such as 2026-11, in UTC.")
    begin = serializers.DateTimeField()
    until = serializers.DateTimeField(help_text="The month's end, or now in the current month.")
