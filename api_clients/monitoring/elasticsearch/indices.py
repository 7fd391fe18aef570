"""Indices and what they are made by: mappings, templates, lifecycles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api_clients.domain.operation import operation
from api_clients.domain.values import url_path
from api_clients.infrastructure.http import as_json
from api_clients.monitoring.elasticsearch import reading_cluster as reading
from api_clients.monitoring.elasticsearch.base import ElasticsearchBase
from api_clients.monitoring.elasticsearch.naming import below
from api_clients.monitoring.elasticsearch.values import (
    Acknowledged,
    CreatedIndex,
    IndexMapping,
    IndexRow,
    IndexTemplate,
    LifecyclePolicy,
    LifecycleState,
)

JSON = {"Accept": "application/json"}  # _cat writes a table for people where nothing else is asked for
PROPERTIES = {"host": {"type": "keyword"}, "bytes": {"type": "long"}}


class Indices(ElasticsearchBase):
    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def cat_indices(self, index: str = "") -> tuple[IndexRow, ...]:
        """List indices with their health, documents and sizes; `index` may be a pattern."""
        path = url_path("/_cat/indices/{index}", index=index) if index else "/_cat/indices"
        return self._get(path, params={"bytes": "b"}, headers=JSON, read=as_json(reading.index_rows))

    @operation(idempotent=False, role="operator", example={"index": "new-logs", "mappings": {"properties": PROPERTIES}})
    def create_index(
        self,
        index: str,
        *,
        mappings: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        aliases: Mapping[str, Any] | None = None,
    ) -> CreatedIndex:
        """Create an index. Raises Rejected (400) where it is there already."""
        body = _without_none(mappings=mappings, settings=settings, aliases=aliases)
        path = url_path("/{index}", index=self._one(index))
        return self._send("PUT", path, json=body or None, read=as_json(reading.created_index))

    @operation(idempotent=False, role="admin", example={"index": "scratch"})
    def delete_index(self, index: str) -> Acknowledged:
        """Delete one index with all its documents; a pattern is refused."""
        path = url_path("/{index}", index=self._one(index))
        return self._send("DELETE", path, read=as_json(reading.acknowledged))

    @operation(idempotent=True, role="operator")
    def refresh(self, index: str) -> None:
        """Let searches find what was written until now."""
        self._send("POST", below(index, "_refresh"), read=as_json(_shards))

    @operation(idempotent=True, role="viewer", cache_seconds=30.0, example={"index": "network-logs"})
    def mappings(self, index: str = "") -> tuple[IndexMapping, ...]:
        """Tell the fields of indices and their types."""
        return self._get(below(index, "_mapping"), read=as_json(reading.mappings))

    @operation(idempotent=True, role="operator", example={"properties": {"vlan": {"type": "integer"}}})
    def put_mapping(self, index: str, properties: Mapping[str, Any]) -> Acknowledged:
        """Add fields to an index. Raises Rejected (400) where one is there with another type."""
        path = url_path("/{index}/_mapping", index=self._one(index))
        return self._send("PUT", path, json={"properties": dict(properties)}, read=as_json(reading.acknowledged))

    @operation(idempotent=True, role="viewer", cache_seconds=30.0)
    def index_templates(self, name: str = "") -> tuple[IndexTemplate, ...]:
        """List index templates; `name` may be a pattern. Raises Rejected (404) where a name is not there."""
        path = url_path("/_index_template/{name}", name=name) if name else "/_index_template"
        return self._get(path, read=as_json(reading.index_templates))

    @operation(
        idempotent=True,
        role="operator",
        example={"name": "routers", "index_patterns": ["routers-*"], "mappings": {"properties": PROPERTIES}},
    )
    def put_index_template(
        self,
        name: str,
        index_patterns: Sequence[str],
        *,
        mappings: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        aliases: Mapping[str, Any] | None = None,
        composed_of: Sequence[str] = (),
        priority: int | None = None,
        is_data_stream: bool = False,
    ) -> Acknowledged:
        """Write an index template, in the place of the one with the same name."""
        template = _without_none(mappings=mappings, settings=settings, aliases=aliases)
        body: dict[str, Any] = {"index_patterns": list(index_patterns), "template": template}
        body |= {"composed_of": list(composed_of)} if composed_of else {}
        body |= {"priority": priority} if priority is not None else {}
        body |= {"data_stream": {}} if is_data_stream else {}
        path = url_path("/_index_template/{name}", name=self._named(name, "index template"))
        return self._send("PUT", path, json=body, read=as_json(reading.acknowledged))

    @operation(idempotent=False, role="admin", example={"name": "scratch"})
    def delete_index_template(self, name: str) -> Acknowledged:
        """Delete one index template; the indices made by it stay."""
        path = url_path("/_index_template/{name}", name=self._named(name, "index template"))
        return self._send("DELETE", path, read=as_json(reading.acknowledged))

    @operation(idempotent=True, role="viewer", cache_seconds=30.0)
    def ilm_policies(self, name: str = "") -> tuple[LifecyclePolicy, ...]:
        """List the ILM policies, with their phases and the indices that they rule."""
        path = url_path("/_ilm/policy/{name}", name=name) if name else "/_ilm/policy"
        return self._get(path, read=as_json(reading.lifecycle_policies))

    @operation(
        idempotent=True,
        role="admin",
        example={
            "name": "logs-90d",
            "phases": {"hot": {"actions": {}}, "delete": {"min_age": "90d", "actions": {"delete": {}}}},
        },
    )
    def put_ilm_policy(self, name: str, phases: Mapping[str, Any]) -> Acknowledged:
        """Write an ILM policy; a phase `delete` deletes indices, so this is for admins."""
        path = url_path("/_ilm/policy/{name}", name=self._named(name, "policy"))
        return self._send("PUT", path, json={"policy": {"phases": dict(phases)}}, read=as_json(reading.acknowledged))

    @operation(idempotent=False, role="admin", example={"name": "scratch"})
    def delete_ilm_policy(self, name: str) -> Acknowledged:
        """Delete one ILM policy. Raises Rejected (400) where an index has it."""
        path = url_path("/_ilm/policy/{name}", name=self._named(name, "policy"))
        return self._send("DELETE", path, read=as_json(reading.acknowledged))

    @operation(idempotent=True, role="viewer", cache_seconds=10.0)
    def ilm_explain(self, index: str) -> tuple[LifecycleState, ...]:
        """Tell where indices are in their life, and why one does not go on; `index` may be a pattern."""
        return self._get(below(index, "_ilm/explain"), read=as_json(reading.lifecycle_states))

    @operation(idempotent=True, role="viewer", cache_seconds=10.0)
    def ilm_status(self) -> str:
        """Tell whether lifecycles go on at all: RUNNING, STOPPING or STOPPED."""
        return self._get("/_ilm/status", read=as_json(reading.operation_mode))


def _without_none(**parts: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: dict(part) for name, part in parts.items() if part is not None}


def _shards(document: Mapping[str, Any]) -> None:
    int(document["_shards"]["total"])
