"""Bulk POST, PATCH and DELETE on a list: all or nothing, with one error entry for each wrong row.

    POST   [{...}, {...}]              makes them all: 201 {"data": [...]}
    PATCH  [{"id": 1, ...}, ...]       changes them all: 200 {"data": [...]}
    DELETE [1, 2] or [{"id": 1}, ...]  removes them all: 204

Wrong rows answer 400 with details [{"index", "id", "errors": [{"field", "code", "message"}]}] and nothing is done.
Objects are written by one statement where the serializer has the standard create() or update().
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models, transaction
from django.db.models import ProtectedError, RestrictedError
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.bulk_checks import prefetch_answers
from common.api.errors import Conflict, RowsInvalid, describe_dependents, field_error, flatten

MAX_ROWS = 1000
BATCH_SIZE = 500


class BulkMixin:
    """For a GenericViewSet with a ModelSerializer."""

    def bulk_create(self, request: Request) -> Response:
        rows = _objects(request.data)
        serializer: Any = self.get_serializer()  # type: ignore[attr-defined] # GenericAPIView's
        nobody = [None] * len(rows)
        prefetch_answers(serializer, rows, nobody)
        with transaction.atomic():
            instances = self.perform_bulk_create(serializer, _validate(serializer, rows, nobody))
        return Response({"data": self._shown(instances)}, status=status.HTTP_201_CREATED)

    def bulk_update(self, request: Request) -> Response:
        rows = _objects(request.data)
        with transaction.atomic():
            instances = self._find([row.get("id") for row in rows])
            serializer: Any = self.get_serializer(partial=True)  # type: ignore[attr-defined] # GenericAPIView's
            bodies = [{name: value for name, value in row.items() if name != "id"} for row in rows]
            prefetch_answers(serializer, bodies, instances)
            self.perform_bulk_update(serializer, instances, _validate(serializer, bodies, instances))
        return Response({"data": self._shown(instances)})

    def bulk_destroy(self, request: Request) -> Response:
        rows = _rows(request.data)
        ids = [row.get("id") if isinstance(row, Mapping) else row for row in rows]
        with transaction.atomic():
            instances = self._find(ids)
            try:
                self.perform_bulk_destroy(instances)
            except (ProtectedError, RestrictedError) as error:
                raise _in_use(instances, error) from error
        return Response(status=status.HTTP_204_NO_CONTENT)

    # --- What a view may override ---

    def perform_bulk_create(self, serializer: Any, rows: Sequence[dict[str, Any]]) -> list[Any]:
        model = serializer.Meta.model
        if type(serializer).create is not serializers.ModelSerializer.create or _has_many(model, rows):
            return [serializer.create(row) for row in rows]
        return list(model.objects.bulk_create([model(**row) for row in rows], batch_size=BATCH_SIZE))

    def perform_bulk_update(self, serializer: Any, instances: Sequence[Any], rows: Sequence[dict[str, Any]]) -> None:
        model = serializer.Meta.model
        if type(serializer).update is not serializers.ModelSerializer.update or _has_many(model, rows):
            for instance, row in zip(instances, rows, strict=True):
                serializer.update(instance, row)
            return
        for instance, row in zip(instances, rows, strict=True):
            for name, value in row.items():
                setattr(instance, name, value)
        names = {name for row in rows for name in row}
        if names:
            touched = {field.name for field in model._meta.fields if getattr(field, "auto_now", False)}
            for instance in instances:
                for name in touched:
                    model._meta.get_field(name).pre_save(instance, False)
            model.objects.bulk_update(instances, sorted(names | touched), batch_size=BATCH_SIZE)

    def perform_bulk_destroy(self, instances: Sequence[Any]) -> None:
        type(instances[0]).objects.filter(pk__in=[instance.pk for instance in instances]).delete()

    # --- Rows ---

    def _find(self, ids: Sequence[Any]) -> list[Any]:
        """The objects in the order of `ids`, by one query. Raises RowsInvalid."""
        wanted = Counter(value for value in ids if _is_id(value))
        queryset: models.QuerySet[Any] = self.get_queryset()  # type: ignore[attr-defined] # GenericAPIView's
        found = {instance.pk: instance for instance in queryset.filter(pk__in=wanted.keys())}
        problems = []
        for index, value in enumerate(ids):
            if not _is_id(value):
                problems.append(_row_problem(index, None, field_error("id", "required", "Give the object's id.")))
            elif value not in found:
                problems.append(_row_problem(index, value, field_error("id", "not_found", "There is no such object.")))
            elif wanted[value] > 1:
                problems.append(_row_problem(index, value, field_error("id", "duplicate", "Given more than once.")))
        _refuse(problems)
        return [found[value] for value in ids]

    def _shown(self, instances: Sequence[Any]) -> Any:
        """The objects as GET would show them, related ones included, read anew by the view's own queryset."""
        order = {instance.pk: index for index, instance in enumerate(instances)}
        queryset: models.QuerySet[Any] = self.get_queryset()  # type: ignore[attr-defined] # GenericAPIView's
        fresh = sorted(queryset.filter(pk__in=order), key=lambda instance: order[instance.pk])
        return self.get_serializer(fresh, many=True).data  # type: ignore[attr-defined] # GenericAPIView's


