"""Filters and ordering that refuse what they do not know: a misspelt filter must not answer with everything."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import exceptions
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc] # django-filter ships no types
    """The view's filterset, after every query parameter was checked against what the view understands.

    A view names further parameters that it reads itself in `query_parameters`.
    """

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        refuse_unknown_parameters(request, self._allowed(request, queryset, view))
        if getattr(view, "detail", False):
            return queryset
        filtered: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return filtered

    def _allowed(self, request: Request, queryset: QuerySet[Any], view: Any) -> set[str]:
        allowed = set(getattr(view, "query_parameters", ()))
        if getattr(view, "detail", False) or request.method not in {"GET", "HEAD"}:
            return allowed
        filterset = self.get_filterset(request, queryset, view)
        if filterset is not None:
            allowed |= set(filterset.form.fields)
        if getattr(view, "ordering_fields", None):
            allowed.add(StrictOrderingFilter.parameter)
        if paginator := getattr(view, "paginator", None):
            allowed |= {paginator.page_query_param, paginator.page_size_query_param}
        return allowed


def refuse_unknown_parameters(request: Request, allowed: set[str]) -> None:
    unknown = sorted(set(request.query_params) - allowed)
    if unknown:
        known = f"Known: {', '.join(sorted(allowed))}." if allowed else "None is known here."
        raise exceptions.ValidationError(
            {name: exceptions.ErrorDetail(f"Unknown query parameter. {known}", "unknown_parameter") for name in unknown}
        )


class StrictOrderingFilter(BaseFilterBackend):
    """`ordering=name,-last_seen` over the view's `ordering_fields`; the primary key makes every order total.

    `ordering_fields` is a list of field names, or a dict from the public name to the ORM path.
    """

    parameter = "ordering"

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        if getattr(view, "detail", False):
            return queryset
        fields = _fields(view)
        asked = request.query_params.get(self.parameter, "")
        terms = [term.strip() for term in asked.split(",") if term.strip()]
        if not terms:
            default = getattr(view, "ordering", None) or queryset.query.order_by or queryset.model._meta.ordering or ()
            return queryset.order_by(*_total([default] if isinstance(default, str) else list(default)))
        unknown = [term for term in terms if term.removeprefix("-") not in fields]
        if unknown:
            raise exceptions.ValidationError(
                {
                    self.parameter: exceptions.ErrorDetail(
                        f"Cannot order by {', '.join(unknown)}. Known: {', '.join(sorted(fields))}; "
                        "a minus in front reverses.",
                        "unknown_ordering",
                    )
                }
            )
        paths = [("-" if term.startswith("-") else "") + fields[term.removeprefix("-")] for term in terms]
        return queryset.order_by(*_total(paths))

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        fields = sorted(_fields(view))
        if not fields:
            return []
        return [
            {
                "name": self.parameter,
                "in": "query",
                "required": False,
                "description": f"Order by these, separated by commas; a minus reverses: {', '.join(fields)}.",
                "schema": {"type": "string"},
                "example": f"-{fields[0]}",
            }
        ]


def _fields(view: Any) -> dict[str, str]:
    fields = getattr(view, "ordering_fields", None) or {}
    return dict(fields) if isinstance(fields, dict) else {name: name for name in fields}


def _total(paths: list[Any]) -> list[Any]:
    named = {path.removeprefix("-") for path in paths if isinstance(path, str)}
    return paths if named & {"pk", "id"} else [*paths, "pk"]
