"""Links, and the whole topology in one answer."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import Count, F, Q, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.viewsets import ApiView, ReadViewSet
from nms.network_management.api.examples import LINK, TOPOLOGY
from nms.network_management.api.filters import FlagFilter, IdFilter
from nms.network_management.api.rows import PREFIX, RelationSerializer, Row, relation
from nms.network_management.models import Link, LinkEvidence, Neighbor
from nms.network_management.topology.snapshot import read_topology


class LinkEndSerializer(serializers.Serializer[Any]):
    device = RelationSerializer()
    interface = RelationSerializer(allow_null=True, help_text="Null where the announced port is none of the device's.")
    port = serializers.CharField(help_text="The interface's name, or the port ID as it was announced.")


class LinkSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(read_only=True)
    url = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    a = LinkEndSerializer(read_only=True)
    b = LinkEndSerializer(read_only=True)
    status = serializers.ChoiceField(choices=Link.Status.choices, read_only=True)
    protocols = serializers.ListField(child=serializers.CharField(), read_only=True)
    evidence_count = serializers.IntegerField(
        read_only=True, help_text="Neighbour rows that vouch for it; /api/network/neighbors/?link=ID lists them."
    )
    present = serializers.BooleanField(read_only=True, help_text="False once nothing vouches for it any more.")
    first_seen = serializers.DateTimeField(read_only=True)
    last_seen = serializers.DateTimeField(read_only=True, allow_null=True, help_text="When it was lost.")

    def to_representation(self, row: Any) -> Row:
        a = _end(row.a_device_id, row.a_name, row.a_interface_id, row.a_interface_name, row.a_port)
        b = _end(row.b_device_id, row.b_name, row.b_interface_id, row.b_interface_name, row.b_port)
        return {
            "id": row.pk,
            "url": f"{PREFIX}/links/{row.pk}/",
            "name": f"{row.a_name} {a['port']} - {row.b_name} {b['port']}",
            "a": a,
            "b": b,
            "status": row.status,
            "protocols": row.protocols,
            "evidence_count": row.evidence_count,
            "present": row.last_seen is None,
            "first_seen": row.first_seen,
            "last_seen": row.last_seen,
        }


def _end(device_id: int, device: str, interface_id: int | None, interface: str | None, port: str) -> Row:
    return {
        "device": relation("devices", device_id, device),
        "interface": relation("interfaces", interface_id, interface),
        "port": interface or port,
    }


class LinkFilter(django_filters.FilterSet):  # type: ignore[misc] # django-filter ships no types
    device = IdFilter(method="at_device", help_text="At either end.")
    interface = IdFilter(method="at_interface", help_text="At either end.")
    status = django_filters.MultipleChoiceFilter(choices=Link.Status.choices)
    protocol = django_filters.ChoiceFilter(choices=Neighbor.Protocol.choices, method="by_protocol")
    present = FlagFilter(field_name="last_seen", lookup_expr="isnull")

    def at_device(self, links: QuerySet[Link], _: str, pk: int) -> QuerySet[Link]:
        return links.filter(Q(a_device_id=pk) | Q(b_device_id=pk))

    def at_interface(self, links: QuerySet[Link], _: str, pk: int) -> QuerySet[Link]:
        return links.filter(Q(a_interface_id=pk) | Q(b_interface_id=pk))

    def by_protocol(self, links: QuerySet[Link], _: str, protocol: str) -> QuerySet[Link]:
        # Not over the evidence that is joined already to be counted: that would count each piece several times.
        vouching = LinkEvidence.objects.filter(neighbor__protocol=protocol)
        return links.filter(pk__in=vouching.values("link"))


_LINK = OpenApiExample("A link", LINK, response_only=True)


@extend_schema_view(list=extend_schema(examples=[_LINK]), retrieve=extend_schema(examples=[_LINK]))
class LinkViewSet(ReadViewSet):
    """Links between devices, lost ones included (`present=true` leaves them out)."""

    queryset = Link.objects.annotate(
        a_name=F("a_device__name"),
        a_interface_name=F("a_interface__name"),
        b_name=F("b_device__name"),
        b_interface_name=F("b_interface__name"),
        evidence_count=Count("evidence"),
    ).order_by("id")
    serializer_class = LinkSerializer
    filterset_class = LinkFilter
    ordering_fields: ClassVar = ["id", "status", "first_seen", "last_seen"]
    schema_tag = "topology"


class NodeSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="device:ID, or neighbor:KEY for one that is only heard of.")
    label = serializers.CharField()  # type: ignore[assignment] # a field may be named like the attribute; DRF keeps them apart
    managed = serializers.BooleanField(help_text="False for a neighbour that was announced and never discovered.")
    device = RelationSerializer(allow_null=True)
    role = serializers.CharField()
    vendor = serializers.CharField()
    model = serializers.CharField()
    source = serializers.CharField(help_text="Who found it first: snmp or gns3; empty where nobody did.")  # type: ignore[assignment] # as above
    site = serializers.CharField()
    status = serializers.CharField()


class EdgeSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    source = serializers.CharField(  # type: ignore[assignment] # as above
        help_text="A node's id."
    )
    target = serializers.CharField(help_text="A node's id.")
    source_port = serializers.CharField()
    target_port = serializers.CharField()
    link = RelationSerializer(allow_null=True, help_text="Null towards a neighbour that is only heard of.")
    status = serializers.CharField()
    protocols = serializers.ListField(child=serializers.CharField())
    speed_bps = serializers.IntegerField(allow_null=True)


class TopologySerializer(serializers.Serializer[Any]):
    nodes = NodeSerializer(many=True)
    edges = EdgeSerializer(many=True)


class TopologyView(ApiView):
    """The map: every device as a node, every standing link as an edge."""

    query_parameters = ("unmanaged",)
    schema_tag = "topology"

    @extend_schema(
        responses=TopologySerializer,
        parameters=[
            OpenApiParameter(
                "unmanaged",
                OpenApiTypes.BOOL,
                description="With neighbours that were announced and never discovered (true), or without (false).",
                default=True,
            )
        ],
        examples=[OpenApiExample("Two switches and a phone", TOPOLOGY, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """Nodes and edges in one answer, for drawing."""
        return Response(read_topology(unmanaged=_flag(request, "unmanaged", default=True)))


def _flag(request: Request, name: str, *, default: bool) -> bool:
    text = request.query_params.get(name)
    if text is None:
        return default
    if text.lower() not in {"true", "false"}:
        raise exceptions.ValidationError({name: serializers.ErrorDetail("Write true or false.", "invalid")})
    return text.lower() == "true"
