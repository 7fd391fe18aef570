"""JSON bodies by orjson, of a limited size."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from django.conf import settings
from rest_framework import exceptions, status
from rest_framework.parsers import BaseParser

from common.domain.stored_json import LARGEST, SMALLEST

_LONG_NUMBER = re.compile(rb"\d{19}")  # the shortest that may not fit into 64 bits
_MAX_TOLD = 20


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large."
    default_code = "too_large"


class OrjsonParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge(f"A body has at most {limit} bytes.")
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise exceptions.ParseError(f"The body is not JSON: {error}.") from error
        if _LONG_NUMBER.search(body):
            _refuse_long_integers(body)
        return document


class _LongInteger:
    """Stands for an integer that orjson would have rounded to a float."""


def _refuse_long_integers(body: bytes) -> None:
    document = json.loads(body, parse_int=_integer)
    message = f"An integer goes from {SMALLEST} to {LARGEST}; send a longer number as text."
    errors = {place: exceptions.ErrorDetail(message, "out_of_range") for place in _long_integers(document)}
    if errors:
        raise exceptions.ValidationError(dict(list(errors.items())[:_MAX_TOLD]))


def _integer(digits: str) -> int | _LongInteger:
    if len(digits) > 20:  # a minus and 19 digits, or 20 digits; Python itself reads no more than a few thousand
        return _LongInteger()
    number = int(digits)
    return number if SMALLEST <= number <= LARGEST else _LongInteger()


def _long_integers(document: Any) -> Iterator[str]:
    """Their places, such as body.rates.3. Without recursion: a body may be nested deeply."""
    waiting = [("", document)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, _LongInteger):
            yield place
        elif isinstance(value, dict):
            waiting += [(f"{place}.{key}" if place else str(key), inner) for key, inner in reversed(value.items())]
        elif isinstance(value, list):
            waiting += [(f"{place}.{index}" if place else str(index), inner) for index, inner in enumerate(value)]
