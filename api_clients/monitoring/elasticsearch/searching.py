"""Searching: the query DSL and aggregations, counts, and all hits page by page over a point in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from api_clients.domain.errors import InvalidRequest, ServiceError
from api_clients.domain.operation import operation
from api_clients.infrastructure.http import as_json
from api_clients.monitoring.elasticsearch import reading
from api_clients.monitoring.elasticsearch.base import ElasticsearchBase
from api_clients.monitoring.elasticsearch.naming import below
from api_clients.monitoring.elasticsearch.values import AllHits, Hit, SearchResult

log = structlog.get_logger(__name__)

WINDOW = 10_000  # index.max_result_window, past which Elasticsearch refuses from + size
MOST_HITS = 100_000  # which one answer may hold
MOST_SECONDS = 3600  # a point in time keeps what was deleted meanwhile on the disks
SHARD_ORDER = {"_shard_doc": {"order": "asc"}}  # the cheapest order, and one that has no ties
ORDERS = ("asc", "desc")
Sort = Sequence[str | Mapping[str, Any]]


class Searching(ElasticsearchBase):
    @operation(
        idempotent=True,
        role="viewer",
        example={
            "index": "network-logs",
            "query": {"range": {"bytes": {"gte": 1000}}},
            "aggregations": {"hosts": {"terms": {"field": "host"}}},
            "sort": ["@timestamp:desc"],
        },
    )
    def search(
        self,
        index: str = "",
        query: Mapping[str, Any] | None = None,
        *,
        aggregations: Mapping[str, Any] | None = None,
        sort: Sort = (),
        size: int = 10,
        offset: int = 0,
        fields: Sequence[str] = (),
        search_after: Sequence[Any] = (),
        count_all: bool = True,
    ) -> SearchResult:
        """Search one page with the query DSL, and aggregate.

        `index` may be several ("a,b", "logs-*"), and is all where it is empty. `sort` has "field", "field:desc" or what
        the DSL has. `fields` are those of the source to return, all where none is named. `search_after` is the `sort`
        of the last hit of the page before.
        """
        if size < 0 or offset < 0 or offset + size > WINDOW:
            raise InvalidRequest(f"offset + size should be 0 to {WINDOW}; search_all pages past that")
        body = _body(query, aggregations, self._sort(sort), size, fields)
        body["track_total_hits"] = count_all
        if search_after:
            body["search_after"] = list(search_after)
        elif offset:
            body["from"] = offset
        return self._send("POST", below(index, "_search"), json=body, read=as_json(reading.search_result))

    @operation(idempotent=True, role="viewer", example={"index": "network-logs", "page_size": 10})
    def search_all(
        self,
        index: str,
        query: Mapping[str, Any] | None = None,
        *,
        sort: Sort = (),
        fields: Sequence[str] = (),
        limit: int = 10_000,
        page_size: int = 1000,
        keep_alive_seconds: int = 60,
    ) -> AllHits:
        """Return all hits up to `limit`, as they were when the search began, page by page within one deadline.

        The pages go over a point in time with search_after, so documents that come meanwhile move nothing. Without
        `sort` they come in no particular order, which is the fastest.
        """
        if not 1 <= limit <= MOST_HITS or not 1 <= page_size <= WINDOW or not 1 <= keep_alive_seconds <= MOST_SECONDS:
            raise InvalidRequest(
                f"limit should be 1 to {MOST_HITS}, page_size 1 to {WINDOW}, keep_alive_seconds 1 to {MOST_SECONDS}"
            )
        if not index:
            raise InvalidRequest("name an index; a point in time is of some")
        order = [*self._sort(sort), SHARD_ORDER]
        keep_alive = f"{keep_alive_seconds}s"
        at = [self._open(index, keep_alive)]
        try:
            return self._pages(at, keep_alive, _body(query, None, order, page_size, fields), limit)
        finally:
            self._close(at[-1])

    @operation(idempotent=True, role="viewer", cache_seconds=2.0, example={"index": "network-logs"})
    def count(self, index: str = "", query: Mapping[str, Any] | None = None) -> int:
        """Count the documents that match, or all of them."""
        body = {"query": dict(query)} if query else None
        return self._send("POST", below(index, "_count"), json=body, read=as_json(reading.count))

    def _open(self, index: str, keep_alive: str) -> str:
        params = {"keep_alive": keep_alive}
        return self._send("POST", below(index, "_pit"), params=params, read=as_json(reading.pit))

    def _pages(self, at: list[str], keep_alive: str, body: dict[str, Any], limit: int) -> AllHits:
        """`at` grows with each id that the point in time gets, the last of which closes it."""
        found: list[Hit] = []
        total, failed = None, False
        while True:
            size = min(body["size"], limit - len(found))
            asked = {**body, "size": size, "pit": {"id": at[-1], "keep_alive": keep_alive}}
            asked["track_total_hits"] = total is None
            page = self._send("POST", "/_search", json=asked, read=as_json(reading.search_result))
            at.append(page.pit_id or at[-1])
            found.extend(page.hits)
            total = page.total if total is None else total
            failed = failed or page.timed_out or page.failed_shards > 0
            if len(page.hits) < size or len(found) >= limit:
                break
            body = {**body, "search_after": list(page.hits[-1].sort)}
        is_all = total is not None and len(found) >= total
        return AllHits(tuple(found), total, is_all and not failed)

    def _close(self, pit: str) -> None:
        """What is not closed ends by itself after its keep_alive; an answer is not lost over it."""
        try:
            self._send("DELETE", "/_pit", json={"id": pit}, read=lambda response: None)
        except ServiceError as error:
            log.info("point_in_time_left_open", target=self.target, reason=error.reason)

    def _sort(self, sort: Sort) -> list[dict[str, Any]]:
        return [self._order(item) if isinstance(item, str) else dict(item) for item in sort]

    def _order(self, text: str) -> dict[str, Any]:
        field, separator, order = text.rpartition(":")
        field, order = (field, order) if separator else (text, "asc")
        if not field or order not in ORDERS:
            raise InvalidRequest(f"sort {text!r} should be field, field:asc or field:desc")
        return {field: {"order": order}}


def _body(
    query: Mapping[str, Any] | None,
    aggregations: Mapping[str, Any] | None,
    sort: list[dict[str, Any]],
    size: int,
    fields: Sequence[str],
) -> dict[str, Any]:
    body: dict[str, Any] = {"query": dict(query) if query else {"match_all": {}}, "size": size}
    if aggregations:
        body["aggregations"] = dict(aggregations)
    if sort:
        body["sort"] = sort
    if fields:
        body["_source"] = {"includes": list(fields)}
    return body
