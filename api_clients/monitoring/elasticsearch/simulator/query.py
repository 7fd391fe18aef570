"""The part of the query DSL and of aggregations that the simulator understands; it refuses the rest, as a server does
what it does not know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from api_clients.monitoring.elasticsearch.simulator.errors import Refusal

Document = Mapping[str, Any]
Row = tuple[str, str, Document]  # index, id, source
BOUNDS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}
METRICS: dict[str, Callable[[list[Any]], float | int | None]] = {
    "avg": lambda values: sum(values) / len(values) if values else None,
    "cardinality": lambda values: len(set(values)),
    "max": lambda values: max(values, default=None),
    "min": lambda values: min(values, default=None),
    "sum": sum,
    "value_count": len,
}


def value_of(source: Document, field: str) -> Any:
    """Return a field, which may be named by dots through objects."""
    if field in source:
        return source[field]
    head, _, rest = field.partition(".")
    inner = source.get(head)
    return value_of(inner, rest) if rest and isinstance(inner, Mapping) else None


def matches(query: Mapping[str, Any], row: Row) -> bool:
    (kind, said) = _one(query)
    if kind not in QUERIES:
        raise Refusal(400, "parsing_exception", f"unknown query [{kind}]")
    return QUERIES[kind](said, row)


def aggregate(aggregations: Mapping[str, Any], rows: Sequence[Row]) -> dict[str, Any]:
    return {name: _aggregation(wanted, rows) for name, wanted in aggregations.items()}


def _aggregation(wanted: Mapping[str, Any], rows: Sequence[Row]) -> dict[str, Any]:
    below = wanted.get("aggs") or wanted.get("aggregations") or {}
    kind, said = _one({name: value for name, value in wanted.items() if name not in ("aggs", "aggregations")})
    values = [value for _, _, source in rows if (value := value_of(source, said.get("field", ""))) is not None]
    if kind in METRICS:
        return {"value": METRICS[kind](values)}
    if kind != "terms":
        raise Refusal(400, "parsing_exception", f"Unknown aggregation type [{kind}]")
    counted = sorted(Counter(values).items(), key=lambda item: (-item[1], str(item[0])))
    shown = counted[: said.get("size", 10)]
    return {
        "doc_count_error_upper_bound": 0,
        "sum_other_doc_count": sum(count for _, count in counted[len(shown) :]),
        "buckets": [
            {
                "key": key,
                "doc_count": count,
                **aggregate(below, [row for row in rows if value_of(row[2], said["field"]) == key]),
            }
            for key, count in shown
        ],
    }


def _one(mapping: Mapping[str, Any]) -> tuple[str, Any]:
    if len(mapping) != 1:
        raise Refusal(400, "parsing_exception", "[bool] query malformed, no start_object after query name")
    return next(iter(mapping.items()))


def _field(said: Mapping[str, Any], row: Row, key: str) -> tuple[Any, Any]:
    field, wanted = _one({name: value for name, value in said.items() if name != "boost"})
    return value_of(row[2], field), wanted.get(key) if isinstance(wanted, Mapping) else wanted


def _term(said: Mapping[str, Any], row: Row) -> bool:
    value, wanted = _field(said, row, "value")
    return bool(value == wanted or (isinstance(value, list) and wanted in value))


def _terms(said: Mapping[str, Any], row: Row) -> bool:
    value, wanted = _field(said, row, "")
    return value in wanted


def _match(said: Mapping[str, Any], row: Row) -> bool:
    value, wanted = _field(said, row, "query")
    return bool(set(str(wanted).lower().split()) & set(str(value).lower().split()))


def _range(said: Mapping[str, Any], row: Row) -> bool:
    field, bounds = _one(said)
    value = value_of(row[2], field)
    return value is not None and all(BOUNDS[name](value, bound) for name, bound in bounds.items() if name in BOUNDS)


def _wildcard(said: Mapping[str, Any], row: Row) -> bool:
    value, wanted = _field(said, row, "value")
    return fnmatchcase(str(value), str(wanted))


def _prefix(said: Mapping[str, Any], row: Row) -> bool:
    value, wanted = _field(said, row, "value")
    return str(value).startswith(str(wanted))


def _bool(said: Mapping[str, Any], row: Row) -> bool:
    clauses = {name: [value] if isinstance(value, Mapping) else value for name, value in said.items()}
    if not all(matches(one, row) for name in ("must", "filter") for one in clauses.get(name, ())):
        return False
    if any(matches(one, row) for one in clauses.get("must_not", ())):
        return False
    should = clauses.get("should", ())
    needed = bool(should) and not (clauses.get("must") or clauses.get("filter"))
    return not needed or any(matches(one, row) for one in should)


QUERIES: dict[str, Callable[[Any, Row], bool]] = {
    "match_all": lambda said, row: True,
    "match_none": lambda said, row: False,
    "term": _term,
    "terms": _terms,
    "match": _match,
    "range": _range,
    "exists": lambda said, row: value_of(row[2], said["field"]) is not None,
    "ids": lambda said, row: row[1] in said["values"],
    "prefix": _prefix,
    "wildcard": _wildcard,
    "bool": _bool,
}
