"""Documents: one at a time, and many at once with a row for each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from api_clients.domain.errors import (
    CircuitOpen,
    DeadlineExceeded,
    InvalidRequest,
    Rejected,
    ServiceError,
    Throttled,
    Unauthorized,
)
from api_clients.domain.operation import operation
from api_clients.domain.values import url_path
from api_clients.infrastructure.http import as_json
from api_clients.monitoring.elasticsearch import reading
from api_clients.monitoring.elasticsearch.base import ElasticsearchBase
from api_clients.monitoring.elasticsearch.values import BulkResult, BulkRow, Document, RowResult, Written

Refresh = Literal["false", "true", "wait_for"]
NDJSON = {"Content-Type": "application/x-ndjson"}
REFUSED_AS_A_WHOLE = 429  # too many writes are waiting: none of these was taken
MAX_BYTES, MAX_ROWS = 5 * 1024 * 1024, 2_000  # of one request; Elastic's own advice is 5 to 15 MB


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows that go in one request: where the first stands, and their lines."""

    start: int
    ids: tuple[str, ...]
    body: bytes


class Documents(ElasticsearchBase):
    @operation(idempotent=True, role="viewer")
    def get_document(self, index: str, id: str) -> Document:  # Elasticsearch's own word
        """Return one document. Raises Rejected (404) where there is none."""
        return self._get(url_path("/{index}/_doc/{id}", index=self._one(index), id=id), read=as_json(reading.document))

    @operation(idempotent=False, role="operator", example={"document": {"host": "r1", "bytes": 10}})
    def index_document(
        self,
        index: str,
        document: Mapping[str, Any],
        *,
        id: str = "",
        refresh: Refresh = "false",
    ) -> Written:
        """Write one document, in the place of the one with the same `id`; without one, Elasticsearch makes it."""
        name = self._one(index)
        path = url_path("/{index}/_doc/{id}", index=name, id=id) if id else url_path("/{index}/_doc", index=name)
        return self._send(
            "PUT" if id else "POST",
            path,
            params={"refresh": refresh},
            json=json.loads(self._line(document, 0)),
            read=as_json(reading.written),
        )

    @operation(idempotent=True, role="admin")
    def delete_document(self, index: str, id: str, *, refresh: Refresh = "false") -> Written:
        """Delete one document. Raises Rejected (404) where there is none."""
        path = url_path("/{index}/_doc/{id}", index=self._one(index), id=id)
        return self._send("DELETE", path, params={"refresh": refresh}, read=as_json(reading.written))

    @operation(
        idempotent=False,
        role="operator",
        example={"index": "network-logs", "documents": [{"host": "r1", "bytes": 10}, {"host": "r2", "bytes": 20}]},
    )
    def bulk_index(
        self,
        index: str,
        documents: Sequence[Mapping[str, Any]],
        *,
        id_field: str = "",
        action: Literal["index", "create"] = "index",
        pipeline: str | None = None,
        refresh: Refresh = "false",
    ) -> BulkResult:
        """Write many documents, and tell of each what became of it: what is refused is a row, not an error.

        `id_field` names the field whose value is the document's id; without one Elasticsearch makes them. `action`
        create writes nothing in another's place, and is what a data stream wants. They go in several requests where
        they are many; when one of those fails after another was done, its rows say so (`unknown` where nobody can
        know whether they were written) and those behind it are `not_sent`. A failure of the first is raised.
        """
        parts = list(self._parts(documents, id_field, action))
        params = {"pipeline": pipeline, "refresh": refresh}
        rows: list[BulkRow] = []
        took = 0.0
        for part in parts:
            try:
                seconds, answered = self._write(self._one(index), part, params)
            except ServiceError as error:
                if part.start == 0:
                    raise
                rows += _lost(parts, part, error)
                break
            took += seconds
            rows += answered
        failed = sum(row.result not in ("created", "updated", "noop") for row in rows)
        return BulkResult(len(rows) - failed, failed, took, tuple(rows))

    def _write(self, index: str, part: _Part, params: Mapping[str, str | None]) -> tuple[float, list[BulkRow]]:
        def read(answer: Mapping[str, Any]) -> tuple[float, tuple[BulkRow, ...]]:
            seconds, rows = reading.bulk(answer)
            if len(rows) != len(part.ids):
                raise ValueError("not a row for each document")
            return seconds, rows

        path = url_path("/{index}/_bulk", index=index)
        seconds, rows = self._send("POST", path, params=params, body=part.body, headers=NDJSON, read=as_json(read))
        return seconds, [replace(row, position=part.start + row.position) for row in rows]

    def _parts(self, documents: Sequence[Mapping[str, Any]], id_field: str, action: str) -> Iterator[_Part]:
        """Cut into requests that are not too large. Raises InvalidRequest before anything is sent."""
        start, ids, lines, size = 0, list[str](), list[bytes](), 0
        for position, document in enumerate(documents):
            line, name = self._line(document, position), self._id(document, id_field, position)
            head = json.dumps({action: {"_id": name} if name else {}}).encode()
            grown = len(head) + len(line) + 2
            if grown > MAX_BYTES:
                raise InvalidRequest(f"document {position} is larger than {MAX_BYTES} bytes")
            if ids and (size + grown > MAX_BYTES or len(ids) >= MAX_ROWS):
                yield _Part(start, tuple(ids), b"".join(lines))
                start, ids, lines, size = position, [], [], 0
            ids.append(name)
            lines += [head, b"\n", line, b"\n"]
            size += grown
        if ids:
            yield _Part(start, tuple(ids), b"".join(lines))

    def _line(self, document: Mapping[str, Any], position: int) -> bytes:
        if not isinstance(document, Mapping):
            raise InvalidRequest(f"document {position} is no object")
        try:
            return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
        except (ValueError, TypeError, RecursionError) as error:
            raise InvalidRequest(f"document {position} cannot be written as JSON: {error}") from error

    def _id(self, document: Mapping[str, Any], id_field: str, position: int) -> str:
        if not id_field:
            return ""
        value = document.get(id_field)
        if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
            raise InvalidRequest(f"document {position} has no text or number in {id_field}, which is to be its id")
        return str(value)


def _lost(parts: list[_Part], at: _Part, error: ServiceError) -> Iterator[BulkRow]:
    for part in parts:
        if part.start < at.start:
            continue
        result = _became(error) if part is at else "not_sent"
        for offset, name in enumerate(part.ids):
            yield BulkRow(part.start + offset, name, result, error.status, type(error).__name__, error.reason)


def _became(error: ServiceError) -> RowResult:
    """Say what the rows of a request came to that ended with this error."""
    if isinstance(error, DeadlineExceeded | Throttled | CircuitOpen | InvalidRequest):
        return "not_sent"
    if isinstance(error, Unauthorized | Rejected) or error.status == REFUSED_AS_A_WHOLE:
        return "failed"
    return "unknown"
