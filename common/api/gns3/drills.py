"""Fault drills over REST: what is broken on purpose and until when; beginning one, ending one early."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, get_args

import django_filters
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.gns3 import examples
from common.api.gns3.base import OUTAGES, actor_of, body_of
from common.api.gns3.bodies import Empty
from common.api.viewsets import ReadViewSet
from common.application.gns3.drills.beginning import begin_drill
from common.application.gns3.drills.capabilities import described
from common.application.gns3.drills.contracts import INPUTS
from common.application.gns3.drills.ending import end_drill
from common.application.gns3.drills.kinds import Kind
from common.domain.errors import Invalid
from common.domain.manifest import parse
from common.domain.modules import Call
from common.models import Gns3Drill
from common.models.gns3_drills import ENDED

KINDS: tuple[Kind, ...] = get_args(Kind)
STATES = ("starting", "active", "ending", "ended")
_LINK = {"project_id": examples.PROJECT_ID, "link_id": examples.LINK_ID}
_LOSS = {"kind": "packet_loss", **_LINK, "percent": 20, "seconds": 300}
_STOP = {"kind": "node_stopped", "project_id": examples.PROJECT_ID, "node_id": examples.NODE_ID, "seconds": 60}
DRILL: dict[str, Any] = {
    "drill_id": 7,
    "url": "/api/common/api/gns3-central/drills/7/",
    "kind": "packet_loss",
    "state": "active",
    "server": "main",
    "project_id": examples.PROJECT_ID,
    "project": "campus",
    "link_id": examples.LINK_ID,
    "node_id": None,
    "label": "PC1 Ethernet0 - SW1 Ethernet1",
    "parameters": {"percent": 20},
    "before": {"filter": None},
    "seconds": 300.0,
    "created_at": "2026-01-31T12:00:00Z",
    "began_at": "2026-01-31T12:00:00Z",
    "until": "2026-01-31T12:05:00Z",
    "ended_at": None,
    "ended_by": "",
    "outcome": "",
    "note": "",
    "error": "",
    "actor": "ada",
}


class DrillSerializer(serializers.Serializer[Any]):
    drill_id = serializers.IntegerField()
    url = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    state = serializers.ChoiceField(
        choices=STATES, help_text="ending: its time is over, and it is being undone or tried again."
    )
    server = serializers.CharField()
    project_id = serializers.CharField()
    project = serializers.CharField(help_text="Its name.")
    link_id = serializers.CharField(allow_null=True)
    node_id = serializers.CharField(allow_null=True)
    label = serializers.CharField()  # type: ignore[assignment] # a field may be named like the attribute; DRF keeps them apart
    parameters = serializers.DictField()
    before = serializers.DictField(help_text="What it changed, as it was.")
    seconds = serializers.FloatField()
    created_at = serializers.DateTimeField()
    began_at = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_by = serializers.CharField(help_text="Who ended it early.")
    outcome = serializers.ChoiceField(
        choices=("", "restored", "superseded", "gone"),
        help_text="superseded: somebody changed the same meanwhile, which stands; gone: the link or node is.",
    )
    note = serializers.CharField()
    error = serializers.CharField(help_text="Why the last attempt to undo it failed; it is tried again.")
    actor = serializers.CharField()

    def to_representation(self, drill: Gns3Drill) -> dict[str, Any]:
        row = described(drill)
        return {"drill_id": row.drill_id, "url": _url(drill), **row.model_dump(exclude={"drill_id"})}


class NewDrillSerializer(serializers.Serializer[Any]):
    """For OpenAPI; what comes in is read by contracts.py."""

    kind = serializers.ChoiceField(choices=KINDS)
    project_id = serializers.CharField()
    seconds = serializers.FloatField(min_value=1, max_value=86_400, help_text="After so long it is undone.")
    link_id = serializers.CharField(required=False, help_text="Of all kinds but node_stopped.")
    node_id = serializers.CharField(required=False, help_text="Of node_stopped.")
    percent = serializers.IntegerField(
        required=False, min_value=1, max_value=100, help_text="Of packet_loss and corruption."
    )
    latency_ms = serializers.IntegerField(required=False, min_value=1, max_value=32_767, help_text="Of delay.")
    jitter_ms = serializers.IntegerField(required=False, min_value=0, max_value=32_767, help_text="Of delay; 0.")


class DrillFilter(django_filters.FilterSet):  # type: ignore[misc] # django-filter ships no types
    kind = django_filters.MultipleChoiceFilter(choices=[(kind, kind) for kind in KINDS])
    state = django_filters.ChoiceFilter(choices=[(state, state) for state in STATES], method="in_state")
    server = django_filters.CharFilter()
    project_id = django_filters.CharFilter()
    about = django_filters.CharFilter(help_text="The id of a link or node.")
    actor = django_filters.CharFilter()
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lte")

    class Meta:
        model = Gns3Drill
        fields: ClassVar[list[str]] = []

    def in_state(self, drills: QuerySet[Gns3Drill], _: str, state: str) -> QuerySet[Gns3Drill]:
        """As described() tells it."""
        if state == "ended":
            return drills.filter(state=ENDED)
        there, now = drills.exclude(state=ENDED), timezone.now()
        if state == "ending":
            return there.exclude(until__gt=now, began_at__isnull=True).exclude(until__gt=now, state="waiting")
        return there.filter(until__gt=now, began_at__isnull=True) if state == "starting" else _active(there)


def _active(drills: QuerySet[Gns3Drill]) -> QuerySet[Gns3Drill]:
    return drills.filter(until__gt=timezone.now(), began_at__isnull=False, state="waiting")


_ONE = OpenApiExample("Packets get lost", DRILL, response_only=True, status_codes=["200", "201"])
_ENDED = {**DRILL, "state": "ended", "outcome": "restored", "ended_by": "ada", "ended_at": "2026-01-31T12:01:00Z"}


@extend_schema_view(
    list=extend_schema(operation_id="gns3_drills_list", examples=[_ONE]),
    retrieve=extend_schema(operation_id="gns3_drills_retrieve", examples=[_ONE]),
)
class DrillViewSet(ReadViewSet):
    """Fault drills, the newest first."""

    queryset = Gns3Drill.objects.order_by("-id")
    serializer_class = DrillSerializer
    filterset_class = DrillFilter
    ordering_fields: ClassVar = {
        "drill_id": "id",
        **{name: name for name in ("created_at", "until", "ended_at", "kind", "server", "project")},
    }
    required_roles: ClassVar = {"write": "operator"}
    error_statuses = (404, *OUTAGES)
    schema_tag = "gns3"

    @extend_schema(
        operation_id="gns3_drills_begin",
        request=NewDrillSerializer,
        responses={201: DrillSerializer},
        examples=[
            OpenApiExample("Lose every fifth packet for five minutes", _LOSS, request_only=True),
            OpenApiExample("Stop a node for a minute", _STOP, request_only=True),
            _ONE,
        ],
    )
    def create(self, request: Request) -> Response:
        """Bring a fault about. 409 where there is a drill on the link or node, or it cannot have the fault."""
        kind, asked = _split(request.data)
        drill = begin_drill(kind, parse(INPUTS[kind], asked), Call(actor=actor_of(request)))
        answer = self.get_serializer(drill).data
        return Response(answer, status=status.HTTP_201_CREATED, headers={"Location": _url(drill)})

    @extend_schema(
        operation_id="gns3_drills_end",
        request=None,
        responses={200: DrillSerializer, 202: DrillSerializer},
        examples=[
            OpenApiExample("It is over", _ENDED, response_only=True, status_codes=["200"]),
            OpenApiExample(
                "GNS3 is away: it is tried again",
                {**DRILL, "state": "ending", "ended_by": "ada", "error": "GNS3 server main: refused"},
                response_only=True,
                status_codes=["202"],
            ),
        ],
    )
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """End a drill now. One that is over stays as it is; one that GNS3 does not take back yet is a 202."""
        body_of(request, Empty)
        drill = end_drill(int(pk), actor=actor_of(request))
        code = status.HTTP_200_OK if drill.state == ENDED else status.HTTP_202_ACCEPTED
        return Response(self.get_serializer(drill).data, status=code)


def _url(drill: Gns3Drill) -> str:
    return reverse("gns3-drill-detail", args=[drill.pk])


def _split(body: Any) -> tuple[Kind, dict[str, Any]]:
    """Which kind of drill is asked for, and the rest. Raises Invalid."""
    given = dict(body) if isinstance(body, Mapping) else {}
    kind = given.pop("kind", None)
    if kind not in KINDS:
        message = f"One of {', '.join(KINDS)}."
        raise Invalid(f"kind: {message}", details=({"field": "kind", "code": "invalid_choice", "message": message},))
    return kind, given
