"""What is special to Grafana, before its simulator."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from api_clients.domain.errors import InvalidRequest, Malformed, Overloaded, Rejected, ServiceError, Unauthorized
from api_clients.domain.operation import describe
from api_clients.infrastructure.http import Bearer
from api_clients.monitoring.grafana.client import GrafanaClient
from api_clients.monitoring.grafana.connection import GrafanaOptions
from api_clients.monitoring.grafana.simulator import GrafanaSimulator, make_simulator
from api_clients.monitoring.grafana.simulator.content import company, dashboard
from api_clients.monitoring.tests.exchanges import Exchanges, examples, exchanges
from api_clients.monitoring.tests.mutations import mutate_answers
from api_clients.simulation import Answer, Fault, Received, garbage, json_answer, serve, status
from api_clients.tests.connected import connected

MODEL = {"title": "Network overview", "tags": ["core"], "panels": []}
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def grafana() -> Exchanges[GrafanaClient]:
    return exchanges(GrafanaClient, make_simulator())


@pytest.fixture
def client(grafana: Exchanges[GrafanaClient]) -> GrafanaClient:
    return grafana.client


# --- Dashboards and folders ---


def test_a_changed_dashboard_stays_in_its_folder_and_gets_another_version(client: GrafanaClient) -> None:
    before = client.dashboard("network-overview")
    saved = client.update_dashboard(before.uid, {**before.model, "tags": ["core"]}, version=before.version)
    after = client.dashboard("network-overview")
    assert (after.folder_uid, after.tags, after.version) == ("network", ("core",), before.version + 1)
    assert (saved.uid, saved.version) == (after.uid, after.version)


def test_a_change_of_an_older_version_is_refused_with_what_to_do_and_changes_nothing(client: GrafanaClient) -> None:
    before = client.dashboard("network-overview")
    client.update_dashboard(before.uid, MODEL, version=before.version)
    with pytest.raises(
        Rejected, match=r"412.*changed by someone else: .*read it again and repeat the change"
    ) as caught:
        client.update_dashboard(before.uid, {**MODEL, "title": "Mine"}, version=before.version)
    assert caught.value.status == 412
    assert client.dashboard(before.uid).title == "Network overview"


def test_a_change_overwrites_where_that_is_wanted(client: GrafanaClient) -> None:
    client.update_dashboard("network-overview", {**MODEL, "title": "Mine"}, version=1, overwrite=True)
    assert client.dashboard("network-overview").title == "Mine"


def test_a_dashboard_that_is_not_there_is_not_made_by_a_change_of_it(client: GrafanaClient) -> None:
    with pytest.raises(Rejected, match="404"):
        client.update_dashboard("nowhere", MODEL, version=1)
    assert "nowhere" not in {hit.uid for hit in client.dashboards()}


def test_a_new_dashboard_does_not_replace_one_of_its_uid(client: GrafanaClient) -> None:
    with pytest.raises(Rejected, match="412"):
        client.create_dashboard({**MODEL, "uid": "edge", "version": 3})
    assert client.dashboard("edge").title == "Network edge"


def test_a_dashboard_is_made_found_and_deleted(client: GrafanaClient) -> None:
    made = client.create_dashboard({"title": "Laboratory"}, folder_uid="servers", message="first")
    assert [hit.uid for hit in client.search("laboratory", folder_uids=["servers"])] == [made.uid]
    client.delete_dashboard(made.uid)
    assert client.search("laboratory") == ()


def test_lists_longer_than_a_page_are_read_whole() -> None:
    state = company()
    for number in range(1_100):
        uid = f"made-{number}"
        state.dashboards[uid] = dashboard(1_000 + number, uid, {"title": uid}, "network", version=1)
    grafana = exchanges(GrafanaClient, GrafanaSimulator(state))
    assert len(grafana.client.dashboards()) == 1_103
    assert [received.params["page"] for received, _ in grafana.said] == [["1"], ["2"], ["3"]]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("count", [3, 500, 1_100])
def test_all_organisations_are_told_whatever_their_pages_count_from(first: int, count: int) -> None:
    rows = [{"id": number, "name": f"Branch {number}"} for number in range(count)]

    def page(received: Received) -> Answer:
        size, at = int(received.params["perpage"][0]), int(received.params.get("page", [str(first)])[0])
        return json_answer(rows[size * (at - first) :][:size])

    simulator = make_simulator()
    simulator.answer = page  # type: ignore[method-assign]
    told = exchanges(GrafanaClient, simulator).client.organisations()
    assert [organisation.id for organisation in told] == list(range(count))


def test_a_server_that_gives_one_page_for_ever_is_malformed_and_not_asked_for_ever() -> None:
    simulator = make_simulator()
    hit = {"uid": "a", "title": "A", "type": "dash-db"}
    simulator.answer = lambda received: json_answer([hit] * 500)  # type: ignore[method-assign]
    with pytest.raises(Malformed, match=r"grafana dashboards main: .*page before"):
        exchanges(GrafanaClient, simulator).client.dashboards()
    assert len(simulator.received) == 2


def test_folders_are_made_inside_others_renamed_and_deleted_only_without_rules(client: GrafanaClient) -> None:
    made = client.create_folder("Campus", parent_uid="network")
    assert [folder.title for folder in client.folders("network")] == ["Campus"]
    assert client.rename_folder(made.uid, "Campuses", version=made.version).title == "Campuses"
    with pytest.raises(Rejected, match=r"409.*somebody else changed it"):
        client.rename_folder(made.uid, "Mine", version=made.version)
    with pytest.raises(Rejected, match="400"):
        client.delete_folder("network")
    client.delete_folder("network", delete_rules=True)
    assert client.alert_rules() == ()


def test_a_cached_list_is_neither_asked_for_nor_read_again() -> None:
    simulator = make_simulator()
    with serve(simulator) as server, connected(GrafanaClient, server.url) as client:
        for operation in ("alert_rules", "rule_states", "alerts", "silences"):
            assert getattr(client, operation)() is getattr(client, operation)()
    assert len(simulator.received) == 4


# --- Data sources ---


def test_a_query_gives_columns_with_moments_numbers_and_what_is_no_number(client: GrafanaClient) -> None:
    (result,) = client.query_datasource("prometheus", [{"expr": "up"}], since=NOON - timedelta(hours=1), until=NOON)
    (frame,) = result.frames
    times, values = frame.columns
    assert (result.ref_id, result.error, frame.name) == ("A", "", "up")
    assert times.values[0] == datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert values.labels == {"instance": "core-1:161", "job": "snmp"}
    assert values.values[:2] == (1, 1)
    assert math.isnan(values.values[2])  # type: ignore[arg-type]


def test_moments_are_sent_as_milliseconds_and_words_as_they_are(grafana: Exchanges[GrafanaClient]) -> None:
    grafana.client.query_datasource("prometheus", [{"expr": "up"}], since="2026-01-31T12:00:00Z", until="now-5m")
    sent = grafana.said[-1][0].json()
    assert (sent["from"], sent["to"]) == ("1769860800000", "now-5m")
    assert sent["queries"][0]["datasource"] == {"uid": "prometheus"}


def test_one_failed_query_of_two_leaves_the_other_its_answer(client: GrafanaClient) -> None:
    bad, good = client.query_datasource("prometheus", [{"expr": "bad"}, {"expr": "up"}])
    assert (bad.ref_id, bad.frames) == ("A", ())
    assert "parse error" in bad.error
    assert (good.error, len(good.frames)) == ("", 1)


def test_queries_that_all_failed_are_refused_with_what_each_said(client: GrafanaClient) -> None:
    with pytest.raises(Rejected, match="A: parse error: unexpected identifier"):
        client.query_datasource("prometheus", [{"expr": "bad"}])


def test_queries_that_all_failed_in_grafana_10_which_says_no_message(grafana: Exchanges[GrafanaClient]) -> None:
    body = b'{"results": {"A": {"error": "no such table", "status": 400}, "B": {"error": "timeout"}}}'
    grafana.simulator.inject(status(400, body=body))
    with pytest.raises(Rejected, match="A: no such table; B: timeout"):
        grafana.client.query_datasource("prometheus", [{"expr": "x"}, {"expr": "y"}])


def test_a_data_source_that_times_out_is_no_fault_of_grafana(grafana: Exchanges[GrafanaClient]) -> None:
    grafana.simulator.inject(status(504, body=b'{"results": {"A": {"error": "query timed out", "status": 504}}}'))
    with pytest.raises(Rejected, match="A: query timed out") as caught:
        grafana.client.query_datasource("prometheus", [{"expr": "x"}])
    assert caught.value.verdict == "neutral"


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"results": 1}', b'{"results": {"A": 1}}', b"[" * 100_000])
@pytest.mark.parametrize("code", [400, 409, 412])
def test_a_refusal_in_other_words_is_told_as_it_is(grafana: Exchanges[GrafanaClient], code: int, body: bytes) -> None:
    grafana.simulator.inject(status(code, body=body))
    with pytest.raises(Rejected, match=f"answered {code}"):
        grafana.client.dashboard("edge")


def test_a_sick_data_source_has_a_health_and_one_that_is_not_there_has_none(client: GrafanaClient) -> None:
    assert client.datasource_health("prometheus").is_well
    sick = client.datasource_health("loki")
    assert (sick.is_well, sick.message) == (False, "connection refused")
    with pytest.raises(Rejected, match="404"):
        client.datasource_health("nowhere")


# --- Alerting ---


def test_a_silence_suppresses_what_it_matches_until_it_is_expired(client: GrafanaClient) -> None:
    def suppressed() -> dict[str, bool]:
        return {alert.title: alert.is_silenced for alert in client.active_alerts()}

    down, fills = "Interface is down for five minutes", "Disk fills up for five minutes"
    assert suppressed() == {down: False, fills: True}
    made = client.create_silence(
        ['alertname=~"Interface.*"', "severity!=low"], NOON + timedelta(days=3_650), "works on it", "ada"
    )
    assert suppressed() == {down: True, fills: True}
    assert client.silence(made).matchers == ('alertname=~"Interface.*"', 'severity!="low"')
    client.expire_silence(made)
    assert suppressed() == {down: False, fills: True}
    assert client.silence(made).state == "expired"


def test_active_alerts_are_in_the_common_shape(client: GrafanaClient) -> None:
    first = client.active_alerts()[0]
    assert (first.id, first.severity, first.source) == ("8c3a5e0b7f2d4a19", "critical", "core-1:161")
    assert first.since == datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert {alert.severity for alert in client.active_alerts()} == {"critical", "medium"}


def test_figures_count_rules_and_alerts(client: GrafanaClient) -> None:
    assert {figure.name: figure.value for figure in client.figures()} == {
        "rules.total": 2,
        "rules.firing": 2,
        "rules.pending": 0,
        "rules.failing": 0,
        "alerts.active": 1,
        "alerts.silenced": 1,
    }


def test_a_rule_is_paused_and_resumed_with_the_fields_that_the_client_does_not_know(
    grafana: Exchanges[GrafanaClient],
) -> None:
    simulator = grafana.simulator
    assert isinstance(simulator, GrafanaSimulator)
    simulator.state.rules["interface-down"]["notification_settings"] = {"receiver": "operators"}
    assert grafana.client.pause_alert_rule("interface-down").is_paused
    assert not grafana.client.resume_alert_rule("interface-down").is_paused
    assert simulator.state.rules["interface-down"]["notification_settings"] == {"receiver": "operators"}
    assert {
        received.headers.get("x-disable-provenance") for received, _ in grafana.said if received.method == "PUT"
    } == {"true"}


def test_a_contact_point_shows_its_settings_to_who_asks_for_them_alone(client: GrafanaClient) -> None:
    point = client.contact_point("operators-mail")
    assert point.settings["addresses"] == "noc@example.org"
    assert "noc@example.org" not in repr((point, client.contact_points()))
    with pytest.raises(Rejected, match="no such contact point"):
        client.contact_point("nowhere")


# --- Health and logins ---


def test_health_is_not_believed_of_a_stranger_though_grafana_answers_him() -> None:
    simulator = GrafanaSimulator(company(), logins=[Bearer("glsa_known")])
    with pytest.raises(Unauthorized):
        exchanges(GrafanaClient, simulator).client.health()
    assert [received.path for received in simulator.received] == ["/api/health", "/api/search"]


def test_a_failing_database_is_no_health() -> None:
    simulator = make_simulator()
    simulator.database = "failing"
    with pytest.raises(Overloaded):
        exchanges(GrafanaClient, simulator).client.health()


@pytest.mark.parametrize("place", ["/login", "/grafana/login?redirect=%2Fapi", "https://sso.example.org/oauth2/start"])
def test_a_redirect_to_a_login_page_is_unauthorized(grafana: Exchanges[GrafanaClient], place: str) -> None:
    grafana.simulator.inject(Fault("status", status=302, headers={"Location": place}))
    with pytest.raises(Unauthorized, match="login page"):
        grafana.client.datasources()


def test_a_redirect_to_elsewhere_is_rejected_without_its_query(grafana: Exchanges[GrafanaClient]) -> None:
    grafana.simulator.inject(Fault("status", status=301, headers={"Location": "/grafana/api/?key=secret"}))
    with pytest.raises(Rejected, match="a redirect to /grafana/api/") as caught:
        grafana.client.datasources()
    assert "secret" not in str(caught.value)


def test_a_login_of_several_organisations_acts_in_the_one_that_is_configured() -> None:
    simulator = make_simulator()
    with serve(simulator) as server:
        with connected(GrafanaClient, server.url, options=GrafanaOptions(organisation_id=2)) as client:
            client.datasources()
            client.pause_alert_rule("interface-down")
        with connected(GrafanaClient, server.url, options=GrafanaOptions()) as client:
            client.datasources()
    assert [received.headers.get("x-grafana-org-id") for received in simulator.received] == ["2", "2", "2", None]


@pytest.mark.parametrize("options", [{"organisation_id": 0}, {"organisation_id": "2"}, {"organization_id": 2}])
def test_options_that_are_none_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        GrafanaOptions.model_validate(options)


# --- Tokens ---


def test_a_made_token_is_told_once_and_shows_nowhere_else(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    with serve(make_simulator()) as server, connected(GrafanaClient, server.url) as client:
        made = client.create_service_account_token(7, "2026", lifetime_seconds=60)
        assert made.key.startswith("glsa_")
        assert made.key not in repr(made) + str(vars(client)) + caplog.text
        listed = client.service_account_tokens(7)
        assert {token.name for token in listed} == {"first", "2026"}
        assert made.key not in str(listed)
        with pytest.raises(Rejected, match=r"409.*given name already exists") as caught:
            client.create_service_account_token(7, "2026")
        assert made.key not in str(caught.value)
        client.delete_service_account_token(7, made.id)
        assert {token.name for token in client.service_account_tokens(7)} == {"first"}


def test_an_answer_without_a_key_is_malformed_and_not_quoted(grafana: Exchanges[GrafanaClient]) -> None:
    grafana.simulator.inject(garbage(b'{"id": 1, "name": "2026", "token": "glsa_elsewhere"}'))
    with pytest.raises(Malformed) as caught:
        grafana.client.create_service_account_token(7, "2026")
    assert "glsa_elsewhere" not in str(caught.value)


# --- Bad input ---

BAD: dict[str, Callable[[GrafanaClient], Any]] = {
    "a dashboard without a title": lambda client: client.create_dashboard({"panels": []}),
    "a change to a dashboard without a title": lambda client: client.update_dashboard("edge", {"title": " "}, 3),
    "a uid that leaves its place": lambda client: client.dashboard(".."),
    "an empty uid": lambda client: client.delete_dashboard(""),
    "a page before the first": lambda client: client.search(page=0),
    "a limit past Grafana's own": lambda client: client.search(limit=5_001),
    "a folder without a title": lambda client: client.create_folder(" "),
    "no queries": lambda client: client.query_datasource("prometheus", []),
    "two queries of one name": lambda client: client.query_datasource("prometheus", [{"refId": "A"}, {"refId": "A"}]),
    "a time that is none": lambda client: client.query_datasource("prometheus", [{}], since="yesterday"),
    "a time without a zone": lambda client: client.annotations(since=datetime(2026, 1, 1)),
    "an end without a start": lambda client: client.create_annotation("x", ends=NOON),
    "an end before the start": lambda client: client.create_annotation(
        "x", starts=NOON, ends=NOON - timedelta(seconds=1)
    ),
    "a silence of everything": lambda client: client.create_silence([], NOON, "x", "ada"),
    "a matcher that is none": lambda client: client.create_silence(["severity"], NOON, "x", "ada"),
    "a filter that is none": lambda client: client.alerts(["severity"]),
    "an open quotation mark": lambda client: client.silences(['severity="low']),
    "a silence that ended": lambda client: client.create_silence(["a=b"], NOON - timedelta(days=1), "x", "ada", NOON),
    "a silence without a comment": lambda client: client.create_silence(["a=b"], NOON, "", "ada"),
    "a condition without its query": lambda client: client.create_alert_rule(
        "x", "network", "g", "B", [{"refId": "A"}]
    ),
    "a rule that waits for ever": lambda client: client.create_alert_rule(
        "x", "network", "g", "A", [{"refId": "A"}], pending_seconds=math.inf
    ),
    "a field that rules do not have": lambda client: client.update_alert_rule("interface-down", {"title2": "x"}),
    "a change of nothing": lambda client: client.update_alert_rule("interface-down", {}),
    "a token that ended": lambda client: client.create_service_account_token(7, "x", lifetime_seconds=-1),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_refused_before_anything_is_sent(grafana: Exchanges[GrafanaClient], what: str) -> None:
    with pytest.raises(InvalidRequest):
        BAD[what](grafana.client)
    assert grafana.said == []


@pytest.mark.parametrize("operation", sorted(examples(GrafanaClient)))
def test_an_answer_that_is_wrong_in_one_place_is_read_or_malformed_and_nothing_else(operation: str) -> None:
    for seed in range(20):
        simulator = make_simulator()
        mutate_answers(simulator, seed)
        client = exchanges(GrafanaClient, simulator).client
        with suppress(ServiceError):
            getattr(client, operation)(**examples(GrafanaClient)[operation])


@pytest.mark.parametrize("operation", sorted(examples(GrafanaClient)))
def test_a_page_that_answers_in_its_stead_is_no_success(operation: str) -> None:
    simulator = make_simulator()
    simulator.inject(garbage(b"<!doctype html><title>Sign in</title>"))
    with pytest.raises(Malformed):
        getattr(exchanges(GrafanaClient, simulator).client, operation)(**examples(GrafanaClient)[operation])


def test_free_queries_are_for_operators_and_are_sent_once(grafana: Exchanges[GrafanaClient]) -> None:
    described = describe(GrafanaClient.query_datasource)
    assert described is not None
    assert (described.role, described.idempotent, described.cache_seconds) == ("operator", False, None)
    with pytest.raises(Rejected) as caught:
        grafana.client.contact_point("nobody")
    assert str(caught.value) == "grafana contact_point main: there is no such contact point"
