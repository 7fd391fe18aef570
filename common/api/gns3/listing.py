"""Lists of values that no table holds: filtered, ordered and paged as all lists are, unknown parameters refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.pagination import PagePagination
from common.api.viewsets import ApiView

Row = Mapping[str, Any]
PAGE = (PagePagination.page_query_param, PagePagination.page_size_query_param)
ORDERING = "ordering"
FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Word:
    """A filter by one of a few words, or, without `choices`, by any text; given several times, any of them fits."""

    description: str
    choices: tuple[str, ...] = ()

    def read(self, name: str, given: Sequence[str]) -> Callable[[Any], bool]:
        wrong = [text for text in given if self.choices and text not in self.choices]
        if wrong:
            raise _invalid(name, f"Choose one of {', '.join(self.choices)}.", "invalid_choice")
        return lambda value: value in given

    def parameter(self, name: str) -> OpenApiParameter:
        return OpenApiParameter(
            name, str, enum=self.choices or None, many=True, explode=True, description=self.description
        )


@dataclass(frozen=True, slots=True)
class Flag:
    """A filter by true or false."""

    description: str

    def read(self, name: str, given: Sequence[str]) -> Callable[[Any], bool]:
        if len(given) != 1 or given[0] not in FLAGS:
            raise _invalid(name, "Write true or false.", "invalid")
        wanted = FLAGS[given[0]]
        return lambda value: bool(value) is wanted

    def parameter(self, name: str) -> OpenApiParameter:
        return OpenApiParameter(name, bool, description=self.description)


Filter = Word | Flag


class RowsView(ApiView):
    """A list of rows. `filters` and `ordering_fields` name keys of a row; `ordering` is how it is ordered unasked."""

    pagination_class = PagePagination
    filters: Mapping[str, Filter] = {}
    ordering_fields: tuple[str, ...] = ()
    ordering: str = ""
    other_parameters: tuple[str, ...] = ()

    @property
    def query_parameters(self) -> tuple[str, ...]:  # type: ignore[override] # of a list; follows from the filters
        if self.request is not None and self.request.method not in {"GET", "HEAD"}:
            return ()
        return (*PAGE, *([ORDERING] if self.ordering_fields else []), *self.filters, *self.other_parameters)

    def listed(self, request: Request, rows: Iterable[Row]) -> Response:
        """The page that was asked for. Raises ValidationError, or NotFound for a page beyond the last."""
        chosen = self._ordered(request, self._filtered(request, rows))
        paginator = self.pagination_class()
        return paginator.get_paginated_response(paginator.paginate_queryset(chosen, request, view=self))

    def _filtered(self, request: Request, rows: Iterable[Row]) -> list[Row]:
        tests = [
            (name, wanted.read(name, request.query_params.getlist(name)))
            for name, wanted in self.filters.items()
            if name in request.query_params
        ]
        return [row for row in rows if all(fits(row[name]) for name, fits in tests)]

    def _ordered(self, request: Request, rows: list[Row]) -> list[Row]:
        given = request.query_params.get(ORDERING, "") or self.ordering
        terms = [term.strip() for term in given.split(",") if term.strip()]
        unknown = [term for term in terms if term.removeprefix("-") not in self.ordering_fields]
        if unknown:
            known = f"Known: {', '.join(sorted(self.ordering_fields))}; a minus in front reverses."
            raise _invalid(ORDERING, f"Cannot order by {', '.join(unknown)}. {known}", "unknown")
        for term in reversed(terms):  # sorting is stable: the first term is sorted by last
            name = term.removeprefix("-")
            rows.sort(key=lambda row, name=name: _sortable(row[name]), reverse=term.startswith("-"))  # type: ignore[misc]
        return rows


def list_parameters(filters: Mapping[str, Filter], ordering_fields: Sequence[str] = ()) -> list[OpenApiParameter]:
    """The filters and the ordering of a list, for OpenAPI; pages are documented by the paginator."""
    found = [wanted.parameter(name) for name, wanted in filters.items()]
    if ordering_fields:
        names = sorted(ordering_fields)
        description = f"Order by these, separated by commas; a minus reverses: {', '.join(names)}."
        found.append(OpenApiParameter(ORDERING, str, description=description))
    return found


def flag_of(request: Request, name: str) -> bool:
    """A query parameter that is true or false, false without it."""
    text = request.query_params.get(name)
    if text is None:
        return False
    if text not in FLAGS:
        raise _invalid(name, "Write true or false.", "invalid")
    return FLAGS[text]


def text_of(request: Request, name: str) -> str:
    """A query parameter that must be there. Raises ValidationError."""
    text = request.query_params.get(name, "")
    if not text:
        raise _invalid(name, "This parameter is needed.", "required")
    return text


def _sortable(value: Any) -> tuple[int, Any]:
    """None comes first; texts are ordered as people expect, whatever their case."""
    if value is None:
        return 0, 0
    return 1, value.casefold() if isinstance(value, str) else value


def _invalid(name: str, message: str, code: str) -> exceptions.ValidationError:
    return exceptions.ValidationError({name: exceptions.ErrorDetail(message, code)})
