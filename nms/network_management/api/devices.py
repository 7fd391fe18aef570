"""Devices: read by all, annotated by operators, deleted by admins. Facts are never edited: the network is the truth."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import django_filters
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers

from common.api.viewsets import ModelViewSet
from common.application.events.publishing import publish
from nms.network_management.addresses import address_sort_key
from nms.network_management.api.examples import DEVICE
from nms.network_management.api.filters import AddressFilter, FlagFilter, IdFilter, Network, NetworkFilter, in_network
from nms.network_management.api.rows import PREFIX, RelationSerializer, Row, relation
from nms.network_management.events import SOURCE, Change, DeviceChanged
from nms.network_management.inventory.deletion import delete_devices
from nms.network_management.models import Device, Endpoint, Gns3Node

HUMAN_FIELDS = ("site", "tags", "notes")


class ManagementSerializer(serializers.Serializer[Any]):
    address = serializers.CharField(allow_null=True, help_text="Null where another box answers at its last address.")
    port = serializers.IntegerField()


class ChassisSerializer(serializers.Serializer[Any]):
    subtype = serializers.IntegerField(help_text="LldpChassisIdSubtype (IEEE 802.1AB): 4 is a MAC address.")
    id = serializers.CharField()


class Gns3NodeSerializer(serializers.Serializer[Any]):
    server = serializers.CharField(help_text="Its target in the clients' configuration.")
    project_id = serializers.CharField()
    project = serializers.CharField(help_text="The project's name.")
    node_id = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField()
    status = serializers.CharField(help_text="started, stopped or suspended.")
    present = serializers.BooleanField(help_text="False once it is gone from its project.")


class DeviceSerializer(serializers.ModelSerializer[Device]):
    """`site`, `tags` and `notes` are people's; everything else is what the device says."""

    url = serializers.CharField(read_only=True)
    status = serializers.ChoiceField(choices=Device.Status.choices, read_only=True)
    source = serializers.ChoiceField(  # type: ignore[assignment] # a field may be named like the attribute; DRF keeps them apart
        choices=Device.Source.choices, read_only=True, help_text="Who found it first."
    )
    sources = serializers.ListField(
        child=serializers.ChoiceField(choices=Device.Source.choices),
        read_only=True,
        help_text="All who know it: its own agent (snmp), a GNS3 server (gns3).",
    )
    gns3 = Gns3NodeSerializer(read_only=True, allow_null=True, help_text="The node of a GNS3 project that it is.")
    management = ManagementSerializer(read_only=True)
    chassis = ChassisSerializer(read_only=True, allow_null=True)
    credential = RelationSerializer(read_only=True, allow_null=True)
    replaced_by = RelationSerializer(read_only=True, allow_null=True, help_text="The box that took over its address.")
    resources = serializers.DictField(
        read_only=True, help_text="Processors, memory in bytes, ARP entries and routes in summary, when last read."
    )
    site = serializers.CharField(max_length=200, allow_blank=True, required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=50), max_length=50, required=False)
    notes = serializers.CharField(max_length=10_000, allow_blank=True, required=False)

    class Meta:
        model = Device
        fields: ClassVar = [
            *("id", "url", "name", "source", "sources", "status", "status_changed_at", "role"),
            *("vendor", "os", "model", "version", "serial"),
            *("sys_name", "sys_object_id", "description", "contact", "location", "engine_id", "chassis"),
            *("management", "gns3", "credential", "boot_time", "resources"),
            *("site", "tags", "notes"),
            *("first_seen", "last_seen", "last_profiled_at", "updated_at", "replaced_by"),
        ]
        read_only_fields: ClassVar = [name for name in fields if name not in HUMAN_FIELDS]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        refuse_other_fields(self, HUMAN_FIELDS)
        return attrs

    def update(self, instance: Device, validated_data: Mapping[str, Any]) -> Device:
        annotate([instance], [validated_data], actor=self.context["request"].user.get_username())
        return instance

    def to_representation(self, device: Any) -> Row:
        return {
            "id": device.pk,
            "url": f"{PREFIX}/devices/{device.pk}/",
            "name": device.name,
            "source": device.source,
            "sources": _sources(device),
            "status": device.status,
            "status_changed_at": device.status_changed_at,
            "role": device.role,
            "vendor": device.vendor,
            "os": device.os,
            "model": device.model,
            "version": device.version,
            "serial": device.serial,
            "sys_name": device.sys_name,
            "sys_object_id": device.sys_object_id,
            "description": device.description,
            "contact": device.contact,
            "location": device.location,
            "engine_id": device.engine_id,
            "chassis": {"subtype": device.chassis_id_subtype, "id": device.chassis_id} if device.chassis_id else None,
            "management": {"address": device.management_address, "port": device.management_port},
            "gns3": _gns3(device),
            "credential": relation("credentials", device.credential_id, device.credential_name),
            "boot_time": device.boot_time,
            "resources": device.resources,
            "site": device.site,
            "tags": device.tags,
            "notes": device.notes,
            "first_seen": device.first_seen,
            "last_seen": device.last_seen,
            "last_profiled_at": device.last_profiled_at,
            "updated_at": device.updated_at,
            "replaced_by": relation("devices", device.replaced_by_id, device.successor_name),
        }


