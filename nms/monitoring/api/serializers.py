"""How the overview looks; the serializers only describe, the view answers with plain values."""

from __future__ import annotations

from typing import Any, get_args

from rest_framework import serializers

from api_clients.domain.figures import Unit
from common.api.hub.serializers import STATUSES
from nms.monitoring.models import CollectedPart
from nms.monitoring.overview.composing import SEVERITIES

UNITS: tuple[Unit, ...] = get_args(Unit)
PART_KINDS = tuple(CollectedPart.Kind.values)


class StatusCountsSerializer(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {status: serializers.IntegerField() for status in STATUSES}


class OverviewServiceSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="service/target.")
    url = serializers.CharField()
    family = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUSES)
    reason = serializers.CharField()
    version = serializers.CharField()
    latency_ms = serializers.FloatField(allow_null=True)
    since = serializers.DateTimeField(allow_null=True)
    checked_at = serializers.DateTimeField(allow_null=True)


class OverviewServicesSerializer(serializers.Serializer[Any]):
    counts = StatusCountsSerializer()
    items = OverviewServiceSerializer(many=True)


class OverviewAlertSerializer(serializers.Serializer[Any]):
    service = serializers.CharField(help_text="service/target that tells it.")
    id = serializers.CharField(help_text="The same each time this service tells of it.")
    severity = serializers.ChoiceField(choices=SEVERITIES)
    title = serializers.CharField()
    source = serializers.CharField(  # type: ignore[assignment] # may be named like DRF's own; it keeps them apart
        help_text="What it is about: a host, a chart, an address."
    )
    description = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    is_silenced = serializers.BooleanField()
    labels = serializers.DictField(child=serializers.CharField())


class SeverityCountsSerializer(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {severity: serializers.IntegerField() for severity in SEVERITIES}


class OverviewAlertsSerializer(serializers.Serializer[Any]):
    counts = SeverityCountsSerializer()
    silenced = serializers.IntegerField()
    total = serializers.IntegerField(help_text="More than there are items where a service told over 500.")
    items = OverviewAlertSerializer(many=True, help_text="The gravest first, and of these the newest.")


class FigureSerializer(serializers.Serializer[Any]):
    service = serializers.CharField(help_text="service/target.")
    name = serializers.CharField(help_text="Such as sessions.current; the same for every service.")
    value = serializers.FloatField()
    unit = serializers.ChoiceField(choices=UNITS)
    labels = serializers.DictField(child=serializers.CharField())


class PartSerializer(serializers.Serializer[Any]):
    service = serializers.CharField(help_text="service/target.")
    kind = serializers.ChoiceField(choices=PART_KINDS)
    ok = serializers.BooleanField(help_text="False: the last attempt failed, and what is shown is older.")
    error = serializers.CharField()
    collected_at = serializers.DateTimeField(allow_null=True)
    age_seconds = serializers.FloatField(allow_null=True, help_text="As of `as_of`; null: never collected.")
    items = serializers.IntegerField()
    total = serializers.IntegerField()


class OverviewSerializer(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField(allow_null=True, help_text="When the last round of collecting ended.")
    is_stale = serializers.BooleanField(help_text="No round has ended for long: the collecting has stopped.")
    is_partial = serializers.BooleanField(help_text="A part failed at its last attempt; `parts` says which.")
    services = OverviewServicesSerializer()
    alerts = OverviewAlertsSerializer()
    metrics = FigureSerializer(many=True)
    resources = FigureSerializer(many=True, help_text="Figures of CPU, memory, disk, network and load.")
    parts = PartSerializer(many=True)
