"""The arguments of a call, as its query string and body say them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import exceptions
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from api_clients.gateway.endpoints import Endpoint
from api_clients.gateway.openapi import MERGE, OCTETS, RESERVED, file_of, in_query
from api_clients.gateway.signatures import ArgumentsInvalid
from common.api.parsers import TooLarge
from common.domain.errors import Invalid

MAX_FILE_BYTES = 16 * 1024 * 1024  # what a client sends at most (api_clients/infrastructure/validation.py)


class OctetsParser(BaseParser):
    """The body as it is; bounded, since it is held in memory."""

    media_type = OCTETS

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        body = stream.read(MAX_FILE_BYTES + 1)
        if len(body) > MAX_FILE_BYTES:
            raise TooLarge(f"A file has at most {MAX_FILE_BYTES} bytes.")
        return body


def known_parameters(endpoint: Endpoint) -> tuple[str, ...]:
    return (*RESERVED, *(in_query(one.name) for one in endpoint.signature.parameters))


def merge_of(request: Request) -> bool:
    """Raises Invalid."""
    said = request.query_params.get(MERGE, "false")
    if said not in ("true", "false"):
        message = "Say true or false."
        raise Invalid(f"{MERGE}: {message}", details=({"field": MERGE, "code": "invalid", "message": message},))
    return said == "true"


def arguments_of(request: Request, endpoint: Endpoint) -> dict[str, Any]:
    """Raises Invalid, with an entry for each wrong argument."""
    try:
        if request.method != "POST":
            return endpoint.signature.from_texts(_in_query(request, endpoint))
        given: Any = request.data
        if isinstance(given, bytes):
            return _with_file(request, endpoint, given)
        _refuse_query(request, endpoint)
        if given in (None, ""):
            given = {}
        if not isinstance(given, Mapping):
            raise Invalid("The body should be an object with the operation's arguments.", code="malformed")
        return endpoint.signature.from_json(given)
    except ArgumentsInvalid as error:
        details = tuple({"field": one.field, "code": one.code, "message": one.message} for one in error.problems)
        raise Invalid(str(error), details=details) from None


def _in_query(request: Request, endpoint: Endpoint) -> dict[str, Sequence[str]]:
    named = {in_query(one.name): one.name for one in endpoint.signature.parameters}
    return {named[key]: texts for key, texts in request.query_params.lists() if key in named}


def _with_file(request: Request, endpoint: Endpoint, content: bytes) -> dict[str, Any]:
    """The body is the one argument of bytes, the others stand in the query string."""
    file = file_of(endpoint)
    if file is None:
        raise exceptions.UnsupportedMediaType(OCTETS)
    texts: dict[str, Sequence[str | bytes]] = {**_in_query(request, endpoint), file: [content]}
    return endpoint.signature.from_texts(texts)


def _refuse_query(request: Request, endpoint: Endpoint) -> None:
    """Arguments in two places would leave it open which of them hold."""
    if misplaced := sorted(_in_query(request, endpoint)):
        message = "An argument of a POST belongs into its body."
        raise Invalid(
            f"{misplaced[0]}: {message}",
            details=tuple({"field": name, "code": "misplaced", "message": message} for name in misplaced),
        )
