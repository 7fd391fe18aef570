"""Every request of the client, and every answer of its simulator, against Kibana's official description."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import replace

import pytest

from api_clients.monitoring.kibana.client import KibanaClient
from api_clients.monitoring.kibana.simulator import make_simulator
from api_clients.monitoring.tests.exchanges import Exchanges, examples, exchanges
from api_clients.simulation import Answer, Received, json_answer
from api_clients.tests.contracts import contract_file
from api_clients.tests.openapi import Description

FIND_RULES = "/api/alerting/rules/_find"


@functools.cache
def description() -> Description:
    return Description.load(contract_file("kibana/kibana-openapi-source.yaml"))


def problems(said: Exchanges[KibanaClient]) -> list[str]:
    return [problem for received, answer in said.said for problem in _problems(received, answer)]


def _problems(received: Received, answer: Answer) -> list[str]:
    """The description knows no spaces: each path stands in every one. It wants kbn-xsrf, which is no parameter to the
    checker; and it gives what a search for rules answers as one rule, where Kibana answers a page of them.
    """
    received = replace(received, path=re.sub(r"^/s/[^/]+", "", received.path))
    found = description().check_request(received)
    if received.method != "GET" and not received.headers.get("kbn-xsrf"):
        found.append(f"{received.method} {received.path}: no kbn-xsrf")
    if received.path == FIND_RULES:
        rows = json.loads(answer.body)["data"]
        return found + [problem for row in rows for problem in description().check_answer(received, json_answer(row))]
    return found + description().check_answer(received, answer)


@pytest.fixture
def kibana() -> Exchanges[KibanaClient]:
    return exchanges(KibanaClient, make_simulator())


@pytest.mark.parametrize("operation", sorted(examples(KibanaClient)))
def test_every_operation_asks_and_is_answered_as_described(kibana: Exchanges[KibanaClient], operation: str) -> None:
    getattr(kibana.client, operation)(**examples(KibanaClient)[operation])
    assert kibana.said
    assert problems(kibana) == []


def test_the_description_would_find_a_fault() -> None:
    assert _problems(Received("POST", "/api/alerting/rule/x/_enable"), Answer(204))
    assert _problems(Received("GET", "/api/status"), json_answer({"status": {"overall": {"level": "asleep"}}}))
    assert _problems(Received("GET", FIND_RULES, {"rows": ["1"]}), json_answer({"data": []}))
    assert _problems(Received("GET", FIND_RULES), json_answer({"data": [{"id": 1}]}))
