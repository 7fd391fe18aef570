"""Fields that a serializer does not know are refused, since a misspelt one would be left out in silence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers


def refuse_unknown_fields(serializer: serializers.BaseSerializer[Any], given: Iterable[str]) -> None:
    """Raises ValidationError with an entry for each; what is read only may be sent back as it came."""
    fields: dict[str, Any] = serializer.fields  # type: ignore[attr-defined] # of every serializer with fields
    if unknown := sorted(set(given) - set(fields)):
        writable = ", ".join(name for name, field in fields.items() if not field.read_only)
        told = serializers.ErrorDetail(f"Unknown field. Known: {writable}.", "unknown")
        raise serializers.ValidationError(dict.fromkeys(unknown, told))


class StrictSerializer(serializers.Serializer[Any]):
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        refuse_unknown_fields(self, self.initial_data)
        return attrs
