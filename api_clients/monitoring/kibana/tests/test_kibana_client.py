"""What is special to Kibana, before its simulator."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from api_clients.domain.errors import InvalidRequest, Malformed, Overloaded, Rejected, ServiceError, Unauthorized
from api_clients.monitoring.kibana import reading
from api_clients.monitoring.kibana.client import KibanaClient
from api_clients.monitoring.kibana.overview import active_alert, figures_of
from api_clients.monitoring.kibana.simulator import KibanaSimulator, make_simulator
from api_clients.monitoring.kibana.simulator.content import company, rule, saved_object
from api_clients.monitoring.tests.exchanges import Exchanges, examples, exchanges
from api_clients.monitoring.tests.mutations import mutate_answers
from api_clients.simulation import Fault, garbage, json_answer, serve
from api_clients.tests.connected import connected


@pytest.fixture
def kibana() -> Exchanges[KibanaClient]:
    return exchanges(KibanaClient, make_simulator())


@pytest.fixture
def client(kibana: Exchanges[KibanaClient]) -> KibanaClient:
    return kibana.client


# --- Spaces and the header ---


def test_what_a_space_has_is_asked_for_in_it(kibana: Exchanges[KibanaClient]) -> None:
    assert [found.id for found in kibana.client.dashboards(space="operations")] == ["shift"]
    assert kibana.said[-1][0].path == "/s/operations/api/saved_objects/_find"
    assert {found.id for found in kibana.client.dashboards(space="default")} == {"network-overview", "hosts"}
    assert kibana.said[-1][0].path == "/api/saved_objects/_find"


def test_a_space_that_is_not_there_is_rejected(client: KibanaClient) -> None:
    with pytest.raises(Rejected, match=r"404.*space/nowhere"):
        client.dashboards(space="nowhere")


def test_the_simulator_refuses_changes_without_the_header_as_kibana_does(kibana: Exchanges[KibanaClient]) -> None:
    kibana.client.mute_rule("disk-fills")
    sent = kibana.said[-1][0]
    assert sent.headers["kbn-xsrf"]
    refused = kibana.simulator.respond(replace(sent, headers={}))
    assert (refused.status, "kbn-xsrf" in refused.body.decode()) == (400, True)


def test_a_space_is_made_filled_and_deleted_with_what_it_holds(client: KibanaClient) -> None:
    client.create_space("network", "Network", disabled_features=["ml"])
    assert client.space("network").disabled_features == ("ml",)
    client.create_saved_object("dashboard", {"title": "Sites"}, object_id="sites", space="network")
    assert [found.title for found in client.dashboards(space="network")] == ["Sites"]
    client.delete_space("network")
    assert [space.id for space in client.spaces()] == ["default", "operations"]
    with pytest.raises(Rejected, match="reserved"):
        client.delete_space("default")


# --- Saved objects ---


def test_dashboards_go_from_one_space_to_another_as_a_file() -> None:
    with serve(make_simulator()) as server, connected(KibanaClient, server.url) as client:
        file = client.export_saved_objects(kinds=["dashboard"])
        lines = [json.loads(line) for line in file.splitlines()]
        assert {(line["type"], line["id"]) for line in lines[:-1]} == {
            ("dashboard", "hosts"),
            ("dashboard", "network-overview"),
            ("index-pattern", "logs"),
        }
        assert lines[-1]["exportedCount"] == 3
        result = client.import_saved_objects(file, space="operations")
        assert (result.is_complete, result.imported, result.problems) == (True, 3, ())
        assert {found.id for found in client.dashboards(space="operations")} == {"hosts", "network-overview", "shift"}


def test_conflicts_of_an_import_are_told_and_not_done_unless_wanted(client: KibanaClient) -> None:
    file = client.export_saved_objects(objects=[{"type": "dashboard", "id": "hosts"}]).replace(b'"Hosts"', b'"Mine"')
    result = client.import_saved_objects(file)
    assert (result.is_complete, result.imported) == (False, 0)
    assert [(problem.id, problem.title, problem.reason) for problem in result.problems] == [
        ("hosts", "Mine", "conflict")
    ]
    assert client.saved_object("dashboard", "hosts").title == "Hosts"
    assert client.import_saved_objects(file, overwrite=True).is_complete
    assert client.saved_object("dashboard", "hosts").title == "Mine"


def test_copies_have_ids_of_their_own(client: KibanaClient) -> None:
    file = client.export_saved_objects(objects=[{"type": "dashboard", "id": "hosts"}])
    assert client.import_saved_objects(file, as_copies=True).imported == 1
    assert [found.title for found in client.dashboards()].count("Hosts") == 2


def test_an_import_whose_references_are_missing_says_so(client: KibanaClient) -> None:
    file = client.export_saved_objects(objects=[{"type": "dashboard", "id": "network-overview"}], with_references=False)
    result = client.import_saved_objects(file, space="operations")
    assert [problem.reason for problem in result.problems] == ["missing_references"]


def test_a_file_is_sent_byte_for_byte_whatever_it_holds(kibana: Exchanges[KibanaClient]) -> None:
    line = json.dumps({"type": "dashboard", "id": "x", "attributes": {"title": '--nms-\r\n"é'}}, ensure_ascii=False)
    kibana.client.import_saved_objects(line.encode())
    assert line.encode() in kibana.said[-1][0].body
    assert kibana.client.saved_object("dashboard", "x").title == '--nms-\r\n"é'


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"id": "a"}\n[1]\n', b'{"id": "a"}\n{"id"'])
def test_an_export_that_is_no_lines_of_json_is_malformed(kibana: Exchanges[KibanaClient], body: bytes) -> None:
    kibana.simulator.inject(garbage(body))
    with pytest.raises(Malformed):
        kibana.client.export_saved_objects(kinds=["dashboard"])


def test_a_saved_object_is_made_found_changed_and_deleted(client: KibanaClient) -> None:
    reference = {"type": "index-pattern", "id": "logs", "name": "view"}
    made = client.create_saved_object("lens", {"title": "Errors", "description": "by site"}, references=[reference])
    assert client.find_saved_objects(["lens"], search="err*").objects == (made,)
    assert made.references[0].id == "logs"
    assert client.update_saved_object("lens", made.id, {"title": "Faults"}) != made.version
    changed = client.saved_object("lens", made.id)
    assert (changed.title, changed.description) == ("Faults", "by site")
    client.delete_saved_object("lens", made.id)
    with pytest.raises(Rejected, match="404"):
        client.saved_object("lens", made.id)


def test_an_id_that_is_taken_is_refused_unless_it_is_overwritten(client: KibanaClient) -> None:
    with pytest.raises(Rejected, match=r"409.*conflict"):
        client.create_saved_object("dashboard", {"title": "Mine"}, object_id="hosts")
    assert client.create_saved_object("dashboard", {"title": "Mine"}, object_id="hosts", overwrite=True).title == "Mine"


def test_what_was_not_deleted_is_rejected_though_the_answer_is_a_success(client: KibanaClient) -> None:
    with pytest.raises(Rejected, match="dashboard/nowhere") as caught:
        client.delete_saved_object("dashboard", "nowhere")
    assert (caught.value.status, caught.value.operation) == (404, "delete_saved_object")


def test_a_kibana_before_8_5_deletes_one_object_by_its_own_address(kibana: Exchanges[KibanaClient]) -> None:
    """It takes _bulk_delete for the type of an object to make, which a list cannot be."""
    refusal = {
        "statusCode": 400,
        "message": "[request body]: expected a plain object value, but found [Array] instead.",
    }
    kibana.simulator.answer = lambda received: (  # type: ignore[method-assign]
        json_answer({}) if received.method == "DELETE" else json_answer(refusal, status=400)
    )
    kibana.client.delete_saved_object("lens", "a b", force=True, space="operations")
    deletion = kibana.said[-1][0]
    assert (deletion.method, deletion.path) == ("DELETE", "/s/operations/api/saved_objects/lens/a%20b")
    assert (deletion.params, deletion.headers.get("kbn-xsrf")) == ({"force": ["true"]}, "nms")


def test_lists_longer_than_a_page_are_read_whole_and_no_further_than_there_are_pages() -> None:
    state = company()
    held = state.contents("default")
    for number in range(12_000):
        held.objects["map", str(number)] = saved_object("map", str(number), {"title": f"Map {number}"})
    kibana = exchanges(KibanaClient, KibanaSimulator(state))
    assert len(kibana.client.visualisations()) == 10_000
    assert len(kibana.said) == 10
    assert kibana.client.find_saved_objects(["map"], page=3, per_page=100).total == 12_000


# --- Data views ---


def test_a_data_view_is_made_once_for_a_pattern(client: KibanaClient) -> None:
    made = client.create_data_view("nms-events-*", time_field="@timestamp")
    assert (made.pattern, made.name, made.time_field) == ("nms-events-*", "nms-events-*", "@timestamp")
    with pytest.raises(Rejected, match="Duplicate data view"):
        client.create_data_view("nms-events-*")
    assert client.create_data_view("nms-events-*", name="NMS", overwrite=True).id == made.id
    client.delete_data_view(made.id)
    assert [view.id for view in client.data_views()] == ["logs"]
    assert client.default_data_view() == "logs"


# --- Rules ---


def test_a_rule_is_muted_unmuted_disabled_and_enabled(client: KibanaClient) -> None:
    client.mute_rule("disk-fills")
    assert client.rule("disk-fills").is_muted
    assert [alert.is_silenced for alert in client.active_alerts()] == [True]
    client.unmute_rule("disk-fills")
    client.mute_alert("disk-fills", "files/1 %")
    assert client.rule("disk-fills").muted_alerts == ("files/1 %",)
    client.unmute_alert("disk-fills", "files/1 %")
    assert client.rule("disk-fills").muted_alerts == ()
    client.disable_rule("disk-fills")
    assert client.active_alerts() == ()
    client.enable_rule("disk-fills")
    assert [alert.is_silenced for alert in client.active_alerts()] == [False]


def test_active_alerts_are_the_rules_that_found_something(client: KibanaClient) -> None:
    (alert,) = client.active_alerts()
    assert (alert.id, alert.severity, alert.title) == ("disk-fills", "high", "Disk fills up")
    assert alert.description == "2 active at its last run"


def test_the_severity_of_a_security_rule_is_among_its_parameters() -> None:
    document = {**rule("a", "A", active=1), "tags": [], "params": {"severity": "critical"}}
    assert active_alert(reading.rule(document)).severity == "critical"


def test_many_rules_are_read_page_by_page() -> None:
    state = company()
    for number in range(250):
        state.contents("default").rules[str(number)] = rule(str(number), f"Rule {number}", active=0)
    kibana = exchanges(KibanaClient, KibanaSimulator(state))
    assert len(kibana.client.rules()) == 252
    assert len(kibana.said) == 3


def test_a_rule_that_never_ran_or_failed_is_read() -> None:
    new = {**rule("a", "A", active=0), "execution_status": {"status": "pending", "last_execution_date": None}}
    del new["last_run"]
    assert (reading.rule(new).active_alerts, reading.rule(new).last_run) == (None, None)
    error = {"reason": "execute", "message": "no such index"}
    failed = {
        **new,
        "execution_status": {"status": "error", "last_execution_date": "2026-01-31T12:00:00.000Z", "error": error},
    }
    assert reading.rule(failed).error == "no such index"
    assert reading.rule(failed).last_run == datetime(2026, 1, 31, 12, tzinfo=UTC)


# --- Health, status, figures ---


def test_a_degraded_kibana_is_degraded_and_says_why() -> None:
    simulator = make_simulator()
    simulator.level = "degraded"
    client = exchanges(KibanaClient, simulator).client
    health = client.health()
    assert (health.status, health.version) == ("degraded", "8.18.0")
    assert health.reason == "degraded: 1 plugin is degraded: alerting"
    assert [plugin.name for plugin in client.status().plugins] == ["alerting"]


def test_a_kibana_without_elasticsearch_is_no_health_and_says_why() -> None:
    simulator = make_simulator()
    simulator.level = "unavailable"
    with pytest.raises(Overloaded, match="is not available: elasticsearch is not available"):
        exchanges(KibanaClient, simulator).client.health()


def test_the_little_that_strangers_are_told_is_no_health(kibana: Exchanges[KibanaClient]) -> None:
    kibana.simulator.inject(garbage(b'{"status": {"overall": {"level": "available"}}}'))
    with pytest.raises(Unauthorized) as caught:
        kibana.client.health()
    assert caught.value.operation == "health"


@pytest.mark.parametrize(
    "place", ["/login?next=%2Fapi", "/kibana/login", "/internal/security/capture-url?next=x", "/s/a/logged_out"]
)
def test_a_redirect_to_a_login_page_is_unauthorized(kibana: Exchanges[KibanaClient], place: str) -> None:
    kibana.simulator.inject(Fault("status", status=302, headers={"Location": place}))
    with pytest.raises(Unauthorized, match="login page"):
        kibana.client.spaces()


def test_a_redirect_to_the_choice_of_spaces_is_rejected(kibana: Exchanges[KibanaClient]) -> None:
    kibana.simulator.inject(Fault("status", status=302, headers={"Location": "/spaces/space_selector"}))
    with pytest.raises(Rejected, match="space_selector"):
        kibana.client.spaces()


def test_figures_are_what_the_version_says_and_counts_of_rules(client: KibanaClient) -> None:
    figures = {figure.name: figure.value for figure in client.figures()}
    assert figures["elasticsearch.sockets.active"] == 3
    assert (figures["rules.total"], figures["alerts.active"], figures["rules.failing"]) == (2, 2, 0)
    assert "memory.used" not in figures  # the official description leaves it out, and so does the simulator


def test_what_kibana_measures_beyond_its_description_is_told_in_our_units(client: KibanaClient) -> None:
    metrics = {
        "process": {
            "memory": {"resident_set_size_in_bytes": 7e8, "heap": {"used_in_bytes": 4e8, "size_limit": 4e9}},
            "uptime_in_millis": 90_000,
        },
        "os": {"load": {"1m": 0.5}},
        "response_times": {"avg_in_millis": 12.5, "max_in_millis": None},
        "requests": {"total": 7},
        "concurrent_connections": None,
    }
    figures = figures_of(replace(client.status(), metrics=metrics), [])
    told = {figure.name: (figure.value, figure.unit) for figure in figures}
    assert told["memory.used"] == (7e8, "bytes")
    assert told["uptime"] == (90.0, "seconds")
    assert told["latency.average"] == (0.0125, "seconds")
    assert told["requests.total"] == (7, "count")
    assert "connections.current" not in told


# --- Bad input ---

BAD: dict[str, Callable[[KibanaClient], Any]] = {
    "a space that leaves its place": lambda client: client.dashboards(space="../default"),
    "a space in capitals": lambda client: client.mute_rule("disk-fills", space="Operations"),
    "a kind that leaves its place": lambda client: client.saved_object("..", "x"),
    "an empty id": lambda client: client.rule(""),
    "no kinds": lambda client: client.find_saved_objects([]),
    "a page before the first": lambda client: client.find_saved_objects(["dashboard"], page=0),
    "rows past what there can be": lambda client: client.find_saved_objects(["dashboard"], per_page=10_001),
    "an export of nothing": lambda client: client.export_saved_objects(),
    "an export of two minds": lambda client: client.export_saved_objects(["lens"], [{"type": "lens", "id": "x"}]),
    "an object without a type": lambda client: client.export_saved_objects(objects=[{"id": "x"}]),
    "an empty file": lambda client: client.import_saved_objects(b" \n"),
    "copies that overwrite": lambda client: client.import_saved_objects(b"{}", overwrite=True, as_copies=True),
    "a reference without a name": lambda client: client.create_saved_object("lens", {}, [{"type": "x", "id": "y"}]),
    "an overwriting of no one": lambda client: client.create_saved_object("lens", {}, overwrite=True),
    "a change of nothing": lambda client: client.update_saved_object("lens", "traffic", {}),
    "a data view of nothing": lambda client: client.create_data_view(" "),
    "a space with a blank in its id": lambda client: client.create_space("my space", "x"),
    "a space without a name": lambda client: client.create_space("mine", ""),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_refused_before_anything_is_sent(kibana: Exchanges[KibanaClient], what: str) -> None:
    with pytest.raises(InvalidRequest):
        BAD[what](kibana.client)
    assert kibana.said == []


@pytest.mark.parametrize("document", [None, [], {}, {"saved_objects": [{}], "total": 1, "page": 1, "per_page": 1}])
def test_what_is_no_page_of_saved_objects_is_malformed(kibana: Exchanges[KibanaClient], document: Any) -> None:
    kibana.simulator.answer = lambda received: json_answer(document)  # type: ignore[method-assign]
    with pytest.raises(Malformed):
        kibana.client.find_saved_objects(["dashboard"])


@pytest.mark.parametrize("operation", sorted(examples(KibanaClient)))
def test_an_answer_that_is_wrong_in_one_place_is_read_or_malformed_and_nothing_else(operation: str) -> None:
    for seed in range(20):
        simulator = make_simulator()
        mutate_answers(simulator, seed)
        client = exchanges(KibanaClient, simulator).client
        with suppress(ServiceError):
            getattr(client, operation)(**examples(KibanaClient)[operation])


@pytest.mark.parametrize("operation", sorted(examples(KibanaClient)))
def test_a_page_that_answers_in_its_stead_is_no_success(operation: str) -> None:
    simulator = make_simulator()
    simulator.inject(garbage(b"<!doctype html><title>Sign in</title>"))
    with pytest.raises(Malformed):
        getattr(exchanges(KibanaClient, simulator).client, operation)(**examples(KibanaClient)[operation])
