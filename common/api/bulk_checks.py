"""Validate many rows with the serializer made for one, at a constant number of queries.

A serializer asks the database for each row: does this related object exist, is this value taken? Before the rows are
validated, the answers for all of them are fetched at once and put where the serializer looks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from rest_framework import serializers
from rest_framework.validators import UniqueTogetherValidator, UniqueValidator

Row = Mapping[str, Any]


def prefetch_answers(serializer: Any, rows: Sequence[Row], instances: Sequence[Any]) -> None:
    """Change `serializer` (made for these rows alone) so that validating them costs no query per row.

    `instances` are the objects that the rows change, or None for each that is to be made.
    """
    for name, field in serializer.fields.items():
        if field.read_only:
            continue
        values = _hashable(row.get(name) for row in rows)
        if isinstance(field, serializers.PrimaryKeyRelatedField):
            _know_related(field, "pk", values)
        elif isinstance(field, serializers.SlugRelatedField):
            _know_related(field, str(field.slug_field), values)
        field.validators = [
            _TakenValues(validator, field, values) if _is_plain_unique(validator) else validator
            for validator in field.validators
        ]
    serializer.validators = [
        _TakenCombinations(validator, serializer, rows, instances) if _is_plain_together(validator) else validator
        for validator in serializer.validators
    ]


def _is_plain_unique(validator: Any) -> bool:
    return type(validator) is UniqueValidator and validator.lookup == "exact"


def _is_plain_together(validator: Any) -> bool:
    return type(validator) is UniqueTogetherValidator and not getattr(validator, "condition_fields", ())


def _hashable(values: Iterable[Any]) -> list[Any]:
    """Those that a query may ask for; what is left out, the fields refuse by themselves (NUL: PostgreSQL cannot)."""
    return [value for value in values if _is_text_or_number(value) and "\x00" not in str(value)]


def _is_text_or_number(value: Any) -> TypeGuard[str | int]:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _as_validated(field: Any, values: Iterable[Any]) -> Iterator[Any]:
    """The values as the field hands them to its validators (text trimmed, for one); keys of relations as they are."""
    if isinstance(field, serializers.RelatedField):
        yield from values
        return
    for value in values:
        try:
            yield field.to_internal_value(value)
        except serializers.ValidationError:
            continue


class _Known:
    """Stands where the field expects its queryset and answers get() from memory."""

    def __init__(self, model: Any, objects: Mapping[str, Any]) -> None:
        self._model = model
        self._objects = objects

    def get(self, **lookup: Any) -> Any:
        (value,) = lookup.values()
        if not _is_text_or_number(value):
            raise TypeError
        try:
            return self._objects[str(value)]
        except KeyError:
            raise self._model.DoesNotExist from None


def _know_related(field: Any, attribute: str, values: Sequence[Any]) -> None:
    queryset = field.get_queryset()
    if attribute == "pk":
        values = [value for value in values if str(value).isascii() and str(value).isdigit() and len(str(value)) < 19]
    objects = {str(getattr(found, attribute)): found for found in queryset.filter(**{f"{attribute}__in": set(values)})}
    field.get_queryset = lambda: _Known(queryset.model, objects)


class _TakenValues:
    """UniqueValidator over all rows: taken in the database, or given twice in the request."""

    requires_context = True

    def __init__(self, validator: Any, field: Any, values: Sequence[Any]) -> None:
        self.message = validator.message
        self._column = field.source_attrs[-1]
        self._given = Counter(_as_validated(field, values))
        found = validator.queryset.filter(**{f"{self._column}__in": set(self._given)})
        self._owners = dict(found.values_list(self._column, "pk"))

    def __call__(self, value: Any, field: Any) -> None:
        instance = getattr(field.parent, "instance", None)
        owner = self._owners.get(value)
        if owner is not None and (instance is None or owner != instance.pk):
            raise serializers.ValidationError(self.message, code="unique")
        if self._given[value] > 1:
            raise serializers.ValidationError("Given more than once in this request.", code="unique")


class _TakenCombinations:
    """UniqueTogetherValidator over all rows."""

    requires_context = True

    def __init__(self, validator: Any, serializer: Any, rows: Sequence[Row], instances: Sequence[Any]) -> None:
        self._sources = tuple(serializer.fields[name].source for name in validator.fields)
        first, column = validator.fields[0], self._sources[0]
        candidates = _hashable(
            row[first] if instance is None or first in row else _plain(instance, column)
            for row, instance in zip(rows, instances, strict=True)
            if instance is not None or first in row
        )
        wanted = set(_as_validated(serializer.fields[first], candidates))
        found = validator.queryset.filter(**{f"{column}__in": wanted})
        self._owners = {tuple(combination): pk for *combination, pk in found.values_list(*self._sources, "pk")}
        self._seen: set[tuple[Any, ...]] = set()

    def __call__(self, attrs: Mapping[str, Any], serializer: Any) -> None:
        instance = serializer.instance
        combination = tuple(
            getattr(attrs[source], "pk", attrs[source]) if source in attrs else _plain(instance, source)
            for source in self._sources
        )
        if None in combination:  # NULL equals nothing
            return
        owner = self._owners.get(combination)
        taken = owner is not None and (instance is None or owner != instance.pk)
        if taken or combination in self._seen:
            raise serializers.ValidationError(f"{', '.join(self._sources)} must be unique together.", code="unique")
        self._seen.add(combination)


def _plain(instance: Any, source: str) -> Any:
    """The column's value: for a relation the key, without loading what it points to."""
    return None if instance is None else getattr(instance, instance._meta.get_field(source).attname)
