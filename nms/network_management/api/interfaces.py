"""Interfaces with their addresses, and addresses by themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, ClassVar

import django_filters
from django.db.models import F, QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers

from nms.network_management.addresses import address_sort_key
from nms.network_management.api.examples import ADDRESS, INTERFACE
from nms.network_management.api.filters import (
    AddressFilter,
    FactFilter,
    IdFilter,
    MacFilter,
    NetworkFilter,
    WholeNumberFilter,
)
from nms.network_management.api.rows import FactSerializer, FactViewSet, RelationSerializer, Row, fact_row, relation
from nms.network_management.models import Interface, IPAddress


class InterfaceListSerializer(serializers.ListSerializer[Any]):
    """Fetches the addresses of all rows by one query."""

    def to_representation(self, data: Any) -> list[Any]:
        rows = list(data)
        addresses = addresses_of(rows)
        return [interface_row(row, addresses[row.pk]) for row in rows]


class InterfaceSerializer(FactSerializer):
    if_index = serializers.IntegerField(read_only=True)
    name = serializers.CharField(read_only=True, help_text="ifName, or ifDescr where there is none.")
    description = serializers.CharField(read_only=True, help_text="ifDescr")
    alias = serializers.CharField(read_only=True, help_text="ifAlias: what the operator configured.")
    type = serializers.IntegerField(read_only=True, help_text="IANAifType; 6 is Ethernet.")
    mtu = serializers.IntegerField(read_only=True, allow_null=True)
    speed_bps = serializers.IntegerField(read_only=True, allow_null=True)
    mac = serializers.CharField(read_only=True)
    admin_status = serializers.CharField(read_only=True)
    oper_status = serializers.CharField(read_only=True)
    status_changed_at = serializers.DateTimeField(read_only=True, allow_null=True)
    addresses = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        list_serializer_class = InterfaceListSerializer

    def to_representation(self, row: Any) -> Row:
        return interface_row(row, addresses_of([row])[row.pk])


def addresses_of(interfaces: Iterable[Any]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = IPAddress.objects.filter(interface_id__in=[row.pk for row in interfaces], last_seen__isnull=True)
    for interface_id, address, prefix in rows.order_by("sort_key").values_list(
        "interface_id", "address", "prefix_length"
    ):
        found[interface_id or 0].append(address if prefix is None else f"{address}/{prefix}")
    return found


def interface_row(row: Any, addresses: list[str]) -> Row:
    return {
        **fact_row("interfaces", row),
        "if_index": row.if_index,
        "name": row.name,
        "description": row.description,
        "alias": row.alias,
        "type": row.type,
        "mtu": row.mtu,
        "speed_bps": row.speed_bps,
        "mac": row.mac,
        "admin_status": row.admin_status,
        "oper_status": row.oper_status,
        "status_changed_at": row.status_changed_at,
        "addresses": addresses,
    }


class InterfaceFilter(FactFilter):
    name = django_filters.CharFilter(lookup_expr="iexact")
    alias = django_filters.CharFilter(lookup_expr="icontains", help_text="Part of the alias.")
    if_index = WholeNumberFilter()
    type = WholeNumberFilter()
    mac = MacFilter()
    admin_status = django_filters.CharFilter()
    oper_status = django_filters.CharFilter()


_INTERFACE = OpenApiExample("An uplink", INTERFACE, response_only=True)


@extend_schema_view(list=extend_schema(examples=[_INTERFACE]), retrieve=extend_schema(examples=[_INTERFACE]))
class InterfaceViewSet(FactViewSet):
    """Interfaces of all devices, those that are gone included (`present=true` leaves them out)."""

    queryset = Interface.objects.annotate(
        device_name=F("device__name"), device_read_at=F("device__last_profiled_at")
    ).order_by("device_id", "if_index", "id")
    serializer_class = InterfaceSerializer
    filterset_class = InterfaceFilter
    ordering_fields: ClassVar = {
        **{name: name for name in ("id", "if_index", "name", "alias", "speed_bps", "admin_status", "oper_status")},
        "first_seen": "first_seen",
        "status_changed_at": "status_changed_at",
        "device": "device__name",
    }


class AddressSerializer(FactSerializer):
    address = serializers.CharField(read_only=True)
    prefix_length = serializers.IntegerField(read_only=True, allow_null=True)
    interface = RelationSerializer(read_only=True, allow_null=True)

    def to_representation(self, row: Any) -> Row:
        return {
            **fact_row("addresses", row),
            "address": row.address,
            "prefix_length": row.prefix_length,
            "interface": relation("interfaces", row.interface_id, row.interface_name),
        }


class AddressFilterSet(FactFilter):
    address = AddressFilter(method="is_address")
    network = NetworkFilter(field_name="sort_key", help_text="Inside this range (CIDR).")
    interface = IdFilter(field_name="interface_id")
    prefix_length = WholeNumberFilter()

    def is_address(self, addresses: QuerySet[IPAddress], _: str, address: str) -> QuerySet[IPAddress]:
        return addresses.filter(sort_key=address_sort_key(address))


_ADDRESS = OpenApiExample("An address", ADDRESS, response_only=True)


@extend_schema_view(list=extend_schema(examples=[_ADDRESS]), retrieve=extend_schema(examples=[_ADDRESS]))
class AddressViewSet(FactViewSet):
    """IP addresses of all devices, in the order of their numbers, IPv4 first."""

    queryset = IPAddress.objects.annotate(
        device_name=F("device__name"),
        device_read_at=F("device__last_profiled_at"),
        interface_name=F("interface__name"),
    ).order_by("sort_key", "id")
    serializer_class = AddressSerializer
    filterset_class = AddressFilterSet
    ordering_fields: ClassVar = {
        "id": "id",
        "address": "sort_key",
        "prefix_length": "prefix_length",
        "first_seen": "first_seen",
        "device": "device__name",
    }
