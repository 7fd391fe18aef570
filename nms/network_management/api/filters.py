"""Filters that refuse what the database could not answer: ids beyond 64 bits, addresses and ranges that are none."""

from __future__ import annotations

import ipaddress
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_field

from nms.network_management.addresses import address_sort_key

LARGEST = 2**63 - 1
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class WholeNumberFilter(django_filters.NumberFilter):  # type: ignore[misc] # django-filter ships no types
    field_class = forms.IntegerField

    def __init__(self, *args: Any, minimum: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, min_value=minimum, max_value=LARGEST, **kwargs)


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": LARGEST})
class IdFilter(WholeNumberFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, minimum=1, **kwargs)


def _invalid(text: str, what: str, code: str) -> ValidationError:
    """The value stands in `params`, because the message is a format string."""
    return ValidationError(f"%(value)s {what}", code=code, params={"value": text[:50]})


class AddressField(forms.CharField):
    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if not text:
            return ""
        try:
            return str(ipaddress.ip_address(text))
        except ValueError:
            raise _invalid(text, "is no IPv4 or IPv6 address.", "invalid_address") from None


class AddressFilter(django_filters.CharFilter):  # type: ignore[misc] # django-filter ships no types
    """An address in any notation."""

    field_class = AddressField


class NetworkField(forms.CharField):
    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise _invalid(text, "is no range in CIDR notation such as 10.0.0.0/24.", "invalid_network") from None


class NetworkFilter(django_filters.CharFilter):  # type: ignore[misc] # django-filter ships no types
    """A range in CIDR notation, over a column of addresses.address_sort_key."""

    field_class = NetworkField

    def filter(self, queryset: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return queryset if value is None else queryset.filter(in_network(value, self.field_name))


def in_network(network: Network, column: str) -> Q:
    first, last = address_sort_key(str(network.network_address)), address_sort_key(str(network.broadcast_address))
    return Q(**{f"{column}__gte": first, f"{column}__lte": last})


class MacField(forms.CharField):
    def clean(self, value: Any) -> str:
        text = super().clean(value)
        digits = "".join(character for character in text.lower() if character not in ":-.")
        if text and (len(digits) != 12 or set(digits) - set("0123456789abcdef")):
            raise _invalid(text, "is no MAC address.", "invalid_mac")
        return ":".join(digits[place : place + 2] for place in range(0, len(digits), 2))


class MacFilter(django_filters.CharFilter):  # type: ignore[misc] # django-filter ships no types
    """A MAC address with colons, dashes, dots or nothing between."""

    field_class = MacField


class FlagField(forms.NullBooleanField):
    """true or false; anything else is an error, where Django's own field would take it for "not given"."""

    def to_python(self, value: Any) -> bool | None:  # type: ignore[override] # NullBooleanField's own answer
        if value in {None, "", True, False}:
            return value if isinstance(value, bool) else None
        flag = {"true": True, "false": False}.get(str(value).lower())
        if flag is None:
            raise ValidationError("Write true or false.", code="invalid_flag")
        return flag


class FlagFilter(django_filters.BooleanFilter):  # type: ignore[misc] # django-filter ships no types
    field_class = FlagField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, widget=forms.TextInput, **kwargs)


class FactFilter(django_filters.FilterSet):  # type: ignore[misc] # django-filter ships no types
    """What every fact can be filtered by."""

    device = IdFilter(field_name="device_id", help_text="The device's id.")
    present = FlagFilter(
        field_name="last_seen", lookup_expr="isnull", help_text="Only what the device still reports, or only the rest."
    )
