"""Idempotency-Key on every POST: sent again, a request is answered again and not done again (docs/rest.md).

The key belongs to the signed-in user for 24 hours. Only what was done is kept: whatever is answered by 400 or more has
changed nothing, so it may be mended and sent again with its key. Requests without a login (tokens, logins) are never
kept.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import Error
from django.http import HttpResponse, HttpResponseBase
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.parsers import TooLarge
from common.infrastructure import idempotent_requests
from common.infrastructure.idempotent_requests import Answer, Begun, Refusal

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
MAX_KEY_LENGTH = 255
KEPT_HEADERS = ("Content-Type", "Location")
RETRY_AFTER_SECONDS = 1

_KEY = re.compile(rf"[\x21-\x7e]{{1,{MAX_KEY_LENGTH}}}")
log = structlog.get_logger("nms.api")


class KeyRefused(exceptions.APIException):
    """The key stands for something else, or its request is not done yet."""

    def __init__(self, status_code: int, code: str, message: str) -> None:
        super().__init__(message, code)
        self.status_code = status_code
        if code == "idempotency_key_in_use":
            self.wait = RETRY_AFTER_SECONDS  # DRF's name for what goes into Retry-After


_REFUSALS = {
    Refusal.UNDER_WAY: (409, "idempotency_key_in_use", "The first request with this key is still under way."),
    Refusal.OTHER_REQUEST: (
        422,
        "idempotency_key_reused",
        "This key was used for another request within the last 24 hours; choose another key.",
    ),
    Refusal.TOO_LARGE: (
        409,
        "idempotency_answer_not_kept",
        "The request with this key was done; its answer was too large to be kept and repeated.",
    ),
}


class _AnsweredBefore(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class IdempotencyMixin:
    """For APIView subclasses; put it first, so that everything that refuses a request comes before.

    A view whose answers may not be kept says `honours_idempotency_key = False`: keys are refused there, for
    whoever sends one relies on it.
    """

    honours_idempotency_key = True
    _begun: Begun | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc] # APIView's, by MRO
        key = request.headers.get(HEADER)
        if key is None or request.method != "POST" or not request.user.is_authenticated:
            return
        if not hasattr(self, "post"):
            return  # a 405, which needs no key
        if not self.honours_idempotency_key:
            message = f"Answers are not kept here, so that nothing can be repeated: send this without {HEADER}."
            raise exceptions.ValidationError({HEADER: exceptions.ErrorDetail(message, "idempotency_key_unsupported")})
        if not _KEY.fullmatch(key):
            message = f"An {HEADER} has 1 to {MAX_KEY_LENGTH} visible ASCII characters."
            raise exceptions.ValidationError({HEADER: exceptions.ErrorDetail(message, "idempotency_key_invalid")})
        outcome = idempotent_requests.begin(request.user.get_username(), key, _fingerprint(request))
        if isinstance(outcome, Answer):
            raise _AnsweredBefore(outcome)
        if isinstance(outcome, Refusal):
            raise KeyRefused(*_REFUSALS[outcome])
        self._begun = outcome

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, _AnsweredBefore):
            return _repeated(exc.answer)
        return super().handle_exception(exc)  # type: ignore[misc] # APIView's, by MRO

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc] # APIView's, by MRO
        begun, self._begun = self._begun, None
        if begun is None:
            return response
        if isinstance(response, Response):
            response.add_post_render_callback(lambda rendered: _keep(begun, rendered))
        else:
            _keep(begun, response)
        return response


def _fingerprint(request: Request) -> str:
    try:
        body = request._request.body
    except RequestDataTooBig as error:
        raise TooLarge from error
    parts = [str(request.method), request.get_full_path(), request.content_type or ""]
    return sha256("\n".join(parts).encode() + b"\n" + body).hexdigest()


def _repeated(answer: Answer) -> HttpResponse:
    return HttpResponse(
        answer.body, status=answer.status, headers={**answer.headers, REPLAYED_HEADER: "true"}, charset="utf-8"
    )


def _keep(begun: Begun, response: HttpResponseBase) -> None:
    """Never raises: the request is done, and its answer goes out in any case."""
    try:
        if response.status_code >= status.HTTP_400_BAD_REQUEST:
            idempotent_requests.forget(begun)
            return
        headers = {name: response[name] for name in KEPT_HEADERS if name in response}
        body = response.content.decode() if isinstance(response, HttpResponse) else ""
        idempotent_requests.answer(begun, Answer(response.status_code, headers, body))
    except Error as error:
        log.warning("an answer is not kept under its Idempotency-Key", reason=str(error))
