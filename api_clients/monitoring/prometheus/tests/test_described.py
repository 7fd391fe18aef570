"""Every request and every answer of the simulator against the official description of the API."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from api_clients.domain.errors import Rejected
from api_clients.monitoring.prometheus.client import PrometheusClient
from api_clients.monitoring.prometheus.simulator import PrometheusSimulator
from api_clients.monitoring.tests.exchanges import Exchanges, examples, exchanges
from api_clients.simulation import Answer, Received
from api_clients.tests.contracts import contract_file
from api_clients.tests.openapi import Description

END = datetime(2026, 11, 20, 12, 5, tzinfo=UTC)
START = END - timedelta(minutes=5)
LONG = " or ".join(f'up{{job="job-{number}"}}' for number in range(300))
# The description leaves out what a remote write holds, and the paths outside of the API.
UNDESCRIBED = ("POST /write: no body is described", "POST /-/reload: no such operation is described")

VARIANTS: dict[str, Callable[[PrometheusClient], Any]] = {
    "query at a moment": lambda client: client.query("up", time=END, timeout_seconds=2.5),
    "query of a scalar": lambda client: client.query("42"),
    "query of a matrix": lambda client: client.query("up[5m]"),
    "query of nothing": lambda client: client.query("absent_metric"),
    "query too long for an address": lambda client: client.query(LONG),
    "range of fractions of a second": lambda client: client.query_range("up", START, START + timedelta(1e-5), 0.25),
    "range too long for an address": lambda client: client.query_range(LONG, START, END, 60),
    "exemplars of a span": lambda client: client.exemplars("up", START, END),
    "exemplars too long for an address": lambda client: client.exemplars(LONG),
    "format too long for an address": lambda client: client.format_query(LONG),
    "series of a span": lambda client: client.series(["up", 'node_load1{job="node"}'], START, END, limit=2),
    "series too long for an address": lambda client: client.series([f'up{{job="{n}"}}' for n in range(300)]),
    "labels of some series": lambda client: client.labels(["up"], START, END, limit=10),
    "labels too long for an address": lambda client: client.labels([f'up{{job="{n}"}}' for n in range(300)]),
    "values of some series": lambda client: client.label_values("job", ["up"], START, END, limit=10),
    "metadata of one metric": lambda client: client.metadata("up", limit=1),
    "metadata of one metric's targets": lambda client: client.target_metadata('{job="node"}', "up", 5),
    "targets of one pool": lambda client: client.targets("active", "node"),
    "dropped targets": lambda client: client.targets("dropped"),
    "alerting rules": lambda client: client.rules(
        "alert", ["TargetDown"], ["site"], ["/etc/prometheus/rules/site.yml"]
    ),
    "the most of the head": lambda client: client.tsdb(3),
    "deletion of a span": lambda client: client.delete_series(["up"], START, END),
    "snapshot without the head": lambda client: client.snapshot(skip_head=True),
}


@pytest.fixture(scope="module")
def description() -> Description:
    return Description.load(contract_file("prometheus/openapi_3.1_golden.yaml"))


@pytest.fixture(params=["full", "empty"])
def said(request: pytest.FixtureRequest) -> Exchanges[PrometheusClient]:
    return exchanges(PrometheusClient, PrometheusSimulator(is_empty=request.param == "empty"))


@pytest.mark.parametrize(("name", "arguments"), examples(PrometheusClient).items(), ids=lambda item: str(item)[:24])
def test_every_example_is_asked_and_answered_as_described(
    said: Exchanges[PrometheusClient], description: Description, name: str, arguments: dict[str, Any]
) -> None:
    getattr(said.client, name)(**arguments)
    assert said.said
    assert [problem for problem in problems(said, description) if problem not in UNDESCRIBED] == []


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_is_asked_and_answered_as_described(
    said: Exchanges[PrometheusClient], description: Description, variant: str
) -> None:
    VARIANTS[variant](said.client)
    assert said.said
    assert problems(said, description) == []


def test_a_long_query_is_a_form(said: Exchanges[PrometheusClient]) -> None:
    said.client.query(LONG, time=END)
    received, _ = said.said[0]
    assert (received.method, received.path, dict(received.params)) == ("POST", "/api/v1/query", {})
    assert parse_qs(received.body.decode()) == {"query": [LONG], "time": ["1795176300.000"], "timeout": ["20"]}


def test_an_error_is_answered_as_described(said: Exchanges[PrometheusClient], description: Description) -> None:
    with pytest.raises(Rejected, match="bad_data"):
        said.client.query("sum(up")
    assert said.said[0][1].status == 400
    assert problems(said, description) == []


def test_the_check_finds_what_is_not_described(said: Exchanges[PrometheusClient], description: Description) -> None:
    said.client.targets()
    received, answer = said.said[0]
    assert description.check_request(dataclasses.replace(received, params={"status": ["any"]}))
    assert description.check_answer(received, Answer(200, answer.body.replace(b"activeTargets", b"targets")))


def problems(said: Exchanges[PrometheusClient], description: Description) -> list[str]:
    """What is not as described, of forms too, which the common checker does not look into."""
    found = said.problems(description)
    return [*found, *(problem for received, _ in said.said for problem in form_problems(received, description))]


def form_problems(received: Received, description: Description) -> Iterator[str]:
    if received.headers.get("content-type") != "application/x-www-form-urlencoded":
        return
    item = description._document["paths"][received.path.removeprefix("/api/v1")]["post"]
    schema = description._resolve(item["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"])
    form = parse_qs(received.body.decode(), strict_parsing=True)
    yield from (f"{received.path}: {name} is not described" for name in set(form) - set(schema["properties"]))
    yield from (f"{received.path}: {name} is lacking" for name in set(schema.get("required", ())) - set(form))
    for name, values in form.items():
        if problem := description._value(values, schema["properties"].get(name, {})):
            yield f"{received.path}: {name}: {problem}"
