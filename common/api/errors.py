"""One shape for every error under /api/:

{"error": true, "code", "message", "type", "details": [...], "request_id", "documentation_url"}

`type` is the family (validation_error, conflict, ...), `code` the precise reason for programs, `message` for people.
`details` is a list: one entry {"field", "code", "message"} for each wrong field, one {"index", "errors"} for each wrong
row of a bulk request, one {"kind", "count", "examples"} for each kind of dependent of a refused deletion.

What the hub refuses (common/domain/errors.py) is answered by the status that stands beside it there, so a view need not
catch anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, IntegrityError
from django.db.models import ProtectedError, RestrictedError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from common.api.renderers import dumps
from common.api.request_id import request_id_of
from common.domain.errors import Conflict as HubConflict
from common.domain.errors import Failed, HubError, Invalid, TimedOut, Unavailable, Unknown
from common.domain.problem_texts import first_of

log = structlog.get_logger("nms.api")

DOCUMENTATION_URL = "/api/docs/"
FAMILIES = {
    400: "validation_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "unprocessable",
    429: "throttled",
    502: "failed",
    503: "unavailable",
    504: "timed_out",
}
HUB_STATUSES: dict[type[HubError], int] = {
    Invalid: 400,
    Unknown: 404,
    HubConflict: 409,
    Failed: 502,
    Unavailable: 503,
    TimedOut: 504,
}
CODE_STATUSES = {"idempotency_key_reused": 422}  # as the header's: whichever way a key came, one answer
EXAMPLES = 5


class Conflict(exceptions.APIException):
    """The request is fine and the state of things forbids it; `details` says what stands in the way."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "The request conflicts with the current state."
    default_code = "conflict"

    def __init__(self, message: str, *, code: str = "conflict", details: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message, code)
        self.details = list(details)


class RowsInvalid(exceptions.APIException):
    """A bulk request with wrong rows: nothing was done; `details` has one entry for each wrong row."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "rows_invalid"

    def __init__(self, message: str, *, details: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(message, self.default_code)
        self.details = list(details)


class HubRefusal(exceptions.APIException):
    """An error of the application, under its own code."""

    def __init__(self, error: HubError) -> None:  # one of a kind in HUB_STATUSES
        super().__init__(str(error), error.code)
        usual = next(status for kind, status in HUB_STATUSES.items() if isinstance(error, kind))
        self.status_code = CODE_STATUSES.get(error.code, usual)
        self.details: list[Mapping[str, Any]] = list(error.details) if isinstance(error, Invalid) else []
        if isinstance(error, Unavailable) and error.retry_after_seconds is not None:
            self.wait = error.retry_after_seconds  # DRF's name for what goes into Retry-After


def error_body(
    request: object, *, status_code: int, code: str, message: str, details: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    return {
        "error": True,
        "code": code,
        "message": message,
        "type": FAMILIES.get(status_code, "server_error" if status_code >= 500 else "client_error"),
        "details": list(details),
        "request_id": request_id_of(request),
        "documentation_url": DOCUMENTATION_URL,
    }


def error_response(
    request: HttpRequest, *, status_code: int, code: str, message: str, details: Sequence[Mapping[str, Any]] = ()
) -> HttpResponse:
    """An error from outside DRF's views (unknown path, a middleware's refusal)."""
    body = error_body(request, status_code=status_code, code=code, message=message, details=details)
    return HttpResponse(dumps(body), status=status_code, content_type="application/json")


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's hook: every exception of a view becomes the one shape; the unexpected is logged and answers 500."""
    error = _as_api_exception(error)
    request = context.get("request")
    set_rollback()
    if not isinstance(error, exceptions.APIException):
        log.error("view failed", view=type(context.get("view")).__name__, exc_info=error)
        body = error_body(
            request,
            status_code=500,
            code="internal_error",
            message="Something went wrong here; the log has the details under this request id.",
        )
        return Response(body, status=500)
    message, code, details = _explain(error)
    body = error_body(request, status_code=error.status_code, code=code, message=message, details=details)
    return Response(body, status=error.status_code, headers=_headers(error))


