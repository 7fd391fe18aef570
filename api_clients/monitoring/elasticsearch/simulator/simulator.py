"""Routes of the simulated Elasticsearch, and what changes its state."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import unquote

from api_clients.monitoring.elasticsearch.simulator import answers
from api_clients.monitoring.elasticsearch.simulator.errors import Refusal, no_document, no_index
from api_clients.monitoring.elasticsearch.simulator.searches import SHARDS, count, search
from api_clients.monitoring.elasticsearch.simulator.state import Index, State, plausible_state
from api_clients.simulation import Answer, HttpSimulator, Received, json_answer

Route = Callable[..., Any]
ACKNOWLEDGED = {"acknowledged": True}
PRODUCT = {"X-elastic-product": "Elasticsearch"}
LOGINS = 'Basic realm="security", charset="UTF-8", ApiKey'
SECURITY = Refusal(401, "security_exception", "missing authentication credentials for REST request")


class ElasticsearchSimulator(HttpSimulator):
    def __init__(self, state: State | None = None, *, authorization: str = "") -> None:
        """`authorization` is the header that is admitted, any where it is empty."""
        super().__init__()
        self.state = plausible_state() if state is None else state
        self.authorization = authorization

    def admits(self, received: Received) -> bool:
        return not self.authorization or received.headers.get("authorization") == self.authorization

    def respond(self, received: Received) -> Answer:
        if not self.admits(received):
            refused = json_answer(SECURITY.document(), status=SECURITY.status)
            return replace(refused, headers={**refused.headers, **PRODUCT, "WWW-Authenticate": LOGINS})
        answer = self.answer(received)
        return replace(answer, headers={**answer.headers, **PRODUCT})

    def answer(self, received: Received) -> Answer:
        for method, pattern, route in ROUTES:
            match = pattern.fullmatch(received.path)
            if match and method == received.method:
                names = {name: unquote(value or "") for name, value in match.groupdict().items()}
                return self._answered(route, received, names)
        reason = f"no handler found for uri [{received.path}] and method [{received.method}]"
        return json_answer(Refusal(400, "illegal_argument_exception", reason).document(), status=400)

    def _answered(self, route: Route, received: Received, names: Mapping[str, str]) -> Answer:
        """What is created is told with 200, as the description has it; a server says 201."""
        try:
            return json_answer(route(self.state, received, **names))
        except Refusal as refusal:
            return json_answer(refusal.document(), status=refusal.status)


def _body(received: Received) -> dict[str, Any]:
    return dict(received.json()) if received.body else {}


def _open_point(state: State, received: Received, index: str) -> dict[str, Any]:
    name = f"pit-{state.number()}"
    state.points[name] = list(state.rows(index))
    return {"id": name, "_shards": SHARDS}


def _close_point(state: State, received: Received) -> dict[str, Any]:
    found = state.points.pop(_body(received)["id"], None)
    return {"succeeded": found is not None, "num_freed": int(found is not None)}


def _write(state: State, received: Received, index: str, id: str = "") -> dict[str, Any]:
    name = id or f"made-{state.number()}"
    kept = state.indices.setdefault(index, Index())
    return _written(index, name, kept, kept.write(name, _body(received)))


def _get_document(state: State, received: Received, index: str, id: str) -> dict[str, Any]:
    kept = state.indices.get(index)
    if kept is None:
        raise no_index(index)
    if id not in kept.documents:
        raise no_document(index, id, {"found": False})
    found = {"_index": index, "_id": id, "_version": kept.versions[id], "_seq_no": 1, "_primary_term": 1}
    return {**found, "found": True, "_source": kept.documents[id]}


def _delete_document(state: State, received: Received, index: str, id: str) -> dict[str, Any]:
    kept = state.indices.get(index)
    if kept is None:
        raise no_index(index)
    if id not in kept.documents:
        raise no_document(index, id, {"_version": 1, "result": "not_found", "_shards": SHARDS})
    del kept.documents[id]
    return _written(index, id, kept, "deleted")


def _written(index: str, name: str, kept: Index, result: str) -> dict[str, Any]:
    version = kept.versions.get(name, 1)
    return {"_index": index, "_id": name, "_version": version, "result": result, "_shards": SHARDS, "_seq_no": 1}


def _bulk(state: State, received: Received, index: str) -> dict[str, Any]:
    if not received.headers.get("content-type", "").startswith("application/x-ndjson"):
        raise Refusal(406, "media_type_header_exception", "Content-Type header is not supported")
    if not received.body.endswith(b"\n"):
        raise Refusal(400, "illegal_argument_exception", "The bulk request must be terminated by a newline [\\n]")
    lines = [json.loads(line) for line in received.body.splitlines()]
    items = [_bulk_item(state, index, head, source) for head, source in zip(lines[::2], lines[1::2], strict=True)]
    return {"took": 5, "errors": any("error" in next(iter(item.values())) for item in items), "items": items}


def _bulk_item(state: State, index: str, head: Mapping[str, Any], source: Mapping[str, Any]) -> dict[str, Any]:
    ((action, said),) = head.items()
    name = said.get("_id") or f"made-{state.number()}"
    kept = state.indices.setdefault(index, Index())
    try:
        result = kept.create(name, source) if action == "create" else kept.write(name, source)
    except Refusal as refusal:
        return {action: {"_index": index, "_id": name, "status": refusal.status, "error": refusal.cause}}
    return {action: {**_written(index, name, kept, result), "status": 201 if result == "created" else 200}}


def _create(state: State, received: Received, index: str) -> dict[str, Any]:
    if index in state.indices:
        raise Refusal(400, "resource_already_exists_exception", f"index [{index}/uuid-of-{index}] already exists")
    body = _body(received)
    properties = dict(body.get("mappings", {}).get("properties", {}))
    state.indices[index] = Index(properties, body.get("settings", {}), body.get("aliases", {}))
    return {**ACKNOWLEDGED, "shards_acknowledged": True, "index": index}


def _delete(state: State, received: Received, index: str) -> dict[str, Any]:
    if state.indices.pop(index, None) is None:
        raise no_index(index)
    return ACKNOWLEDGED


def _put_mapping(state: State, received: Received, index: str) -> dict[str, Any]:
    kept = state.chosen(index)[index]
    for name, item in _body(received)["properties"].items():
        known = kept.properties.get(name, item)
        if known.get("type") != item.get("type"):
            said = f"mapper [{name}] cannot be changed from type [{known.get('type')}] to [{item.get('type')}]"
            raise Refusal(400, "illegal_argument_exception", said)
        kept.properties[name] = item
    return ACKNOWLEDGED


def _mappings(state: State, received: Received, index: str = "") -> dict[str, Any]:
    return {name: {"mappings": {"properties": kept.properties}} for name, kept in state.chosen(index).items()}


def _templates(state: State, received: Received, name: str = "") -> dict[str, Any]:
    if name and name not in state.templates:
        raise Refusal(404, "resource_not_found_exception", f"index template matching [{name}] not found")
    shown = {key: item for key, item in state.templates.items() if name in ("", key)}
    return {"index_templates": [{"name": key, "index_template": item} for key, item in shown.items()]}


def _put_template(state: State, received: Received, name: str) -> dict[str, Any]:
    state.templates[name] = {"composed_of": [], **_body(received)}
    return ACKNOWLEDGED


def _delete_template(state: State, received: Received, name: str) -> dict[str, Any]:
    if state.templates.pop(name, None) is None:
        raise Refusal(404, "index_template_missing_exception", f"index_template [{name}] missing")
    return ACKNOWLEDGED


def _put_policy(state: State, received: Received, name: str) -> dict[str, Any]:
    state.policies[name] = _body(received)["policy"]
    return ACKNOWLEDGED


def _delete_policy(state: State, received: Received, name: str) -> dict[str, Any]:
    used = [index for index, kept in state.indices.items() if kept.policy == name]
    if used:
        said = f"Cannot delete policy [{name}]. It is in use by one or more indices: {used}"
        raise Refusal(400, "illegal_argument_exception", said)
    if state.policies.pop(name, None) is None:
        raise Refusal(404, "resource_not_found_exception", f"Lifecycle policy not found: {name}")
    return ACKNOWLEDGED


def _refresh(state: State, received: Received, index: str) -> dict[str, Any]:
    state.chosen(index)
    return {"_shards": SHARDS}


def _told(tell: Callable[..., Any], *names: str) -> Route:
    """A route that only tells of the state."""
    return lambda state, received, **found: tell(state, *(found.get(name, "") for name in names))


def _table(*routes: tuple[str, str, Route]) -> tuple[tuple[str, re.Pattern[str], Route], ...]:
    """`{index}` stands for a name of an index or a pattern, which does not begin with an underscore."""
    places = {"index": "[^/_][^/]*|_all", "id": "[^/]+", "name": "[^/]+", "node": "[^/]+", "metrics": "[^/]+"}
    made = []
    for method, path, route in routes:
        pattern = re.sub(r"\{(\w+)\}", lambda match: f"(?P<{match.group(1)}>{places[match.group(1)]})", path)
        made.append((method, re.compile(pattern), route))
    return tuple(made)


ROUTES = _table(
    ("GET", "/", lambda state, received: answers.INFO),
    ("GET", "/_cluster/health", _told(answers.cluster_health)),
    ("GET", "/_health_report", _told(answers.health_report)),
    ("GET", "/_nodes/stats/{metrics}", _told(answers.nodes_stats)),
    ("GET", "/_nodes/{node}/stats/{metrics}", _told(answers.nodes_stats)),
    ("GET", "/_cat/indices", _told(partial(answers.cat_indices, pattern=""))),
    ("GET", "/_cat/indices/{index}", _told(answers.cat_indices, "index")),
    ("POST", "/_search", search),
    ("POST", "/{index}/_search", search),
    ("POST", "/_count", count),
    ("POST", "/{index}/_count", count),
    ("POST", "/{index}/_pit", _open_point),
    ("DELETE", "/_pit", _close_point),
    ("GET", "/{index}/_doc/{id}", _get_document),
    ("PUT", "/{index}/_doc/{id}", _write),
    ("POST", "/{index}/_doc", _write),
    ("DELETE", "/{index}/_doc/{id}", _delete_document),
    ("POST", "/{index}/_bulk", _bulk),
    ("POST", "/{index}/_refresh", _refresh),
    ("PUT", "/{index}", _create),
    ("DELETE", "/{index}", _delete),
    ("GET", "/_mapping", _mappings),
    ("GET", "/{index}/_mapping", _mappings),
    ("PUT", "/{index}/_mapping", _put_mapping),
    ("GET", "/_index_template", _templates),
    ("GET", "/_index_template/{name}", _templates),
    ("PUT", "/_index_template/{name}", _put_template),
    ("DELETE", "/_index_template/{name}", _delete_template),
    ("GET", "/_ilm/policy", _told(partial(answers.lifecycle_policies, name=""))),
    ("GET", "/_ilm/policy/{name}", _told(answers.lifecycle_policies, "name")),
    ("PUT", "/_ilm/policy/{name}", _put_policy),
    ("DELETE", "/_ilm/policy/{name}", _delete_policy),
    ("GET", "/{index}/_ilm/explain", _told(answers.lifecycle_states, "index")),
    ("GET", "/_ilm/status", lambda state, received: {"operation_mode": "RUNNING"}),
)


def make_simulator() -> ElasticsearchSimulator:
    return ElasticsearchSimulator()
