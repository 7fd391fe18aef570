"""What is special to Elasticsearch: paging over a point in time, rows of a bulk, names, causes, colours."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from api_clients.domain.errors import InvalidRequest, Malformed, Overloaded, Rejected, Unreachable
from api_clients.domain.figures import Figure
from api_clients.infrastructure.clock import ManualClock
from api_clients.infrastructure.reading import ReadingTransport
from api_clients.monitoring.elasticsearch import documents, reading_cluster
from api_clients.monitoring.elasticsearch.client import ElasticsearchClient
from api_clients.monitoring.elasticsearch.simulator import ElasticsearchSimulator, State, make_simulator
from api_clients.monitoring.elasticsearch.simulator.state import Index, plausible_state
from api_clients.monitoring.elasticsearch.values import Document
from api_clients.monitoring.tests.exchanges import Exchanges, exchanges
from api_clients.simulation import Answer, InProcessTransport, Received, garbage, json_answer, status

Asked = Exchanges[ElasticsearchClient]


@pytest.fixture
def elasticsearch() -> Asked:
    return exchanges(ElasticsearchClient, make_simulator())


def state(asked: Asked) -> State:
    assert isinstance(asked.simulator, ElasticsearchSimulator)
    return asked.simulator.state


def paths(asked: Asked) -> list[str]:
    return [f"{received.method} {received.path}" for received, _ in asked.said]


def many(count: int) -> Asked:
    kept = Index()
    for number in range(count):
        kept.write(str(number), {"n": number, "same": "x"})
    return exchanges(ElasticsearchClient, ElasticsearchSimulator(State(indices={"many": kept})))


# --- Searching ---


def test_a_search_filters_sorts_and_aggregates(elasticsearch: Asked) -> None:
    found = elasticsearch.client.search(
        "network-*",
        {"bool": {"filter": [{"term": {"host": "r1"}}, {"range": {"bytes": {"gte": 1000}}}]}},
        aggregations={"severities": {"terms": {"field": "severity"}}},
        sort=["bytes:desc"],
        size=2,
        fields=["bytes"],
    )
    assert [hit.source for hit in found.hits] == [{"bytes": 4400}, {"bytes": 4000}]
    assert (found.total, found.is_total_exact, found.failed_shards) == (9, True, 0)
    assert sum(bucket["doc_count"] for bucket in found.aggregations["severities"]["buckets"]) == 9


def test_pages_follow_each_other_by_search_after(elasticsearch: Asked) -> None:
    first = elasticsearch.client.search("network-logs", sort=["bytes"], size=5)
    second = elasticsearch.client.search("network-logs", sort=["bytes"], size=5, search_after=first.hits[-1].sort)
    assert [hit.source["bytes"] for hit in (*first.hits, *second.hits)] == [100 * number for number in range(10)]


@pytest.mark.parametrize("sort", [[], ["n"], ["n:desc"], ["same"]])
def test_all_hits_come_once_whatever_the_order(sort: list[str]) -> None:
    asked = many(95)
    found = asked.client.search_all("many", sort=sort, page_size=20)
    assert sorted(hit.source["n"] for hit in found.hits) == list(range(95))
    assert (found.total, found.is_complete) == (95, True)
    assert paths(asked) == ["POST /many/_pit", *["POST /_search"] * 5, "DELETE /_pit"]
    assert state(asked).points == {}


def test_what_is_written_meanwhile_moves_nothing() -> None:
    asked = many(50)
    respond = asked.simulator.respond

    def and_write(received: Received) -> Answer:
        answer = respond(received)
        number = state(asked).number()
        state(asked).indices["many"].write(f"new-{number}", {"n": -number, "same": "x"})
        return answer

    asked.simulator.respond = and_write  # type: ignore[method-assign]
    found = asked.client.search_all("many", sort=["n"], page_size=10)
    assert [hit.source["n"] for hit in found.hits] == list(range(50))


@pytest.mark.parametrize(("limit", "pages"), [(1, 1), (20, 1), (21, 2), (95, 5)])
def test_no_more_than_the_limit_is_asked_for(limit: int, pages: int) -> None:
    asked = many(95)
    found = asked.client.search_all("many", limit=limit, page_size=20)
    assert len(found.hits) == limit
    assert found.is_complete == (limit == 95)
    assert paths(asked).count("POST /_search") == pages


def test_a_point_in_time_is_closed_after_a_failure_too() -> None:
    asked = many(5)
    with pytest.raises(Rejected, match=r"parsing_exception: unknown query \[guess\]"):
        asked.client.search_all("many", {"guess": {}})
    assert paths(asked)[-1] == "DELETE /_pit"
    assert state(asked).points == {}


def test_a_point_in_time_that_cannot_be_closed_costs_no_answer() -> None:
    asked = many(5)
    respond = asked.simulator.respond

    def but_close(received: Received) -> Answer:
        return Answer(500) if received.method == "DELETE" else respond(received)

    asked.simulator.respond = but_close  # type: ignore[method-assign]
    assert len(asked.client.search_all("many").hits) == 5


def test_the_newest_id_of_a_point_in_time_is_used() -> None:
    asked = many(15)
    respond = asked.simulator.respond

    def renew(received: Received) -> Answer:
        document = json.loads(respond(received).body)
        if "pit_id" in document:
            name = f"{document['pit_id']}+"
            state(asked).points[name] = state(asked).points.pop(document["pit_id"])
            document["pit_id"] = name
        return json_answer(document)

    asked.simulator.respond = renew  # type: ignore[method-assign]
    assert len(asked.client.search_all("many", page_size=10).hits) == 15
    assert state(asked).points == {}


@pytest.mark.parametrize("part", [{"timed_out": True}, {"_shards": {"total": 2, "successful": 1, "failed": 1}}])
def test_hits_of_only_some_shards_are_not_called_complete(part: dict[str, Any]) -> None:
    asked = many(5)
    respond = asked.simulator.respond

    def lose(received: Received) -> Answer:
        return json_answer({**json.loads(respond(received).body), **part})

    asked.simulator.respond = lose  # type: ignore[method-assign]
    assert not asked.client.search_all("many").is_complete


def test_all_pages_share_one_deadline() -> None:
    asked = many(95)
    asked.client.search_all("many", page_size=20)
    deadlines = set()
    transport = asked.client._transport

    class Watched:
        def send(self, request: Any) -> Any:
            deadlines.add(request.deadline)
            return transport.send(request)

    asked.client._transport = Watched()  # type: ignore[assignment]
    asked.client.search_all("many", page_size=20)
    assert len(deadlines) == 1
    assert None not in deadlines


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.search(size=10_001),
        lambda client: client.search(size=5, offset=9_996),
        lambda client: client.search(size=-1),
        lambda client: client.search(sort=["bytes:down"]),
        lambda client: client.search(sort=[""]),
        lambda client: client.search_all(""),
        lambda client: client.search_all("many", limit=0),
        lambda client: client.search_all("many", limit=100_001),
        lambda client: client.search_all("many", page_size=10_001),
        lambda client: client.search_all("many", keep_alive_seconds=0),
        lambda client: client.search_all("many", keep_alive_seconds=3601),
    ],
)
def test_a_search_that_cannot_be_is_never_sent(
    elasticsearch: Asked, call: Callable[[ElasticsearchClient], Any]
) -> None:
    with pytest.raises(InvalidRequest):
        call(elasticsearch.client)
    assert elasticsearch.said == []


def test_a_total_that_is_a_bound_is_not_called_exact(elasticsearch: Asked) -> None:
    hits = {"total": {"value": 10_000, "relation": "gte"}, "hits": []}
    shards = {"total": 1, "successful": 1, "failed": 0}
    answer = {"took": 1, "timed_out": False, "_shards": shards, "hits": hits}
    elasticsearch.simulator.inject(garbage(json.dumps(answer).encode()))
    found = elasticsearch.client.search()
    assert (found.total, found.is_total_exact) == (10_000, False)


def test_counts_are_of_a_query_or_of_all(elasticsearch: Asked) -> None:
    assert elasticsearch.client.count() == 48
    assert elasticsearch.client.count("network-logs", {"term": {"host": "r1"}}) == 12
    with pytest.raises(Rejected, match=r"index_not_found_exception: no such index \[nothing\]") as caught:
        elasticsearch.client.count("nothing")
    assert caught.value.status == 404


# --- Documents ---


def test_a_bulk_tells_of_each_row_and_raises_none_away(elasticsearch: Asked) -> None:
    rows = [{"id": "a", "bytes": 1}, {"id": "b", "bytes": "many"}, {"id": "1", "bytes": 3}]
    result = elasticsearch.client.bulk_index("network-logs", rows, id_field="id")
    assert (result.indexed, result.failed) == (2, 1)
    assert [(row.position, row.id, row.result, row.status) for row in result.rows] == [
        (0, "a", "created", 201),
        (1, "b", "failed", 400),
        (2, "1", "updated", 200),
    ]
    assert result.rows[1].error_type == "document_parsing_exception"
    assert "failed to parse field [bytes]" in result.rows[1].reason
    assert state(elasticsearch).indices["network-logs"].documents["a"] == {"id": "a", "bytes": 1}


def test_create_writes_nothing_in_anothers_place(elasticsearch: Asked) -> None:
    result = elasticsearch.client.bulk_index("network-logs", [{"n": 1}, {"n": "x"}], id_field="n", action="create")
    assert [(row.result, row.status) for row in result.rows] == [("failed", 409), ("created", 201)]


def test_many_rows_go_in_several_requests(elasticsearch: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_ROWS", 40)
    result = elasticsearch.client.bulk_index("scratch", [{"n": number} for number in range(100)], id_field="n")
    assert [row.id for row in result.rows] == [str(number) for number in range(100)]
    assert [row.position for row in result.rows] == list(range(100))
    assert len(elasticsearch.said) == 3


def test_large_rows_go_in_several_requests(elasticsearch: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_BYTES", 1000)
    elasticsearch.client.bulk_index("scratch", [{"text": "x" * 400} for _ in range(5)])
    assert len(elasticsearch.said) == 3
    assert all(len(received.body) <= 1000 for received, _ in elasticsearch.said)
    with pytest.raises(InvalidRequest, match="document 1 is larger than 1000 bytes"):
        elasticsearch.client.bulk_index("scratch", [{}, {"text": "x" * 1000}])
    assert len(elasticsearch.said) == 3


@pytest.mark.parametrize(
    ("code", "became", "kind"),
    [
        (429, "failed", "Overloaded"),
        (413, "failed", "Rejected"),
        (403, "failed", "Unauthorized"),
        (500, "unknown", "Unreachable"),
        (503, "unknown", "Overloaded"),
        (200, "unknown", "Malformed"),
    ],
)
def test_a_failure_in_the_middle_says_what_is_known_of_each_row(
    elasticsearch: Asked, monkeypatch: pytest.MonkeyPatch, code: int, became: str, kind: str
) -> None:
    monkeypatch.setattr(documents, "MAX_ROWS", 2)
    respond = elasticsearch.simulator.respond
    elasticsearch.simulator.respond = lambda received: (  # type: ignore[method-assign]
        Answer(code, b'{"error": "busy"}') if b'"n":2' in received.body else respond(received)
    )
    result = elasticsearch.client.bulk_index("scratch", [{"n": number} for number in range(6)])
    assert [row.result for row in result.rows] == ["created"] * 2 + [became] * 2 + ["not_sent"] * 2
    assert (result.indexed, result.failed) == (2, 4)
    assert (result.rows[2].error_type, result.rows[2].status) == (kind, code)


def test_rows_that_the_deadline_came_before_were_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_ROWS", 2)
    clock, simulator = ManualClock(), make_simulator()
    client = ElasticsearchClient(ReadingTransport(InProcessTransport(simulator, clock=clock)), deadline_seconds=5.0)
    client.now = clock.monotonic
    respond = simulator.respond

    def slowly(received: Received) -> Answer:
        clock.advance(6.0)
        return respond(received)

    simulator.respond = slowly  # type: ignore[method-assign]
    result = client.bulk_index("scratch", [{"n": number} for number in range(4)])
    assert [row.result for row in result.rows] == ["created"] * 2 + ["not_sent"] * 2
    assert result.rows[2].error_type == "DeadlineExceeded"


def test_a_bulk_whose_first_request_fails_is_an_error(elasticsearch: Asked) -> None:
    elasticsearch.simulator.inject(status(429, body=b'{"error": "busy"}'))
    with pytest.raises(Overloaded):
        elasticsearch.client.bulk_index("scratch", [{"n": 1}])


def test_an_answer_that_lacks_a_row_is_malformed(elasticsearch: Asked) -> None:
    elasticsearch.simulator.inject(garbage(b'{"took": 1, "errors": false, "items": []}'))
    with pytest.raises(Malformed):
        elasticsearch.client.bulk_index("scratch", [{"n": 1}])


def test_no_rows_need_no_request(elasticsearch: Asked) -> None:
    result = elasticsearch.client.bulk_index("scratch", [])
    assert (result.indexed, result.failed, result.rows) == (0, 0, ())
    assert elasticsearch.said == []


@pytest.mark.parametrize(
    ("rows", "id_field", "problem"),
    [
        ([{"n": 1}, {"n": float("nan")}], "", "document 1 cannot be written as JSON"),
        ([{"n": {1, 2}}], "", "document 0 cannot be written as JSON"),
        ([{"n": 1}, ["n"]], "", "document 1 is no object"),
        ([{"n": 1}, {}], "n", "document 1 has no text or number in n"),
        ([{"n": True}], "n", "document 0 has no text or number in n"),
        ([{"n": ""}], "n", "document 0 has no text or number in n"),
    ],
)
def test_rows_that_cannot_be_written_are_refused_before_any_is(
    elasticsearch: Asked, rows: list[Any], id_field: str, problem: str
) -> None:
    with pytest.raises(InvalidRequest, match=problem):
        elasticsearch.client.bulk_index("scratch", rows, id_field=id_field)
    assert elasticsearch.said == []


def test_the_deepest_cause_of_a_row_is_told(elasticsearch: Asked) -> None:
    cause = {"type": "illegal_argument_exception", "reason": "For input string: x"}
    error = {"type": "document_parsing_exception", "reason": "failed to parse", "caused_by": cause}
    item = {"index": {"_index": "i", "_id": None, "status": 400, "error": error}}
    answer = json.dumps({"took": 1, "errors": True, "items": [item]}).encode()
    elasticsearch.simulator.inject(garbage(answer))
    (row,) = elasticsearch.client.bulk_index("i", [{"n": 1}]).rows
    assert (row.id, row.reason) == ("", "failed to parse: For input string: x")


def test_a_document_is_written_read_and_deleted(elasticsearch: Asked) -> None:
    client = elasticsearch.client
    made = client.index_document("scratch", {"a": 1}, id="x/y")
    assert (made.id, made.result) == ("x/y", "created")
    assert client.get_document("scratch", "x/y").source == {"a": 1}
    assert client.index_document("scratch", {"a": 2}).result == "created"
    assert client.delete_document("scratch", "x/y").result == "deleted"
    for call in (client.get_document, client.delete_document):
        with pytest.raises(Rejected, match=r"answered 404: no document x/y in scratch") as caught:
            call("scratch", "x/y")
        assert caught.value.status == 404


def test_a_document_of_an_index_that_keeps_no_sources_is_read(elasticsearch: Asked) -> None:
    answer = {"_index": "metrics", "_id": "1", "_version": 2, "found": True}
    elasticsearch.simulator.inject(garbage(json.dumps(answer).encode()))
    assert elasticsearch.client.get_document("metrics", "1") == Document("metrics", "1", 2, {})


# --- Indices ---


@pytest.mark.parametrize("name", ["*", "logs-*", "_all", "a,b", "", "Logs", "-x", "_x", "a b", "a/b", "..", "x" * 256])
def test_what_is_not_one_index_is_not_deleted(elasticsearch: Asked, name: str) -> None:
    for call in (elasticsearch.client.delete_index, elasticsearch.client.create_index):
        with pytest.raises(InvalidRequest):
            call(name)
    assert elasticsearch.said == []


@pytest.mark.parametrize("name", ["*", "", "a,b", "_x"])
def test_a_pattern_deletes_no_template_and_no_policy(elasticsearch: Asked, name: str) -> None:
    for call in (elasticsearch.client.delete_index_template, elasticsearch.client.delete_ilm_policy):
        with pytest.raises(InvalidRequest):
            call(name)
    assert elasticsearch.said == []


def test_an_index_is_made_shown_and_deleted(elasticsearch: Asked) -> None:
    client = elasticsearch.client
    made = client.create_index("logs-1", mappings={"properties": {"n": {"type": "long"}}})
    assert (made.index, made.is_acknowledged, made.are_shards_acknowledged) == ("logs-1", True, True)
    with pytest.raises(Rejected, match="resource_already_exists_exception"):
        client.create_index("logs-1")
    (row,) = client.cat_indices("logs-1")
    assert (row.documents, row.store_bytes, row.primaries, row.replicas) == (0, 250, 1, 0)
    assert client.put_mapping("logs-1", {"m": {"type": "keyword"}}).is_acknowledged
    (mapping,) = client.mappings("logs-1")
    assert mapping.fields == {"n": "long", "m": "keyword"}
    with pytest.raises(Rejected, match=r"mapper \[m\] cannot be changed"):
        client.put_mapping("logs-1", {"m": {"type": "long"}})
    assert client.delete_index("logs-1").is_acknowledged
    with pytest.raises(Rejected, match="no such index"):
        client.delete_index("logs-1")


def test_sizes_that_no_shard_tells_are_none() -> None:
    row = {"index": "x", "pri": "1", "rep": "1", "docs.count": None, "store.size": None, "health": "red"}
    (read,) = reading_cluster.index_rows([row])
    assert (read.documents, read.store_bytes, read.health) == (None, None, "red")


def test_fields_are_named_by_dots_through_objects_and_variants() -> None:
    properties = {
        "host": {"properties": {"name": {"type": "text", "fields": {"raw": {"type": "keyword"}}}}},
        "tags": {"type": "nested", "properties": {"key": {"type": "keyword"}}},
    }
    (mapping,) = reading_cluster.mappings(
        {
            "i": {"mappings": {"properties": properties, "dynamic": False}},
        }
    )
    assert mapping.fields == {
        "host": "object",
        "host.name": "text",
        "host.name.raw": "keyword",
        "tags": "nested",
        "tags.key": "keyword",
    }
    assert mapping.dynamic == "false"


def test_a_template_and_a_policy_are_written_and_shown(elasticsearch: Asked) -> None:
    client = elasticsearch.client
    client.put_index_template("routers", ["routers-*"], settings={"number_of_shards": 1}, is_data_stream=True)
    (template,) = client.index_templates("routers")
    assert (template.index_patterns, template.is_data_stream) == (("routers-*",), True)
    client.put_ilm_policy("short", {"delete": {"min_age": "1d", "actions": {"delete": {}}}, "hot": {"actions": {}}})
    (policy,) = client.ilm_policies("short")
    assert [(phase.name, phase.min_age) for phase in policy.phases] == [("hot", "0ms"), ("delete", "1d")]
    with pytest.raises(Rejected, match="in use"):
        client.delete_ilm_policy("network-logs")
    states = {item.index: item for item in client.ilm_explain("*")}
    assert (states["network-logs"].policy, states["scratch"].is_managed) == ("network-logs", False)


def test_an_index_whose_life_does_not_go_on_says_why() -> None:
    document = {
        "indices": {
            "x": {
                "managed": True,
                "policy": "p",
                "phase": "hot",
                "action": "rollover",
                "step": "ERROR",
                "step_info": {"type": "illegal_argument_exception", "reason": "alias is not the write index"},
            }
        }
    }
    (found,) = reading_cluster.lifecycle_states(document)
    assert (found.is_managed, found.error) == (True, "alias is not the write index")


# --- The cluster ---


def sick(colour: str, *, report: bool = True) -> Asked:
    kept = plausible_state()
    kept.status, kept.report = colour, report
    return exchanges(ElasticsearchClient, ElasticsearchSimulator(kept))


def test_a_green_cluster_is_healthy(elasticsearch: Asked) -> None:
    health = elasticsearch.client.health()
    assert (health.status, health.version, health.reason) == ("healthy", "8.17.4", "")


@pytest.mark.parametrize(("colour", "lost"), [("yellow", 1), ("red", 2)])
def test_a_yellow_or_red_cluster_is_degraded_and_says_why(colour: str, lost: int) -> None:
    health = sick(colour).client.health()
    assert health.status == "degraded"
    assert health.reason == f"cluster nms-lab is {colour}: {lost} of {2 + lost} shards are not active"


def test_a_cluster_that_answers_too_late_is_degraded(elasticsearch: Asked) -> None:
    late = json.loads(json.dumps(elasticsearch.simulator.respond(Received("GET", "/_cluster/health")).body.decode()))
    document = {**json.loads(late), "timed_out": True}
    respond = elasticsearch.simulator.respond
    elasticsearch.simulator.respond = lambda received: (  # type: ignore[method-assign]
        json_answer(document) if received.path == "/_cluster/health" else respond(received)
    )
    assert elasticsearch.client.health().reason == "not all nodes answered in time"


@pytest.mark.parametrize(("colour", "severity"), [("yellow", "medium"), ("red", "critical")])
def test_what_is_not_well_is_an_alert_with_its_diagnosis(colour: str, severity: str) -> None:
    (alert,) = sick(colour).client.active_alerts()
    assert (alert.id, alert.severity) == ("indicator/shards_availability", severity)
    assert "Add a node" in alert.description


def test_a_server_without_the_report_tells_of_its_cluster() -> None:
    asked = sick("red", report=False)
    (alert,) = asked.client.active_alerts()
    assert (alert.id, alert.severity, alert.source) == ("cluster/nms-lab", "critical", "nms-lab")
    assert sick("green", report=False).client.active_alerts() == ()


def test_a_report_that_fails_is_no_absence_of_alerts(elasticsearch: Asked) -> None:
    elasticsearch.simulator.inject(status(500, body=b'{"error": {"type": "x", "reason": "broken"}}'))
    with pytest.raises(Unreachable):
        elasticsearch.client.active_alerts()
    elasticsearch.simulator.inject(
        status(410, body=b'{"error": {"type": "api_not_available_exception", "reason": "x"}}')
    )
    with pytest.raises(Rejected, match="api_not_available_exception"):
        elasticsearch.client.active_alerts()


def test_figures_tell_of_the_cluster_and_each_node(elasticsearch: Asked) -> None:
    assert elasticsearch.client.figures() == (
        Figure("nodes.current", 1, "count"),
        Figure("shards.active", 2, "count"),
        Figure("shards.unassigned", 0, "count"),
        Figure("cpu.used", 23.0, "percent", {"node": "es-1"}),
        Figure("memory.used", 75.0, "percent", {"node": "es-1"}),
        Figure("heap.used", 25.0, "percent", {"node": "es-1"}),
        Figure("disk.used", 60.0, "percent", {"node": "es-1"}),
        Figure("load", 1.25, "count", {"node": "es-1", "minutes": "1"}),
        Figure("load", 1.5, "count", {"node": "es-1", "minutes": "5"}),
        Figure("load", 0.75, "count", {"node": "es-1", "minutes": "15"}),
    )


def test_a_node_that_tells_little_has_nones() -> None:
    (node,) = reading_cluster.nodes_stats({"nodes": {"id": {"name": "n", "os": {"cpu": {"percent": -1}}}}})
    assert (node.cpu_percent, node.heap_max_bytes, node.load) == (None, None, {})


def test_a_cause_without_a_reason_is_named_by_its_type(elasticsearch: Asked) -> None:
    error = {"root_cause": [], "type": "master_not_discovered_exception", "reason": None}
    elasticsearch.simulator.answer = lambda received: json_answer({"error": error}, status=503)  # type: ignore[method-assign]
    with pytest.raises(Overloaded, match=r"answered 503: master_not_discovered_exception\Z"):
        elasticsearch.client.cluster_health()


def test_the_root_cause_is_named_rather_than_its_wrap(elasticsearch: Asked) -> None:
    cause = {"type": "query_shard_exception", "reason": "No mapping found for [x] in order to sort on"}
    body = {"error": {"root_cause": [cause], "type": "search_phase_execution_exception", "reason": "all shards failed"}}
    elasticsearch.simulator.inject(status(400, body=json.dumps(body).encode()))
    with pytest.raises(Rejected, match="query_shard_exception: No mapping found"):
        elasticsearch.client.search(sort=["x"])
