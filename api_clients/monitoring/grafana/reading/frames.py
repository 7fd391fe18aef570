"""What a data source answers: data frames, column by column (Grafana, "Data frames", JSON serialisation)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from api_clients.infrastructure.documents import labels, mapping, text
from api_clients.monitoring.grafana.reading.primitives import milliseconds
from api_clients.monitoring.grafana.values import Column, Frame, QueryResult
from api_clients.monitoring.grafana.values.content import Cell

# JSON has no such numbers: their places are told beside the column, which has null there.
ENTITIES = {"NaN": math.nan, "Inf": math.inf, "NegInf": -math.inf}


def query_results(document: Any) -> tuple[QueryResult, ...]:
    """Return the results by refId, in their order."""
    results = mapping(document["results"])
    return tuple(_result(ref_id, mapping(result)) for ref_id, result in sorted(results.items()))


def query_errors(document: Any) -> str:
    """Return what the queries of a refused request failed with, "" where the document does not say."""
    results = document.get("results") if isinstance(document, dict) else None
    if not isinstance(results, dict):
        return ""
    said = [
        f"{ref_id}: {result['error']}"
        for ref_id, result in sorted(results.items())
        if isinstance(result, dict) and isinstance(result.get("error"), str)
    ]
    return "; ".join(said)


def _result(ref_id: str, document: Mapping[str, Any]) -> QueryResult:
    frames = tuple(_frame(mapping(frame)) for frame in document.get("frames") or ())
    return QueryResult(ref_id, text(document, "error"), frames)


def _frame(document: Mapping[str, Any]) -> Frame:
    schema = mapping(document["schema"])
    fields = schema.get("fields") or []
    data = document.get("data") or {}
    columns = data.get("values") or [[] for _ in fields]
    entities = data.get("entities") or [None] * len(columns)
    if len(columns) != len(fields) or len({len(column) for column in columns}) > 1:
        raise ValueError("columns do not fit the schema")
    return Frame(
        text(schema, "name"),
        tuple(_column(*parts) for parts in zip(fields, columns, entities, strict=True)),
    )


def _column(field: Mapping[str, Any], values: list[Any], entities: Mapping[str, list[int]] | None) -> Column:
    cells = list(values)
    for word, places in (entities or {}).items():
        for place in places:
            cells[place] = ENTITIES[word]
    kind = text(field, "type")
    return Column(
        name=text(field, "name"),
        type=kind,
        labels=labels(field.get("labels")),
        values=tuple(_cell(cell, kind) for cell in cells),
    )


def _cell(value: Any, kind: str) -> Cell:
    if value is None or not isinstance(value, str | int | float | bool):
        return None if value is None else str(value)
    return milliseconds(value) if kind == "time" else value
