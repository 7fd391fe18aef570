"""What all resources here share: relations, rows that are written by hand for speed, and their views.

A ModelSerializer asks each field of each row how to show itself; for 1,000 rows that takes a second. Here a
serializer declares the fields (for OpenAPI, for input), and `to_representation` writes the row in one go. A test
holds the two together.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers

from common.api.viewsets import ReadViewSet

PREFIX = "/api/network"
Row = dict[str, Any]


class RelationSerializer(serializers.Serializer[Any]):
    """A related object: enough to show it and to ask for it."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    url = serializers.CharField()


def relation(resource: str, pk: int | None, name: str | None) -> Row | None:
    return None if pk is None else {"id": pk, "name": name or str(pk), "url": f"{PREFIX}/{resource}/{pk}/"}


class FactSerializer(serializers.Serializer[Any]):
    """The fields that every fact of a device has."""

    id = serializers.IntegerField(read_only=True)
    url = serializers.CharField(read_only=True)
    device = RelationSerializer(read_only=True)
    present = serializers.BooleanField(read_only=True, help_text="Whether the device still reported it when last read.")
    first_seen = serializers.DateTimeField(read_only=True)
    last_seen = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When it was last read from the device."
    )


def fact_row(resource: str, fact: Any) -> Row:
    """The values of FactSerializer, of a row annotated by FactViewSet."""
    return {
        "id": fact.pk,
        "url": f"{PREFIX}/{resource}/{fact.pk}/",
        "device": relation("devices", fact.device_id, fact.device_name),
        "present": fact.last_seen is None,
        "first_seen": fact.first_seen,
        "last_seen": last_seen(fact.last_seen, fact.device_read_at),
    }


def last_seen(frozen: datetime | None, device_read_at: datetime | None) -> datetime | None:
    """A fact that is present was last seen when its device was last read."""
    return frozen or device_read_at


class FactViewSet(ReadViewSet):
    """A read-only list of facts."""

    schema_tag = "inventory"
