"""Every operation of the catalogue as an endpoint; which of them are reads; answers to their examples."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from api_clients.catalog import CATALOG, ServiceEntry, make_catalog
from api_clients.domain.errors import ServiceError
from api_clients.domain.operation import operation
from api_clients.gateway.endpoints import NoSuchOperation, NoSuchService, endpoint_of, endpoints_of
from api_clients.gateway.examples import ExampleFailed, answer_to_example, example_arguments, response_example
from api_clients.gateway.openapi import describe_endpoint
from api_clients.gateway.signatures import ArgumentsInvalid
from api_clients.gateway.simulated import simulated_client
from api_clients.infrastructure.http import HttpClient

WRONG: tuple[Any, ...] = ("", "..", "a/b", "\0", " ", "{a}", -1, 0, 10**20, -1.0, 1e308, [], [""], [".."], {})
SERVICES = [entry for entry in CATALOG.values() if entry.kind == "service"]


class ShelfClient(HttpClient):
    service = "shelf"

    @operation(idempotent=True, role="viewer")
    def read(self, target: str, fallback: str = "") -> str:
        """Read it."""
        return ""

    @operation(idempotent=True, role="viewer")
    def search(self, query: dict[str, int]) -> str:
        """Search it."""
        return ""

    @operation(idempotent=True, role="operator")
    def put(self, content: bytes, name: str = "") -> None:
        """Put it there."""

    @operation(idempotent=False, role="viewer")
    def count(self) -> int:
        """Count up."""
        return 1


ENTRY = ServiceEntry("shelf", "x", "service", f"{__name__}:ShelfClient", "a shelf")


@pytest.mark.parametrize(
    ("name", "verbs"), [("read", ("GET",)), ("search", ("GET", "POST")), ("put", ("POST",)), ("count", ("POST",))]
)
def test_what_a_viewer_may_ask_again_is_a_get(name: str, verbs: tuple[str, ...]) -> None:
    assert endpoints_of(ENTRY)[name].verbs == verbs


def test_arguments_whose_names_are_taken_have_others_in_a_query() -> None:
    described = describe_endpoint(endpoints_of(ENTRY)["read"])
    names = [one["name"] for one in described.operations["GET"]["parameters"]]
    assert names == ["target", "merge", "fallback", "arg.target", "arg.fallback"]


def test_what_there_is_not_is_told_with_what_there_is() -> None:
    catalog = make_catalog([ENTRY, CATALOG["snmp"]])
    with pytest.raises(NoSuchService, match=r"There is no service 'shelff'\. There are shelf\."):
        endpoint_of(catalog, "shelff", "read")
    with pytest.raises(NoSuchService, match="There is no service 'snmp'"):
        endpoint_of(catalog, "snmp", "get")
    with pytest.raises(NoSuchOperation, match=r"shelf has no operation 'reed'\. It has count, health, put"):
        endpoint_of(catalog, "shelf", "reed")


@pytest.mark.parametrize("entry", SERVICES, ids=lambda entry: entry.name)
def test_the_simulator_answers_every_example(entry: ServiceEntry) -> None:
    for endpoint in endpoints_of(entry).values():
        answer_to_example(entry, endpoint)


@pytest.mark.parametrize("entry", SERVICES, ids=lambda entry: entry.name)
def test_what_a_client_refuses_is_an_error_of_the_tree_for_all_else_is_a_defect(entry: ServiceEntry) -> None:
    for endpoint in endpoints_of(entry).values():
        client, example = simulated_client(entry), example_arguments(endpoint)
        for name, wrong in product((one.name for one in endpoint.signature.parameters), WRONG):
            with suppress(ArgumentsInvalid, ServiceError):
                getattr(client, endpoint.name)(**endpoint.signature.from_json({**example, name: wrong}))


def test_an_example_is_the_same_each_time_though_ids_are_made_up() -> None:
    entry = CATALOG["gns3"]
    endpoint = endpoints_of(entry)["create_node"]
    first, second = (response_example(entry, endpoint) for _ in range(2))
    assert first == second
    assert first["node_id"] == "00000000-0000-4000-8000-000000000001"
    assert first["name"] == "branch"


def test_an_example_that_fails_is_told_by_its_operation() -> None:
    entry = CATALOG["gns3"]
    endpoint = endpoints_of(entry)["node"]
    broken = replace(endpoint, example={**endpoint.example, "node_id": "no-such-node"})
    with pytest.raises(ExampleFailed, match=r"the example of gns3.node: .*404"):
        answer_to_example(entry, broken)
