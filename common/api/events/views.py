"""The event store over REST: what happened, and which types of events there are."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.events.serializers import EventSerializer, EventTypeSerializer
from common.api.events.type_filter import TypeFilter
from common.api.viewsets import ApiView, ReadViewSet
from common.domain.events import PRIORITIES, RANK, describe, event_types, source_of
from common.infrastructure.events.event_store import ROW_FIELDS
from common.models import StoredEvent

EXAMPLE = {
    "position": 42,
    "id": "0b8a3f0e-58a7-4f6d-9a0c-3b1f6b1f7c11",
    "type": "device.discovered",
    "version": 1,
    "source": "network_management",
    "subject": "device:7",
    "priority": "normal",
    "time": "2026-01-31T12:00:00Z",
    "actor": "admin",
    "correlation_id": "",
    "causation_id": "",
    "data": {"device_id": 7, "name": "core-1"},
}


class EventFilter(django_filters.FilterSet):  # type: ignore[misc] # django-filter ships no types
    type = TypeFilter(label="A type, or a topic such as `device.*`, `*.discovered` or `*`; several: `type=a&type=b`.")
    source = django_filters.CharFilter()
    actor = django_filters.CharFilter(label="Who did it: a user's name, or `schedule:...` and the like.")
    subject = django_filters.CharFilter(label="What it is about, such as `device:7`.")
    correlation_id = django_filters.CharFilter(
        method="filter_partial", label="What ties events of one undertaking together."
    )
    causation_id = django_filters.CharFilter(
        method="filter_partial", label="The event, message or step that led to them."
    )
    priority = django_filters.ChoiceFilter(
        choices=[(name, name) for name in PRIORITIES], method="filter_priority", label="This priority or a higher one."
    )
    after = django_filters.NumberFilter(field_name="position", lookup_expr="gt", label="Later than this position.")
    before = django_filters.NumberFilter(field_name="position", lookup_expr="lt", label="Earlier than this position.")
    since = django_filters.IsoDateTimeFilter(field_name="time", lookup_expr="gte")
    until = django_filters.IsoDateTimeFilter(field_name="time", lookup_expr="lte")

    class Meta:
        model = StoredEvent
        fields: list[str] = []

    def filter_partial(self, queryset: QuerySet[StoredEvent], name: str, value: str) -> QuerySet[StoredEvent]:
        # SQLite takes a partial index only where the query repeats its condition.
        return queryset.filter(**{name: value}).exclude(**{name: ""})

    def filter_priority(self, queryset: QuerySet[StoredEvent], name: str, value: str) -> QuerySet[StoredEvent]:
        if value == PRIORITIES[-1]:
            return queryset.filter(priority=value)  # SQLite takes the partial index for =, but not for IN
        return queryset.filter(priority__in=[other for other in PRIORITIES if RANK[other] >= RANK[value]])  # type: ignore[index] # a valid choice


@extend_schema_view(
    list=extend_schema(examples=[OpenApiExample("A device was found", EXAMPLE)]),
    retrieve=extend_schema(examples=[OpenApiExample("A device was found", EXAMPLE)]),
)
class EventViewSet(ReadViewSet):
    """Stored events in the order in which they happened; each is found under its position."""

    queryset = StoredEvent.objects.all()
    serializer_class = EventSerializer
    filterset_class = EventFilter
    ordering_fields = ["position", "time"]
    schema_tag = "events"

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        # Rows straight from the database: they are the envelope already, and a page may have a thousand.
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()).values(*ROW_FIELDS))
        return self.get_paginated_response(page)


class EventTypesView(ApiView):
    """The catalogue: every type of event with the schema of its data."""

    schema_tag = "events"

    @extend_schema(operation_id="event_types", responses=EventTypeSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(
            [
                {
                    "type": name,
                    "source": source_of(cls),
                    "version": cls.version,
                    "priority": cls.priority,
                    "description": describe(cls),
                    "fields_schema": cls.model_json_schema(),
                }
                for name, cls in event_types().items()
            ]
        )
