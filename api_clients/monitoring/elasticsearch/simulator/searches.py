"""Searches of the simulated Elasticsearch: one page, over a point in time or over what there is now."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cmp_to_key
from typing import Any

from api_clients.monitoring.elasticsearch.simulator.errors import Refusal
from api_clients.monitoring.elasticsearch.simulator.query import Row, aggregate, matches, value_of
from api_clients.monitoring.elasticsearch.simulator.state import State
from api_clients.simulation import Received

SHARDS = {"total": 1, "successful": 1, "skipped": 0, "failed": 0}
WINDOW = 10_000
Sorted = tuple[list[Any], Row]


def count(state: State, received: Received, index: str = "") -> dict[str, Any]:
    query = (received.json() if received.body else {}).get("query", {"match_all": {}})
    return {"count": sum(matches(query, row) for row in state.rows(index)), "_shards": SHARDS}


def search(state: State, received: Received, index: str = "") -> dict[str, Any]:
    body = received.json() if received.body else {}
    start, size = body.get("from", 0), body.get("size", 10)
    if start + size > WINDOW:
        said = f"Result window is too large, from + size must be less than or equal to: [{WINDOW}]"
        raise Refusal(400, "illegal_argument_exception", said)
    rows = [row for row in _rows(state, body, index) if matches(body.get("query", {"match_all": {}}), row)]
    orders = [_order(item) for item in body.get("sort", [])]
    page = _after(_sorted(rows, orders), body.get("search_after"), orders)[start : start + size]
    hits: dict[str, Any] = {"max_score": None if orders else 1.0, "hits": [_hit(item, orders, body) for item in page]}
    if body.get("track_total_hits", True):
        hits["total"] = {"value": len(rows), "relation": "eq"}
    found: dict[str, Any] = {"took": 3, "timed_out": False, "_shards": SHARDS, "hits": hits}
    if "pit" in body:
        found["pit_id"] = body["pit"]["id"]
    wanted = body.get("aggregations") or body.get("aggs")
    return {**found, "aggregations": aggregate(wanted, rows)} if wanted else found


def _rows(state: State, body: Mapping[str, Any], index: str) -> list[Row]:
    if "pit" not in body:
        return list(state.rows(index))
    if body["pit"]["id"] not in state.points:
        raise Refusal(404, "search_context_missing_exception", f"No search context found for id [{body['pit']['id']}]")
    return state.points[body["pit"]["id"]]


def _order(item: Any) -> tuple[str, bool]:
    if isinstance(item, str):
        return item, False
    ((field, said),) = item.items()
    return field, (said if isinstance(said, str) else said.get("order", "asc")) == "desc"


def _sorted(rows: list[Row], orders: list[tuple[str, bool]]) -> list[Sorted]:
    keyed: list[Sorted] = [
        ([place if field == "_shard_doc" else value_of(row[2], field) for field, _ in orders], row)
        for place, row in enumerate(rows)
    ]

    def compare(one: Sorted, other: Sorted) -> int:
        return _compare(one[0], other[0], orders)

    return sorted(keyed, key=cmp_to_key(compare))


def _after(rows: list[Sorted], after: list[Any] | None, orders: list[tuple[str, bool]]) -> list[Sorted]:
    if after is None:
        return rows
    if len(after) != len(orders):
        said = f"search_after has {len(after)} value(s) but sort has {len(orders)}."
        raise Refusal(400, "illegal_argument_exception", said)
    return [row for row in rows if _compare(row[0], after, orders) > 0]


def _compare(one: list[Any], other: list[Any], orders: list[tuple[str, bool]]) -> int:
    for mine, theirs, (_, descending) in zip(one, other, orders, strict=True):
        if mine == theirs:
            continue
        if mine is None or theirs is None:
            return 1 if mine is None else -1  # what lacks the field comes last, in both orders
        return (1 if mine > theirs else -1) * (-1 if descending else 1)
    return 0


def _hit(item: Sorted, orders: list[tuple[str, bool]], body: Mapping[str, Any]) -> dict[str, Any]:
    keys, (index, name, source) = item
    shown = body.get("_source", {}).get("includes")
    kept = {key: value for key, value in source.items() if shown is None or key in shown}
    hit = {"_index": index, "_id": name, "_score": None if orders else 1.0, "_source": kept}
    return {**hit, "sort": keys} if orders else hit
