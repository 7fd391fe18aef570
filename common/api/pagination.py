"""Pages: `page` from 1, `page_size` from 1 to 1000; anything else is refused with the reason."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from rest_framework import exceptions
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

LAST_PAGE = 10**9  # beyond it the row's number would overflow the database's integer


class PagePagination(BasePagination):
    """Answers {"data": [...], "meta": {"total", "page", "per_page"}, "links": {"self", "next", "prev"}}."""

    page_query_param = "page"
    page_size_query_param = "page_size"
    page_size = 50
    max_page_size = 1000

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        self.number = _whole_number(request, self.page_query_param, default=1, maximum=LAST_PAGE)
        self.per_page = _whole_number(
            request, self.page_size_query_param, default=self.page_size, maximum=self.max_page_size
        )
        paginator = Paginator(queryset, self.per_page)
        self.total = paginator.count
        self.pages = max(1, -(-self.total // self.per_page))
        if self.number > self.pages:
            raise exceptions.NotFound(f"There is no page {self.number}; the last one is {self.pages}.", "no_such_page")
        start = (self.number - 1) * self.per_page
        return list(queryset[start : start + self.per_page])

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "data": data,
                "meta": {"total": self.total, "page": self.number, "per_page": self.per_page},
                "links": {
                    "self": self._link(self.number),
                    "next": self._link(self.number + 1) if self.number < self.pages else None,
                    "prev": self._link(self.number - 1) if self.number > 1 else None,
                },
            }
        )

    def _link(self, number: int) -> str:
        url = self.request.get_full_path()
        if number == 1:
            return remove_query_param(url, self.page_query_param)
        return replace_query_param(url, self.page_query_param, number)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri-reference", "nullable": True, "example": None}
        return {
            "type": "object",
            "required": ["data", "meta", "links"],
            "properties": {
                "data": schema,
                "meta": {
                    "type": "object",
                    "required": ["total", "page", "per_page"],
                    "properties": {
                        "total": {"type": "integer", "minimum": 0, "example": 1},
                        "page": {"type": "integer", "minimum": 1, "example": 1},
                        "per_page": {"type": "integer", "minimum": 1, "maximum": self.max_page_size, "example": 50},
                    },
                },
                "links": {
                    "type": "object",
                    "required": ["self", "next", "prev"],
                    "properties": {
                        "self": {"type": "string", "format": "uri-reference", "example": "/api/..."},
                        "next": link,
                        "prev": link,
                    },
                },
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": self.page_query_param,
                "in": "query",
                "required": False,
                "description": "Page number, from 1.",
                "schema": {"type": "integer", "minimum": 1, "maximum": LAST_PAGE, "default": 1},
            },
            {
                "name": self.page_size_query_param,
                "in": "query",
                "required": False,
                "description": "Rows on each page.",
                "schema": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": self.max_page_size,
                    "default": self.page_size,
                },
            },
        ]


def _whole_number(request: Request, name: str, *, default: int, maximum: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) <= maximum):
        raise exceptions.ValidationError(
            {name: exceptions.ErrorDetail(f"Write a whole number from 1 to {maximum}.", "out_of_range")}
        )
    return int(text)
