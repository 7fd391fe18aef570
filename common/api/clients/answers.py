"""What the gateway answers: {"data", "meta"}, or the file that an operation returned."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpResponse
from rest_framework.response import Response

from api_clients.gateway.calling import Answer
from api_clients.gateway.endpoints import Endpoint
from api_clients.gateway.openapi import OCTETS
from api_clients.gateway.results import written
from common.api.errors import FAMILIES, HubRefusal
from common.api.gns3.archives import attachment
from common.application.gateway.calls import Result, Several, Single
from common.domain.errors import HubError

AGE_DIGITS = 3


def answer_of(endpoint: Endpoint, result: Result) -> Response | HttpResponse:
    if isinstance(result, Several):
        return Response(several_document(endpoint, result))
    if isinstance(result.answer.value, bytes):
        return _download(endpoint, result, result.answer.value)
    return Response(single_document(endpoint, result))


def single_document(endpoint: Endpoint, result: Single) -> dict[str, Any]:
    meta: dict[str, Any] = {
        "service": endpoint.service,
        "operation": endpoint.name,
        "target": result.answer.target,
        **_age(result.answer),
    }
    if result.instead_of:
        target, error = result.instead_of
        meta["fallback"] = {"target": target, "code": error.code, "message": str(error)}
    return {"data": _json(result.answer.value), "meta": meta}


def several_document(endpoint: Endpoint, result: Several) -> dict[str, Any]:
    meta = {
        "service": endpoint.service,
        "operation": endpoint.name,
        "partial": result.is_partial,
        "targets": {name: _age(answer) for name, answer in result.answers.items()},
        "errors": {name: _told(error) for name, error in result.errors.items()},
    }
    if result.is_merged:
        return {"data": _json(result.rows), "meta": meta}
    return {"data": {name: _json(answer.value) for name, answer in result.answers.items()}, "meta": meta}


def _json(value: Any) -> orjson.Fragment:
    """Written here, by those who know the values; the renderer puts it in as it is."""
    return orjson.Fragment(written(value))


def _age(answer: Answer) -> dict[str, Any]:
    return {"stale": answer.stale, "age_seconds": round(answer.age_seconds, AGE_DIGITS)}


def _told(error: HubError) -> dict[str, Any]:
    status = HubRefusal(error).status_code
    return {"status": status, "code": error.code, "message": str(error), "type": FAMILIES[status]}


def _download(endpoint: Endpoint, result: Single, content: bytes) -> HttpResponse:
    response = attachment(content, f"{endpoint.service}-{endpoint.name}.bin", OCTETS)
    response["X-NMS-Target"] = result.answer.target
    response["X-NMS-Stale"] = str(result.answer.stale).lower()
    response["X-NMS-Age-Seconds"] = f"{result.answer.age_seconds:.{AGE_DIGITS}f}"
    return response
