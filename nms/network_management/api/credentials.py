"""Credentials: admins write them, nobody reads a secret back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, get_args

import django_filters
from django.db.models import Count
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers

from api_clients.network.snmp.values import AuthProtocol, PrivProtocol
from common.api.viewsets import ModelViewSet
from common.infrastructure.encryption import SecretUnreadable
from nms.network_management.api.devices import refuse_other_fields
from nms.network_management.api.examples import CREDENTIAL, CREDENTIAL_V2C_REQUEST, CREDENTIAL_V3_REQUEST
from nms.network_management.api.rows import PREFIX, Row
from nms.network_management.models import Credential

SECRETS = ("community", "auth_password", "priv_password")
_COMMUNITY_FIELDS = ("community",)
_USER_FIELDS = ("username", "auth_protocol", "auth_password", "priv_protocol", "priv_password")
_SHORTEST_PASSWORD = 8  # RFC 3414, 11.2
_WRITTEN_COLUMNS = (
    *("name", "kind", "priority", "username", "auth_protocol", "priv_protocol", "encrypted_secrets", "updated_at"),
)
_MOST_BYTES = {"community": 255, "username": 32}  # what the agent sees is bytes, not characters


class CredentialSerializer(serializers.ModelSerializer[Credential]):
    url = serializers.CharField(read_only=True)
    kind = serializers.ChoiceField(choices=Credential.Kind.choices)
    priority = serializers.IntegerField(
        min_value=0, max_value=32767, required=False, help_text="Discovery tries lower ones first; 100 by default."
    )
    username = serializers.CharField(max_length=32, required=False, allow_blank=True, help_text="SNMPv3 only.")
    auth_protocol = serializers.ChoiceField(choices=get_args(AuthProtocol), required=False, allow_blank=True)
    priv_protocol = serializers.ChoiceField(choices=get_args(PrivProtocol), required=False, allow_blank=True)
    community = serializers.CharField(max_length=255, write_only=True, required=False, trim_whitespace=False)
    auth_password = serializers.CharField(max_length=255, write_only=True, required=False, trim_whitespace=False)
    priv_password = serializers.CharField(max_length=255, write_only=True, required=False, trim_whitespace=False)
    device_count = serializers.IntegerField(read_only=True, help_text="Devices that are asked with it.")

    class Meta:
        model = Credential
        fields: ClassVar = [
            *("id", "url", "name", "kind", "priority", "username", "auth_protocol", "priv_protocol"),
            *SECRETS,
            *("device_count", "created_at", "updated_at"),
        ]
        read_only_fields: ClassVar = ["id", "created_at", "updated_at"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        refuse_other_fields(self, [name for name, field in self.fields.items() if not field.read_only])
        problems = _problems(_complete(self.instance, attrs))
        if problems:
            raise serializers.ValidationError(problems)
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Credential:
        return _saved(_fill(Credential(), validated_data))

    def update(self, instance: Credential, validated_data: dict[str, Any]) -> Credential:
        return _saved(_fill(instance, validated_data))

    def to_representation(self, row: Any) -> Row:
        return {
            "id": row.pk,
            "url": f"{PREFIX}/credentials/{row.pk}/",
            "name": row.name,
            "kind": row.kind,
            "priority": row.priority,
            "username": row.username,
            "auth_protocol": row.auth_protocol,
            "priv_protocol": row.priv_protocol,
            "device_count": getattr(row, "device_count", 0),
            "created_at": row.created_at,
            "updated_at": row.updated_at,
        }


def _complete(instance: Credential | None, attrs: Mapping[str, Any]) -> dict[str, Any]:
    """What the credential would be with `attrs` written. A new kind starts without the old kind's values."""
    if instance is None or attrs.get("kind", instance.kind) != instance.kind:
        return dict(attrs)
    try:
        secrets = instance.secrets()
    except SecretUnreadable:
        secrets = {}  # the key was changed; who gives the secrets anew makes it whole
    known = {"kind": instance.kind, **{name: value for name, value in secrets.items() if value}}
    for name in ("username", "auth_protocol", "priv_protocol"):
        known[name] = getattr(instance, name)
    whole = {**known, **attrs}
    # Who takes a protocol away takes its password along.
    for protocol, password in (("auth_protocol", "auth_password"), ("priv_protocol", "priv_password")):
        if not whole.get(protocol) and password not in attrs:
            whole.pop(password, None)
    return whole


