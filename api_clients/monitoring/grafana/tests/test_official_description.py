"""Every request of the client, and every answer of its simulator, against Grafana's official descriptions.

Two files describe it: Grafana 13's whole API, and unified alerting, whose paths for states, alerts and silences the
first leaves out.
"""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest

from api_clients.monitoring.grafana.client import GrafanaClient
from api_clients.monitoring.grafana.simulator import make_simulator
from api_clients.monitoring.tests.exchanges import Exchanges, examples, exchanges
from api_clients.simulation import Answer, Received
from api_clients.tests.contracts import contract_file
from api_clients.tests.openapi import Description

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
