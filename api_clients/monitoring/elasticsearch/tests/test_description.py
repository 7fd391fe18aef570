"""Every request of the client, and every answer of the simulator, is as the official description of 8.17 says."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

import pytest

from api_clients.monitoring.elasticsearch.client import ElasticsearchClient
from api_clients.monitoring.elasticsearch.simulator import ElasticsearchSimulator, State, make_simulator
from api_clients.monitoring.tests.exchanges import Exchanges, examples, exchanges
from api_clients.tests.contracts import contract_file
from api_clients.tests.openapi import Description

FILE = "elasticsearch/elasticsearch-openapi-8.17.json"
EXAMPLES = examples(ElasticsearchClient)
VARIANTS: dict[str, Callable[[ElasticsearchClient], Any]] = {
    "search of all": lambda client: client.search(),
    "search after": lambda client: client.search(
        sort=["host", "bytes:desc"], search_after=["r1", 100], fields=["host"]
    ),
    "search of a bool": lambda client: client.search(
        "network-logs,scratch",
        {"bool": {"filter": [{"term": {"host": {"value": "r1"}}}], "must_not": [{"exists": {"field": "nothing"}}]}},
        offset=5,
        count_all=False,
    ),
    "search_all sorted": lambda client: client.search_all(
        "network-*", sort=["@timestamp:desc"], limit=20, page_size=10
    ),
    "count of a query": lambda client: client.count("network-logs", {"match": {"message": {"query": "changed"}}}),
    "index_document with an id": lambda client: client.index_document("scratch", {"a": 1}, id="x", refresh="wait_for"),
    "bulk with ids": lambda client: client.bulk_index(
        "scratch", [{"n": 1}, {"n": 2}], id_field="n", action="create", pipeline="p", refresh="true"
    ),
    "create_index alone": lambda client: client.create_index("another"),
    "cat of a pattern": lambda client: client.cat_indices("network-*"),
    "nodes_stats of one": lambda client: client.nodes_stats("es-1"),
    "mappings of all": lambda client: client.mappings(),
    "one template": lambda client: client.index_templates("network-logs"),
    "a template of a data stream": lambda client: client.put_index_template(
        "s", ["s-*"], settings={"number_of_shards": 1}, priority=5, composed_of=["a"], is_data_stream=True
    ),
    "one policy": lambda client: client.ilm_policies("network-logs"),
    "states of all": lambda client: client.ilm_explain("*"),
}


@pytest.fixture
def elasticsearch() -> Exchanges[ElasticsearchClient]:
    return exchanges(ElasticsearchClient, make_simulator())


@functools.cache
def described() -> Description:
    """Its generator writes every union as oneOf, also where members overlap: an id is a text, and a text or null."""
    return Description(_with_unions(json.loads(contract_file(FILE).read_text(encoding="utf-8"))))


def _with_unions(node: Any) -> Any:
    if isinstance(node, list):
        return [_with_unions(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {"anyOf" if name == "oneOf" else name: _with_unions(value) for name, value in node.items()}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_operation_is_as_described(elasticsearch: Exchanges[ElasticsearchClient], name: str) -> None:
    getattr(elasticsearch.client, name)(**EXAMPLES[name])
    assert elasticsearch.said
    assert elasticsearch.problems(described()) == []


@pytest.mark.parametrize("name", VARIANTS)
def test_variants_of_operations_are_as_described(elasticsearch: Exchanges[ElasticsearchClient], name: str) -> None:
    VARIANTS[name](elasticsearch.client)
    assert elasticsearch.problems(described()) == []


@pytest.mark.parametrize("status", ["yellow", "red"])
def test_a_cluster_that_is_not_well_is_described_too(status: str) -> None:
    asked = exchanges(ElasticsearchClient, ElasticsearchSimulator(State(status=status)))
    asked.client.health()
    asked.client.active_alerts()
    assert asked.problems(described()) == []


def test_an_aggregation_fits_the_schema_of_its_kind(elasticsearch: Exchanges[ElasticsearchClient]) -> None:
    aggregations = {
        "hosts": {"terms": {"field": "host"}, "aggs": {"most": {"max": {"field": "bytes"}}}},
        "mean": {"avg": {"field": "bytes"}},
        "kinds": {"cardinality": {"field": "severity"}},
    }
    found = elasticsearch.client.search("network-logs", aggregations=aggregations, size=0).aggregations
    for name, kind in {"hosts": "StringTerms", "mean": "Avg", "kinds": "Cardinality"}.items():
        schema = {"$ref": f"#/components/schemas/_types.aggregations:{kind}Aggregate"}
        assert list(described()._validate(found[name], schema)) == []