def _rows(data: Any) -> list[Any]:
    if not isinstance(data, list) or not data:
        raise exceptions.ValidationError("Send a list of at least one row.", "rows_expected")
    if len(data) > MAX_ROWS:
        raise exceptions.ValidationError(f"{len(data)} rows; at most {MAX_ROWS} go into one request.", "too_many_rows")
    return data


def _objects(data: Any) -> list[dict[str, Any]]:
    rows = _rows(data)
    _refuse(
        [
            _row_problem(index, None, field_error("", "invalid", "A row is a JSON object."))
            for index, row in enumerate(rows)
            if not isinstance(row, dict)
        ]
    )
    return rows


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63


def _validate(serializer: Any, rows: Sequence[Any], instances: Sequence[Any]) -> list[dict[str, Any]]:
    validated, problems = [], []
    for index, (row, instance) in enumerate(zip(rows, instances, strict=True)):
        serializer.instance, serializer.initial_data = instance, row  # as a serializer of its own would have them
        try:
            validated.append(serializer.run_validation(row))
        except exceptions.ValidationError as error:
            pk = None if instance is None else instance.pk
            problems.append(_row_problem(index, pk, *flatten(error.get_full_details())))
    serializer.instance = None
    _refuse(problems)
    return validated


def _row_problem(index: int, pk: Any, *errors: Mapping[str, str]) -> dict[str, Any]:
    return {"index": index, "id": pk, "errors": list(errors)}


def _refuse(problems: Sequence[Mapping[str, Any]]) -> None:
    if problems:
        count = f"{len(problems)} row is" if len(problems) == 1 else f"{len(problems)} rows are"
        raise RowsInvalid(f"{count} not valid; nothing was done.", details=problems)


def _has_many(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> bool:
    many = {field.name for field in model._meta.many_to_many}
    return any(many & set(row) for row in rows)


def _in_use(instances: Sequence[Any], error: ProtectedError | RestrictedError) -> Conflict:
    """Which rows are in use, and by what."""
    dependents = error.protected_objects if isinstance(error, ProtectedError) else error.restricted_objects
    index_of = {instance.pk: index for index, instance in enumerate(instances)}
    model = type(instances[0])
    by_row: dict[int, list[Any]] = {}
    for dependent in dependents:
        for field in dependent._meta.concrete_fields:
            if field.is_relation and field.related_model is model:
                index = index_of.get(getattr(dependent, field.attname))
                if index is not None:
                    by_row.setdefault(index, []).append(dependent)
    details = [
        {
            **_row_problem(index, instances[index].pk, field_error("", "in_use", "It is in use.")),
            "dependents": describe_dependents(users),
        }
        for index, users in sorted(by_row.items())
    ]
    message = f"{len(details) or 'Some'} of these are in use; nothing was deleted."
    return Conflict(message, code="in_use", details=details or describe_dependents(dependents))
