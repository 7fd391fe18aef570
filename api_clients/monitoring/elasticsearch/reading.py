"""Elasticsearch's documents become values: searches, documents, bulk. Extra fields are left alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from api_clients.monitoring.elasticsearch.values import (
    BulkRow,
    Document,
    Hit,
    RowResult,
    SearchResult,
    Written,
)


def search_result(document: Mapping[str, Any]) -> SearchResult:
    hits = document["hits"]
    total, is_exact = _total(hits.get("total"))
    return SearchResult(
        hits=tuple(_hit(item) for item in hits["hits"]),
        total=total,
        is_total_exact=is_exact,
        took_seconds=int(document["took"]) / 1000,
        timed_out=bool(document["timed_out"]),
        failed_shards=int(document["_shards"]["failed"]),
        aggregations=dict(document.get("aggregations") or {}),
        pit_id=str(document.get("pit_id") or ""),
    )


def count(document: Mapping[str, Any]) -> int:
    return int(document["count"])


def pit(document: Mapping[str, Any]) -> str:
    return str(document["id"])


def document(answer: Mapping[str, Any]) -> Document:
    return Document(
        str(answer["_index"]), str(answer["_id"]), int(answer["_version"]), _object(answer.get("_source") or {})
    )


def written(answer: Mapping[str, Any]) -> Written:
    return Written(str(answer["_index"]), str(answer["_id"]), int(answer["_version"]), str(answer["result"]))


def bulk(answer: Mapping[str, Any]) -> tuple[float, tuple[BulkRow, ...]]:
    """Return the seconds it took and a row for each item, numbered from 0 within this answer."""
    rows = tuple(_row(position, *one) for position, item in enumerate(answer["items"]) for one in item.items())
    return int(answer["took"]) / 1000, rows


def _total(total: Any) -> tuple[int | None, bool]:
    if total is None:
        return None, False
    if isinstance(total, Mapping):
        return int(total["value"]), total["relation"] == "eq"
    return int(total), True


def _hit(item: Mapping[str, Any]) -> Hit:
    score = item.get("_score")
    return Hit(
        index=str(item["_index"]),
        id=str(item["_id"]),
        source=_object(item.get("_source") or {}),
        score=None if score is None else float(score),
        sort=tuple(item.get("sort") or ()),
    )


def _row(position: int, action: str, item: Mapping[str, Any]) -> BulkRow:
    error = item.get("error")
    if error is None:
        result = item.get("result", "created" if action == "create" else "updated")
        if result not in ("created", "updated", "noop"):
            raise ValueError("no result of a row")
        return BulkRow(position, str(item["_id"]), cast("RowResult", result), int(item["status"]))
    return BulkRow(
        position,
        str(item.get("_id") or ""),
        "failed",
        int(item["status"]),
        str(error["type"]),
        _reason(error),
    )


def _reason(error: Mapping[str, Any]) -> str:
    """The deepest cause says most: "failed to parse field [x]" means little without it."""
    reason = str(error.get("reason") or "")
    cause = error.get("caused_by")
    deeper = _reason(cause) if isinstance(cause, Mapping) else ""
    return f"{reason}: {deeper}" if deeper and deeper not in reason else reason


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError("a source is an object")
    return dict(value)
