"""Every request of the client, and every answer of its simulator, against Kibana's official description."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from api_clients.domain.errors import Overloaded, Rejected
from api_clients.monitoring.kibana.client import KibanaClient
from api_clients.monitoring.kibana.operations.rules import ACTIVE
from api_clients.monitoring.kibana.simulator import make_simulator
from api_clients.monitoring.tests.exchanges import Exchanges, examples, exchanges
from api_clients.simulation import Answer, Received, json_answer
from api_clients.tests.contracts import contract_file
from api_clients.tests.openapi import Description

REFERENCE = {"type": "index-pattern", "id": "logs", "name": "view"}
HOSTS = {"type": "dashboard", "id": "hosts"}
FILE = b'{"id":"hosts","type":"dashboard","attributes":{"title":"Hosts"},"references":[]}'
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
    if received.path == FIND_RULES and answer.status == 200:
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


VARIANTS: dict[str, Callable[[KibanaClient], Any]] = {
    "a search in a space": lambda client: client.find_saved_objects(
        ["dashboard", "lens"], "net*", ["title"], page=2, per_page=5, space="operations"
    ),
    "a new object of an id": lambda client: client.create_saved_object("lens", {"title": "x"}, [REFERENCE], "new"),
    "an object that is overwritten": lambda client: client.create_saved_object("lens", {}, (), "traffic", True),
    "an object that is taken": lambda client: client.create_saved_object("dashboard", {}, object_id="hosts"),
    "a deletion by force": lambda client: client.delete_saved_object("dashboard", "hosts", force=True),
    "a deletion of nothing": lambda client: client.delete_saved_object("dashboard", "nowhere"),
    "a change of nothing": lambda client: client.update_saved_object("dashboard", "nowhere", {"title": "x"}),
    "an export of some": lambda client: client.export_saved_objects(objects=[HOSTS], space="default"),
    "an export of nothing": lambda client: client.export_saved_objects(objects=[HOSTS], space="operations"),
    "an import with conflicts": lambda client: client.import_saved_objects(client.export_saved_objects(["dashboard"])),
    "an import of copies": lambda client: client.import_saved_objects(FILE, as_copies=True, space="operations"),
    "an import that overwrites": lambda client: client.import_saved_objects(FILE, overwrite=True),
    "an import of no lines": lambda client: client.import_saved_objects(b"{"),
    "a data view that is replaced": lambda client: client.create_data_view("logs-*", overwrite=True),
    "a data view that is there": lambda client: client.create_data_view("logs-*"),
    "a data view that is not there": lambda client: client.data_view("nowhere", space="operations"),
    "a deletion of no data view": lambda client: client.delete_data_view("nowhere"),
    "a space with everything": lambda client: client.create_space("x", "X", "an X", ["ml", "apm"]),
    "rules by a filter": lambda client: client.rules("disk*", ACTIVE, space="default"),
    "rules by no filter": lambda client: client.rules(filter_kql="((("),
    "a rule that is not there": lambda client: client.rule("nowhere"),
    "the muting of no rule": lambda client: client.mute_rule("nowhere", space="operations"),
}


@pytest.mark.parametrize("what", VARIANTS)
def test_other_arguments_and_refusals_are_as_described(kibana: Exchanges[KibanaClient], what: str) -> None:
    with suppress(Rejected):
        VARIANTS[what](kibana.client)
    assert kibana.said
    assert problems(kibana) == []


@pytest.mark.parametrize("level", ["degraded", "unavailable"])
def test_a_kibana_that_is_not_well_says_so_as_described(level: str) -> None:
    simulator = make_simulator()
    simulator.level = level
    kibana = exchanges(KibanaClient, simulator)
    with suppress(Overloaded):
        kibana.client.status()
    assert problems(kibana) == []