def _gns3(device: Any) -> Row | None:
    """The node that it is, or was last."""
    rows = list(device.gns3_nodes.all())
    if not rows:
        return None
    row = next((row for row in rows if row.last_seen is None), rows[-1])
    names = ("server", "project_id", "project", "node_id", "name", "type", "status")
    return {**{name: getattr(row, name) for name in names}, "present": row.last_seen is None}


def _sources(device: Any) -> list[str]:
    agent = device.source == Device.Source.SNMP or device.has_agent
    node = device.source == Device.Source.GNS3 or bool(device.gns3_nodes.all())
    return [source for source, known in (("snmp", agent), ("gns3", node)) if known]


def refuse_other_fields(serializer: Any, allowed: Sequence[str]) -> None:
    """A field that cannot be written must not be passed over in silence; the sender would believe it was."""
    given = getattr(serializer, "initial_data", None)
    if isinstance(given, Mapping) and (others := sorted(set(given) - set(allowed))):
        message = f"This cannot be written. What can: {', '.join(allowed)}."
        raise serializers.ValidationError({name: [serializers.ErrorDetail(message, "read_only")] for name in others})


def annotate(devices: Sequence[Device], values: Sequence[Mapping[str, Any]], *, actor: str) -> None:
    """Write what people say of devices, and tell it, by a constant number of queries. In the caller's transaction."""
    now, events, written = timezone.now(), [], []
    for device, wanted in zip(devices, values, strict=True):
        changes = [
            Change(field=name, old=getattr(device, name), new=value)
            for name, value in wanted.items()
            if getattr(device, name) != value
        ]
        if not changes:
            continue
        for change in changes:
            setattr(device, change.field, change.new)
        device.updated_at = now
        written.append(device)
        events.append(DeviceChanged(device_id=device.pk, device_name=device.name, changes=changes))
    fields = {change.field for event in events for change in event.changes}
    if written:
        Device.objects.bulk_update(written, [*sorted(fields), "updated_at"], batch_size=200)
    publish(*events, source=SOURCE, actor=actor)


