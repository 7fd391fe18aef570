"""ntopng wraps each answer: {"rc": 0, "rc_str": "OK", "rc_str_hr": "Success", "rsp": ...}; a negative rc is an error.

Some versions say it with status 200, others with the status that fits; both come out of here as the same error.
Source: scripts/lua/modules/rest_utils.lua of ntopng.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from api_clients.domain.errors import Rejected, ServiceError, Unauthorized, Unreachable
from api_clients.domain.values import Response

T = TypeVar("T")

NOT_FOUND, INVALID_INTERFACE, NOT_GRANTED, INTERNAL_ERROR = -1, -2, -3, -6
STATUS = {NOT_FOUND: 404, NOT_GRANTED: 403, INTERNAL_ERROR: 500, -8: 400, -10: 409, -32: 404}


@dataclass(frozen=True, slots=True)
class as_rsp(Generic[T]):  # noqa: N801 # reads as a function where it is used, like as_json
    """Read the `rsp` of an answer with `shape`; an rc that is no success is raised as its error."""

    shape: Callable[[Any], T]

    def __call__(self, response: Response) -> T:
        return self.shape(unwrapped(json.loads(response.body))["rsp"])


@dataclass(frozen=True, slots=True)
class as_records(Generic[T]):  # noqa: N801
    """Read an answer whose totals stand beside its `rsp` with `shape`, which sees the whole document."""

    shape: Callable[[Any], T]

    def __call__(self, response: Response) -> T:
        return self.shape(unwrapped(json.loads(response.body)))


def unwrapped(document: Any) -> Any:
    """Return the document of a success. Raises the error that another rc means."""
    code = int(document["rc"])
    if code != 0:
        raise error_of(code, document)
    if "rsp" not in document:
        raise KeyError("rsp")
    return document


def error_of(code: int, document: Any) -> ServiceError:
    said = " ".join(str(document[name]) for name in ("rc_str", "rc_str_hr") if document.get(name))
    reason = f"answered rc {code}: {said}" if said else f"answered rc {code}"
    status = STATUS.get(code, 400)
    if code == NOT_GRANTED:
        return Unauthorized(reason, status=status)
    if code == INTERNAL_ERROR:
        return Unreachable(reason, status=status)
    return Rejected(reason, status=status)


def refused(error: ServiceError, body: bytes) -> ServiceError:
    """Say what a 4xx or 5xx means by the rc in its body, where there is one."""
    try:
        document = json.loads(body)
        code = int(document["rc"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return error
    return error_of(code, document) if code < 0 else error
