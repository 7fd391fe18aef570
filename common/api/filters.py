"""Filters and ordering that refuse what they do not know: a misspelt filter must not answer with everything.

A view says what it understands: `filterset_class` or `filterset_fields`, `ordering_fields`, and in `query_parameters`
what it reads itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import exceptions
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request


def refuse_unknown_parameters(request: Request, allowed: Iterable[str]) -> None:
    """Raise a ValidationError that names each unknown parameter, and those known."""
    known = sorted(set(allowed))
    hint = f"Known: {', '.join(known)}." if known else "None is known here."
    errors = {
        name: exceptions.ErrorDetail(f"Unknown query parameter. {hint}", "unknown_parameter")
        for name in sorted(set(request.query_params) - set(known))
    }
    if errors:
        raise exceptions.ValidationError(errors)


def lists(view: Any, request: Request) -> bool:
    """Whether this request reads a list, to which filters, ordering and pages apply."""
    return request.method in {"GET", "HEAD"} and not getattr(view, "detail", False)


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc] # django-filter ships no types
    """The view's filterset, once every query parameter is known to someone."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        if not lists(view, request):
            return queryset
        filterset = self.get_filterset(request, queryset, view)
        refuse_unknown_parameters(request, self._known(filterset, view))
        filtered: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return filtered

    def _known(self, filterset: Any, view: Any) -> set[str]:
        known = set(getattr(view, "query_parameters", ()))
        if filterset is not None:
            known |= _parameter_names(filterset.form)
        if ordering_fields(view):
            known.add(StrictOrderingFilter.parameter)
        if paginator := getattr(view, "paginator", None):
            known |= {paginator.page_query_param, paginator.page_size_query_param}
        return known


def _parameter_names(form: Any) -> set[str]:
    """A form field is one parameter, or several where its widget has suffixes (ranges: _min and _max)."""
    names = set()
    for name, field in form.fields.items():
        suffixes = getattr(field.widget, "suffixes", None)
        names |= {f"{name}_{suffix}" if suffix else name for suffix in suffixes} if suffixes else {name}
    return names


class StrictOrderingFilter(BaseFilterBackend):
    """`ordering=name,-last_seen` over the view's `ordering_fields`; the primary key makes every order total.

    `ordering_fields` is a list of field names, or a dict from the public name to the ORM path.
    """

    parameter = "ordering"

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        if not lists(view, request):
            return queryset
        terms = [term.strip() for term in request.query_params.get(self.parameter, "").split(",") if term.strip()]
        if not terms:
            return queryset.order_by(*_total(_default(queryset, view)))
        fields = ordering_fields(view)
        unknown = [term for term in terms if term.removeprefix("-") not in fields]
        if unknown:
            known = f"Known: {', '.join(sorted(fields))}; a minus in front reverses."
            raise exceptions.ValidationError(
                {self.parameter: exceptions.ErrorDetail(f"Cannot order by {', '.join(unknown)}. {known}", "unknown")}
            )
        paths = [("-" if term.startswith("-") else "") + fields[term.removeprefix("-")] for term in terms]
        return queryset.order_by(*_total(paths))

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        fields = sorted(ordering_fields(view))
        if not fields:
            return []
        term = f"-?({'|'.join(fields)})"
        return [
            {
                "name": self.parameter,
                "in": "query",
                "required": False,
                "description": f"Order by these, separated by commas; a minus reverses: {', '.join(fields)}.",
                "schema": {"type": "string", "pattern": f"^({term}(,{term})*)?$"},
                "example": f"-{fields[0]}",
            }
        ]


def ordering_fields(view: Any) -> dict[str, str]:
    """Public name: ORM path."""
    fields = getattr(view, "ordering_fields", None) or {}
    return dict(fields) if isinstance(fields, dict) else {name: name for name in fields}


def _default(queryset: QuerySet[Any], view: Any) -> list[Any]:
    order = getattr(view, "ordering", None) or queryset.query.order_by or queryset.model._meta.ordering or ()
    return [order] if isinstance(order, str) else list(order)


def _total(paths: list[Any]) -> list[Any]:
    named = {path.removeprefix("-") for path in paths if isinstance(path, str)}
    return paths if named & {"pk", "id"} else [*paths, "pk"]