def _as_api_exception(error: Exception) -> Exception:
    if isinstance(error, HubError) and isinstance(error, tuple(HUB_STATUSES)):
        return HubRefusal(error)
    if isinstance(error, Http404):
        text = str(error)  # Django's own text names the model's class, which is nobody's business
        return exceptions.NotFound(None if "matches the given query" in text else text or None)
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied(str(error) or None)
    if isinstance(error, DjangoValidationError):
        detail = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        return exceptions.ValidationError(detail)
    if isinstance(error, OverflowError | DataError):
        return exceptions.ValidationError("A number or text is too large for what it is meant for.", "out_of_range")
    if isinstance(error, ProtectedError | RestrictedError):  # kinds of IntegrityError, so they come first
        objects = error.protected_objects if isinstance(error, ProtectedError) else error.restricted_objects
        return Conflict("It is in use, so it cannot be deleted.", code="in_use", details=describe_dependents(objects))
    if isinstance(error, IntegrityError):
        return Conflict("Another change came first, or a value must be unique; nothing was done.")
    return error


def describe_dependents(objects: Sequence[Any] | set[Any]) -> list[dict[str, Any]]:
    """A few names of each kind, and how many there are."""
    kinds: dict[str, list[Any]] = {}
    for dependent in objects:
        kinds.setdefault(str(dependent._meta.verbose_name), []).append(dependent)
    return [
        {
            "kind": kind,
            "count": len(members),
            "examples": [_example(member) for member in sorted(members, key=lambda member: member.pk)[:EXAMPLES]],
        }
        for kind, members in sorted(kinds.items())
    ]


def _example(dependent: Any) -> dict[str, Any]:
    url = dependent.get_absolute_url() if hasattr(dependent, "get_absolute_url") else None
    return {"id": dependent.pk, "name": str(dependent), "url": url}


def _explain(error: exceptions.APIException) -> tuple[str, str, list[Mapping[str, Any]]]:
    if isinstance(error, HubRefusal):
        return str(error.detail), _code(error), error.details
    if isinstance(error, Conflict | RowsInvalid):
        return str(error.detail), error.default_code if isinstance(error, RowsInvalid) else _code(error), error.details
    if isinstance(error, exceptions.ValidationError):
        details = flatten(error.get_full_details())
        return _summary(details), "invalid", list(details)
    if isinstance(error, exceptions.ParseError):
        return str(error.detail), "malformed", []
    return str(error.detail), _code(error), []


def _code(error: exceptions.APIException) -> str:
    codes = error.get_codes()
    return codes if isinstance(codes, str) else error.default_code


def _summary(details: Sequence[Mapping[str, Any]]) -> str:
    return first_of(details) if details else "The request is not valid."


def flatten(full_details: Any, field: str = "") -> list[dict[str, str]]:
    """DRF's nested {"field": [{"message", "code"}]} as one flat list; nested fields are joined by dots."""
    if isinstance(full_details, Mapping):
        if set(full_details) == {"message", "code"} and not isinstance(full_details["message"], Mapping | list):
            return [_said(field, str(full_details["code"]), str(full_details["message"]))]
        return [
            entry
            for name, inner in full_details.items()
            for entry in flatten(inner, _join(field, "" if name == "non_field_errors" else str(name)))
        ]
    if isinstance(full_details, Sequence) and not isinstance(full_details, str):
        nested = any(isinstance(inner, Mapping) and set(inner) != {"message", "code"} for inner in full_details)
        return [
            entry
            for index, inner in enumerate(full_details)
            for entry in flatten(inner, _join(field, str(index)) if nested else field)
        ]
    return [field_error(field, "invalid", str(full_details))]


def _said(field: str, code: str, message: str) -> dict[str, str]:
    """Django says which model's row it is: "trigger with this name already exists."."""
    taken = code == "unique" and message.endswith("already exists.")
    return field_error(field, code, "It is taken already; choose another." if taken else message)


def field_error(field: str, code: str, message: str) -> dict[str, str]:
    return {"field": field, "code": code, "message": message}


def _join(outer: str, inner: str) -> str:
    return f"{outer}.{inner}" if outer and inner else outer or inner


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(max(1, ceil(wait)))
    return headers
