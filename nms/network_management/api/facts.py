"""VLANs, components, and neighbours as they announced themselves."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import F
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers

from nms.network_management.api.examples import COMPONENT, NEIGHBOR, VLAN
from nms.network_management.api.filters import FactFilter, FlagFilter, IdFilter, WholeNumberFilter
from nms.network_management.api.rows import FactSerializer, FactViewSet, RelationSerializer, Row, fact_row, relation
from nms.network_management.models import Component, Neighbor, Vlan

_OF_DEVICE = {"device_name": F("device__name"), "device_read_at": F("device__last_profiled_at")}


class VlanSerializer(FactSerializer):
    vlan_id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(read_only=True)

    def to_representation(self, row: Any) -> Row:
        return {**fact_row("vlans", row), "vlan_id": row.vlan_id, "name": row.name}


class VlanFilter(FactFilter):
    vlan_id = WholeNumberFilter()
    name = django_filters.CharFilter(lookup_expr="iexact")


_VLAN = OpenApiExample("A VLAN", VLAN, response_only=True)


@extend_schema_view(list=extend_schema(examples=[_VLAN]), retrieve=extend_schema(examples=[_VLAN]))
class VlanViewSet(FactViewSet):
    """VLANs, as each device has them configured."""

    queryset = Vlan.objects.annotate(**_OF_DEVICE).order_by("device_id", "vlan_id")
    serializer_class = VlanSerializer
    filterset_class = VlanFilter
    ordering_fields: ClassVar = {"id": "id", "vlan_id": "vlan_id", "name": "name", "device": "device__name"}


_COMPONENT_TEXTS = (
    *("class_name", "name", "description", "vendor_type", "hardware_revision", "firmware_revision"),
    *("software_revision", "serial", "manufacturer", "model"),
)


class ComponentSerializer(FactSerializer):
    index = serializers.IntegerField(read_only=True, help_text="entPhysicalIndex")
    contained_in = serializers.IntegerField(read_only=True, help_text="entPhysicalContainedIn; 0 for the outermost.")
    class_name = serializers.CharField(read_only=True, help_text="chassis, module, powerSupply, fan, port...")
    name = serializers.CharField(read_only=True)
    description = serializers.CharField(read_only=True)
    vendor_type = serializers.CharField(read_only=True)
    hardware_revision = serializers.CharField(read_only=True)
    firmware_revision = serializers.CharField(read_only=True)
    software_revision = serializers.CharField(read_only=True)
    serial = serializers.CharField(read_only=True)
    manufacturer = serializers.CharField(read_only=True)
    model = serializers.CharField(read_only=True)

    def to_representation(self, row: Any) -> Row:
        return {
            **fact_row("components", row),
            "index": row.index,
            "contained_in": row.contained_in,
            **{name: getattr(row, name) for name in _COMPONENT_TEXTS},
        }


class ComponentFilter(FactFilter):
    class_name = django_filters.CharFilter()
    serial = django_filters.CharFilter(lookup_expr="iexact")
    model = django_filters.CharFilter(lookup_expr="iexact")


_COMPONENT = OpenApiExample("A power supply", COMPONENT, response_only=True)


@extend_schema_view(list=extend_schema(examples=[_COMPONENT]), retrieve=extend_schema(examples=[_COMPONENT]))
class ComponentViewSet(FactViewSet):
    """What devices are made of (ENTITY-MIB)."""

    queryset = Component.objects.annotate(**_OF_DEVICE).order_by("device_id", "index")
    serializer_class = ComponentSerializer
    filterset_class = ComponentFilter
    ordering_fields: ClassVar = {
        **{name: name for name in ("id", "index", "class_name", "name", "serial", "model")},
        "device": "device__name",
    }


_NEIGHBOR_VALUES = (
    *("protocol", "local_port", "chassis_id_subtype", "chassis_id", "port_id_subtype", "port_id", "own_port"),
    *("port_description", "system_name", "system_description", "management_addresses", "capabilities", "platform"),
)


class NeighborSerializer(FactSerializer):
    interface = RelationSerializer(read_only=True, allow_null=True, help_text="Where it is heard.")
    link = RelationSerializer(
        read_only=True, allow_null=True, help_text="The link that it vouches for; null for a neighbour nobody manages."
    )
    protocol = serializers.ChoiceField(choices=Neighbor.Protocol.choices, read_only=True)
    local_port = serializers.IntegerField(read_only=True)
    chassis_id_subtype = serializers.IntegerField(read_only=True, allow_null=True)
    chassis_id = serializers.CharField(read_only=True, help_text="For CDP the device ID.")
    port_id_subtype = serializers.IntegerField(read_only=True, allow_null=True)
    port_id = serializers.CharField(read_only=True)
    own_port = serializers.CharField(
        read_only=True, allow_null=True, help_text="Of a cable in GNS3, whose other end is `port_id`: this end."
    )
    port_description = serializers.CharField(read_only=True)
    system_name = serializers.CharField(read_only=True)
    system_description = serializers.CharField(read_only=True)
    management_addresses = serializers.ListField(child=serializers.CharField(), read_only=True)
    capabilities = serializers.ListField(child=serializers.CharField(), read_only=True)
    platform = serializers.CharField(read_only=True)

    def to_representation(self, row: Any) -> Row:
        return {
            **fact_row("neighbors", row),
            "interface": relation("interfaces", row.interface_id, row.interface_name),
            "link": relation("links", row.link_id, _link_name(row)),
            **{name: getattr(row, name) for name in _NEIGHBOR_VALUES},
        }


def _link_name(row: Any) -> str:
    return f"{row.link_a_device} {row.link_a_port} - {row.link_b_device} {row.link_b_port}"


class NeighborFilter(FactFilter):
    interface = IdFilter(field_name="interface_id")
    protocol = django_filters.ChoiceFilter(choices=Neighbor.Protocol.choices)
    link = IdFilter(field_name="evidence__link_id")
    managed = FlagFilter(field_name="evidence", lookup_expr="isnull", exclude=True)


_NEIGHBOR = OpenApiExample("A neighbour", NEIGHBOR, response_only=True)


@extend_schema_view(list=extend_schema(examples=[_NEIGHBOR]), retrieve=extend_schema(examples=[_NEIGHBOR]))
class NeighborViewSet(FactViewSet):
    """What devices hear over LLDP and CDP, and cables of GNS3: the evidence of links; and neighbours nobody manages."""

    queryset = Neighbor.objects.annotate(
        **_OF_DEVICE,
        interface_name=F("interface__name"),
        link_id=F("evidence__link_id"),
        **{
            f"link_{end}_{what}": F(f"evidence__link__{end}_{path}")
            for end in "ab"
            for what, path in (("device", "device__name"), ("port", "port"))
        },
    ).order_by("device_id", "local_port", "id")
    serializer_class = NeighborSerializer
    filterset_class = NeighborFilter
    ordering_fields: ClassVar = {
        **{name: name for name in ("id", "protocol", "local_port", "system_name", "chassis_id")},
        "device": "device__name",
    }
    schema_tag = "topology"