def _problems(whole: Mapping[str, Any]) -> dict[str, str]:
    """Return field -> what is wrong, without ever quoting a secret."""
    for name, limit in _MOST_BYTES.items():
        if len((whole.get(name) or "").encode("utf-8", "surrogatepass")) > limit:
            return {name: f"It has more than {limit} bytes in UTF-8, which SNMP cannot carry."}
    if whole["kind"] != Credential.Kind.V3:
        problems = {name: "Only SNMPv3 users have this." for name in _USER_FIELDS if whole.get(name)}
        return problems if whole.get("community") else {**problems, "community": "SNMPv1 and v2c need a community."}
    problems = {name: "SNMPv3 users have no community." for name in _COMMUNITY_FIELDS if whole.get(name)}
    if not whole.get("username"):
        problems["username"] = "SNMPv3 needs a user name."
    for protocol, password in (("auth_protocol", "auth_password"), ("priv_protocol", "priv_password")):
        problems |= _password_problems(protocol, password, whole)
    if whole.get("priv_protocol") and not whole.get("auth_protocol"):
        problems["priv_protocol"] = "Privacy needs authentication: give an auth_protocol as well."
    return problems


def _password_problems(protocol: str, password: str, whole: Mapping[str, Any]) -> dict[str, str]:
    if whole.get(protocol) and len(whole.get(password) or "") < _SHORTEST_PASSWORD:
        return {password: f"{protocol} needs a password of at least {_SHORTEST_PASSWORD} characters (RFC 3414)."}
    if whole.get(password) and not whole.get(protocol):
        return {protocol: f"{password} is given: say which protocol uses it."}
    return {}


def _fill(row: Credential, attrs: Mapping[str, Any]) -> Credential:
    whole = _complete(row if row.pk else None, attrs)
    row.name, row.priority = attrs.get("name", row.name), attrs.get("priority", row.priority)
    row.kind = whole["kind"]
    for name in ("username", "auth_protocol", "priv_protocol"):
        setattr(row, name, whole.get(name) or "")
    names = _COMMUNITY_FIELDS if row.kind != Credential.Kind.V3 else ("auth_password", "priv_password")
    row.set_secrets(**{name: whole.get(name) or None for name in names})
    return row


def _saved(row: Credential) -> Credential:
    row.save()
    return row


class CredentialFilter(django_filters.FilterSet):  # type: ignore[misc] # django-filter ships no types
    name = django_filters.CharFilter(lookup_expr="iexact")
    kind = django_filters.MultipleChoiceFilter(choices=Credential.Kind.choices)

    class Meta:
        model = Credential
        fields: ClassVar[list[str]] = []


_ANSWER = OpenApiExample("A v3 user", CREDENTIAL, response_only=True)
_WRITTEN = [
    OpenApiExample("v2c", CREDENTIAL_V2C_REQUEST, request_only=True),
    OpenApiExample("v3, authPriv", CREDENTIAL_V3_REQUEST, request_only=True),
    _ANSWER,
]


@extend_schema_view(
    list=extend_schema(examples=[_ANSWER]),
    retrieve=extend_schema(examples=[_ANSWER]),
    create=extend_schema(examples=_WRITTEN),
    partial_update=extend_schema(examples=_WRITTEN),
)
class CredentialViewSet(ModelViewSet):
    """SNMP credentials. Secrets go in, encrypted, and never come out."""

    queryset = Credential.objects.annotate(device_count=Count("devices")).order_by("priority", "id")
    serializer_class = CredentialSerializer
    filterset_class = CredentialFilter
    ordering_fields: ClassVar = ["id", "name", "kind", "priority", "created_at", "updated_at"]
    schema_tag = "credentials"

    def perform_bulk_create(self, serializer: Any, rows: Sequence[dict[str, Any]]) -> list[Any]:
        return list(Credential.objects.bulk_create([_fill(Credential(), row) for row in rows]))

    def perform_bulk_update(self, serializer: Any, instances: Sequence[Any], rows: Sequence[dict[str, Any]]) -> None:
        for instance, row in zip(instances, rows, strict=True):
            _fill(instance, row).updated_at = timezone.now()
        Credential.objects.bulk_update(instances, _WRITTEN_COLUMNS)
