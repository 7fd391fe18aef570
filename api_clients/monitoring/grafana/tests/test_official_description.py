"""Every request of the client, and every answer of its simulator, against Grafana's official descriptions.

Two files describe it: Grafana 13's whole API, and unified alerting, whose paths for states, alerts and silences the
first leaves out.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from api_clients.domain.errors import Rejected, Unauthorized
from api_clients.infrastructure.http import Bearer
from api_clients.monitoring.grafana.client import GrafanaClient
from api_clients.monitoring.grafana.operations.rules import QUERY
from api_clients.monitoring.grafana.simulator import GrafanaSimulator, make_simulator
from api_clients.monitoring.tests.exchanges import Exchanges, examples, exchanges
from api_clients.simulation import Answer, Received
from api_clients.tests.contracts import contract_file
from api_clients.tests.openapi import Description

MODEL = {"title": "Network edge", "panels": []}
NOON, LATER = datetime(2026, 1, 31, 12, tzinfo=UTC), datetime(2036, 1, 31, 12, tzinfo=UTC)
ALERTING = ("/api/prometheus/", "/api/alertmanager/")


@functools.cache
def whole() -> Description:
    return Description.load(contract_file("grafana/grafana-13.0.0-derived-openapi.json"))


@functools.cache
def alerting() -> Description:
    path = contract_file("grafana/ngalert-spec-9.5pre.json")
    return Description(_repaired(json.loads(path.read_text())), prefix="")


def _repaired(node: Any, name: str = "") -> Any:
    """The file has two faults: types that refer to themselves, and lists of words written as one word."""
    if isinstance(node, list):
        return [_repaired(item) for item in node]
    if not isinstance(node, dict):
        return node
    repaired = {key: _repaired(value, key) for key, value in node.items()}
    if "type" in repaired and repaired.get("$ref") == f"#/definitions/{name}":
        del repaired["$ref"]
    match repaired.get("enum"):
        case [str(words)] if words.startswith("["):
            repaired["enum"] = words.strip("[]").split()
    return repaired


def problems(said: Exchanges[GrafanaClient]) -> list[str]:
    found = []
    for received, answer in said.said:
        description = alerting() if received.path.startswith(ALERTING) else whole()
        found += description.check(received, answer)
    return found


@pytest.fixture
def grafana() -> Exchanges[GrafanaClient]:
    return exchanges(GrafanaClient, make_simulator())


@pytest.mark.parametrize("operation", sorted(examples(GrafanaClient)))
def test_every_operation_asks_and_is_answered_as_described(grafana: Exchanges[GrafanaClient], operation: str) -> None:
    getattr(grafana.client, operation)(**examples(GrafanaClient)[operation])
    assert grafana.said
    assert problems(grafana) == []


def test_the_descriptions_would_find_a_fault() -> None:
    wrong = Received("GET", "/api/alertmanager/grafana/api/v2/alerts")
    assert alerting().check(wrong, Answer(200, b'[{"labels": {}}]'))
    state = b'[{"id": "a", "status": {"state": "asleep"}}]'
    assert alerting().check(Received("GET", "/api/alertmanager/grafana/api/v2/silences"), Answer(200, state))
    assert whole().check(Received("GET", "/api/search", {"words": ["x"]}), Answer(200, b"[]"))


VARIANTS: dict[str, Callable[[GrafanaClient], Any]] = {
    "a search by everything": lambda client: client.search(
        "network", "dash-db", ["network", "core"], ["network", "servers"], page=2, limit=5
    ),
    "folders inside another": lambda client: client.folders("network"),
    "a folder inside another": lambda client: client.create_folder("Campus", uid="campus", parent_uid="network"),
    "a dashboard that is overwritten": lambda client: client.update_dashboard("edge", MODEL, 1, overwrite=True),
    "a query of moments": lambda client: client.query_datasource("prometheus", [{}, {"expr": "up"}], NOON, NOON),
    "a query of which one fails": lambda client: client.query_datasource("prometheus", [{}, {"expr": "bad"}]),
    "annotations by everything": lambda client: client.annotations(NOON, NOON, ["a", "b"], "edge", "alert", 5),
    "a span on a dashboard": lambda client: client.create_annotation("x", ["a"], NOON, NOON, "edge", 3),
    "a rule with everything": lambda client: client.create_alert_rule(
        "Up", "network", "g", "A", [QUERY], 60.0, {"a": "b"}, {"c": "d"}, "OK", "Alerting", True
    ),
    "alerts that several match": lambda client: client.alerts(['severity="critical"', "instance!~files.*"]),
    "silences that some match": lambda client: client.silences(["alertname=x"]),
    "a silence to come": lambda client: client.create_silence(['a=~"b|c"'], LATER, "x", "ada", starts=NOON),
    "a token without an end": lambda client: client.create_service_account_token(7, "x"),
    "a dashboard that is not there": lambda client: client.dashboard("nowhere"),
    "an older version of a dashboard": lambda client: client.update_dashboard("edge", MODEL, 1),
    "a folder that is not there": lambda client: client.folder("nowhere"),
    "an older version of a folder": lambda client: client.rename_folder("network", "x", 7),
    "a folder that is there": lambda client: client.create_folder("x", uid="network"),
    "a folder with rules": lambda client: client.delete_folder("network"),
    "a data source that is not there": lambda client: client.datasource("nowhere"),
    "a sick data source": lambda client: client.datasource_health("loki"),
    "queries that all fail": lambda client: client.query_datasource("prometheus", [{"expr": "bad"}]),
    "a rule that is not there": lambda client: client.alert_rule("nowhere"),
    "a rule in no folder": lambda client: client.create_alert_rule("Up", "nowhere", "g", "A", [QUERY]),
    "an organisation that is there": lambda client: client.create_organisation("Laboratory"),
    "an organisation that is not there": lambda client: client.delete_organisation(99),
    "a user that is not there": lambda client: client.find_user("nobody"),
    "the role of nobody": lambda client: client.set_user_role(99, "Editor"),
    "an account that is not there": lambda client: client.delete_service_account(99),
    "a token of the same name": lambda client: client.create_service_account_token(7, "first"),
    "a token that is not there": lambda client: client.delete_service_account_token(7, 99),
}


@pytest.mark.parametrize("what", VARIANTS)
def test_other_arguments_and_refusals_are_as_described(grafana: Exchanges[GrafanaClient], what: str) -> None:
    with suppress(Rejected):
        VARIANTS[what](grafana.client)
    assert grafana.said
    assert problems(grafana) == []


def test_strangers_are_refused_as_described() -> None:
    grafana = exchanges(GrafanaClient, GrafanaSimulator(logins=[Bearer("glsa_known")]))
    for operation in ("dashboards", "datasources", "organisation_users", "service_accounts"):
        with pytest.raises(Unauthorized):
            getattr(grafana.client, operation)()
    assert problems(grafana) == []
