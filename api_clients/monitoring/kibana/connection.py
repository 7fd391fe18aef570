"""What every operation needs: the place of a space, the header that Kibana wants of all who change something."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import ClassVar, TypeVar
from urllib.parse import urlsplit

from api_clients.domain.errors import InvalidRequest, Overloaded, ServiceError, Unauthorized
from api_clients.domain.values import Method, Response
from api_clients.infrastructure.http import HttpClient

T = TypeVar("T")
SPACE = re.compile(r"[a-z0-9_-]{1,100}\Z")
LOGIN_PAGES = ("/login", "/internal/security/", "/security/", "/logged_out", "/oauth")
# Kibana refuses a change without it, so that no page in a browser can make one (400 otherwise).
NO_PAGE = {"kbn-xsrf": "nms"}


def within(space: str, path: str) -> str:
    """Return the path inside a space, "" or default being the one that is always there. Raises InvalidRequest."""
    if space in ("", "default"):
        return path
    if not SPACE.match(space):
        raise InvalidRequest(f"space {space[:40]!r} should be lower-case letters, digits, _ and -")
    return f"/s/{space}{path}"


class KibanaConnection(HttpClient):
    service: ClassVar[str] = "kibana"

    def redirected(self, response: Response) -> ServiceError:
        path = urlsplit(response.headers.get("location", "")).path
        if any(page in path for page in LOGIN_PAGES):
            return Unauthorized("sent us to its login page", status=response.status)
        return super().redirected(response)

    def refused(self, error: ServiceError, body: bytes) -> ServiceError:
        """A Kibana that is not available says why in its status, which it answers with a 503."""
        if error.status != 503:
            return error
        summary = _summary(body)
        if not summary or not isinstance(error, Overloaded):
            return error
        pause = error.retry_after_seconds
        return Overloaded(f"is not available: {summary}", status=503, retry_after_seconds=pause)

    def _own_headers(self, method: Method) -> Mapping[str, str]:
        return {} if method == "GET" else NO_PAGE


def _summary(body: bytes) -> str:
    try:
        document = json.loads(body)
        return str(document["status"]["overall"]["summary"])[:300]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
