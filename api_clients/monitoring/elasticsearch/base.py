"""What all operations of Elasticsearch share: clear words for what cannot be sent, and for what was refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from api_clients.domain.errors import InvalidRequest, ServiceError
from api_clients.infrastructure.http import HttpClient
from api_clients.monitoring.elasticsearch.naming import problem_of


class ElasticsearchBase(HttpClient):
    def refused(self, error: ServiceError, body: bytes) -> ServiceError:
        """Name the root cause: "all shards failed" alone says nothing."""
        cause = _root_cause(body)
        if cause:
            error.reason = f"answered {error.status}: {cause}"
            error.args = (error.reason,)
        return error

    def _one(self, index: str) -> str:
        """Return the name of one index. Raises InvalidRequest at a pattern, or at what cannot be a name."""
        problem = problem_of(index)
        if problem:
            raise InvalidRequest(problem)
        return index

    def _named(self, name: str, what: str) -> str:
        """Return the name of one template or policy. Raises InvalidRequest at a pattern."""
        if not name or set("*,?") & set(name) or name.startswith("_"):
            raise InvalidRequest(f"{name!r} is not the name of one {what}")
        return name


def _root_cause(body: bytes) -> str:
    try:
        document: Any = json.loads(body)
        if document.get("found") is False or document.get("result") == "not_found":
            return f"no document {document['_id']} in {document['_index']}"
        error = document["error"]
        cause: Mapping[str, Any] = (error.get("root_cause") or [error])[0]
        return f"{cause['type']}: {cause['reason']}" if cause["reason"] else str(cause["type"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""