class DeviceFilter(django_filters.FilterSet):  # type: ignore[misc] # django-filter ships no types
    search = django_filters.CharFilter(
        method="contains", help_text="Part of a name, address, serial number, model or location."
    )
    name = django_filters.CharFilter(lookup_expr="iexact")
    status = django_filters.MultipleChoiceFilter(choices=Device.Status.choices)
    source = django_filters.MultipleChoiceFilter(
        choices=Device.Source.choices, method="known_to", help_text="Among those who know it (`sources`)."
    )
    gns3_project = django_filters.CharFilter(
        method="in_project", help_text="The id of the GNS3 project it is or was in."
    )
    role = django_filters.CharFilter()
    vendor = django_filters.CharFilter(lookup_expr="iexact")
    os = django_filters.CharFilter(lookup_expr="iexact")
    model = django_filters.CharFilter(lookup_expr="iexact")
    version = django_filters.CharFilter()
    serial = django_filters.CharFilter(lookup_expr="iexact")
    site = django_filters.CharFilter()
    tag = django_filters.CharFilter(method="tagged", help_text="One of its tags.")
    credential = IdFilter(field_name="credential_id")
    address = AddressFilter(method="has_address", help_text="An address of its own, or one that it answers at.")
    network = NetworkFilter(method="in_network", help_text="Has an address, or answers at one, in this range (CIDR).")
    replaced = FlagFilter(field_name="replaced_by", lookup_expr="isnull", exclude=True)
    last_seen_before = django_filters.IsoDateTimeFilter(field_name="last_seen", lookup_expr="lt")
    last_seen_after = django_filters.IsoDateTimeFilter(field_name="last_seen", lookup_expr="gte")

    class Meta:
        model = Device
        fields: ClassVar[list[str]] = []

    def contains(self, devices: QuerySet[Device], _: str, text: str) -> QuerySet[Device]:
        columns = ("name", "management_address", "serial", "model", "location")
        wanted = Q()
        for column in columns:
            wanted |= Q(**{f"{column}__icontains": text})
        return devices.filter(wanted)

    def known_to(self, devices: QuerySet[Device], _: str, sources: Sequence[str]) -> QuerySet[Device]:
        wanted = Q(source__in=sources)
        if Device.Source.SNMP in sources:
            wanted |= Q(has_agent=True)
        if Device.Source.GNS3 in sources:
            wanted |= Q(pk__in=Gns3Node.objects.values("device_id"))
        return devices.filter(wanted) if sources else devices

    def in_project(self, devices: QuerySet[Device], _: str, project_id: str) -> QuerySet[Device]:
        return devices.filter(pk__in=Gns3Node.objects.filter(project_id=project_id).values("device_id"))

    def tagged(self, devices: QuerySet[Device], _: str, tag: str) -> QuerySet[Device]:
        # SQLite's JSON fields know no `contains`.
        return devices.filter(pk__in=[pk for pk, tags in devices.values_list("pk", "tags") if tag in tags])

    def has_address(self, devices: QuerySet[Device], _: str, address: str) -> QuerySet[Device]:
        own = Q(addresses__sort_key=address_sort_key(address), addresses__last_seen__isnull=True)
        return devices.filter(own | Q(endpoints__address=address)).distinct()

    def in_network(self, devices: QuerySet[Device], _: str, network: Network) -> QuerySet[Device]:
        own = in_network(network, "addresses__sort_key") & Q(addresses__last_seen__isnull=True)
        # Endpoints have no column that sorts as numbers; there are about as many as devices.
        answering = {
            device_id
            for device_id, address in Endpoint.objects.values_list("device_id", "address")
            if ipaddress.ip_address(address) in network
        }
        return devices.filter(own | Q(pk__in=answering)).distinct()


_ANSWER = OpenApiExample("A switch", DEVICE, response_only=True)
_NOTE = OpenApiExample("Say where it is", {"site": "Basel", "tags": ["core"], "notes": ""}, request_only=True)


@extend_schema_view(
    list=extend_schema(examples=[_ANSWER]),
    retrieve=extend_schema(examples=[_ANSWER]),
    partial_update=extend_schema(examples=[_NOTE, _ANSWER], description="Write what people say of it."),
    destroy=extend_schema(
        description="Forget it with all its facts and links. If it still answers, the next discovery finds it anew."
    ),
)
class DeviceViewSet(ModelViewSet):
    """Every device ever found; one that does not answer is marked, not removed."""

    queryset = (
        Device.objects.annotate(
            credential_name=F("credential__name"),
            successor_name=F("replaced_by__name"),
            has_agent=Exists(Endpoint.objects.filter(device_id=OuterRef("pk"))),
        )
        .prefetch_related("gns3_nodes")
        .order_by("name", "id")
    )
    serializer_class = DeviceSerializer
    filterset_class = DeviceFilter
    ordering_fields: ClassVar = {
        **{name: name for name in ("id", "name", "status", "role", "vendor", "os", "model", "version", "serial")},
        **{
            name: name
            for name in ("source", "site", "first_seen", "last_seen", "last_profiled_at", "updated_at", "boot_time")
        },
        "address": "management_address",
    }
    http_method_names = ["get", "patch", "delete", "head", "options"]
    required_roles: ClassVar = {"partial_update": "operator", "bulk_update": "operator"}
    schema_tag = "inventory"

    def perform_destroy(self, instance: Device) -> None:
        self.perform_bulk_destroy([instance])

    def perform_bulk_destroy(self, instances: Sequence[Any]) -> None:
        delete_devices([instance.pk for instance in instances], actor=self.request.user.get_username())

    def perform_bulk_update(self, serializer: Any, instances: Sequence[Any], rows: Sequence[dict[str, Any]]) -> None:
        annotate(instances, rows, actor=self.request.user.get_username())
