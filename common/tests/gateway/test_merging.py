"""The answers of several backends as one list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from rest_framework.test import APIClient

from api_clients.configuration_secrets import Secrets
from api_clients.platforms.backend.simulator import KEY, KEY_HEADER, OPTIONS, StoreroomSimulator
from api_clients.simulation import SimulatorServer, serve
from common.tests.gateway.conftest import Configure, Lab

pytestmark = pytest.mark.django_db(transaction=True)  # several are asked in threads
READ = "/api/clients/backend/read/"
Labs = Callable[..., Lab]


@pytest.fixture
def storerooms(configure: Configure) -> Iterator[dict[str, SimulatorServer]]:
    """Two backends with other parts: `north` has two, `south` three and stands in for it."""
    shelves = {"north": ("bolt", "nut"), "south": ("washer", "screw", "rivet")}
    with ExitStack() as stack:
        servers = {name: stack.enter_context(serve(StoreroomSimulator(*parts))) for name, parts in shelves.items()}
        targets = {name: described(server) for name, server in servers.items()}
        targets["north"]["fallback"] = "south"
        configure({"backend": {"targets": targets}}, secrets=Secrets({"STOREROOM": KEY}))
        yield servers


def described(server: SimulatorServer) -> dict[str, Any]:
    return {
        "instances": [{"url": server.url}],
        "auth": {"kind": "api_key", "header": KEY_HEADER, "token_env": "STOREROOM"},
        "retry": {"attempts": 1},
        "options": OPTIONS.model_dump(exclude_none=True),
    }


def rows_of(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["target"], row["value"]["name"]) for row in document["data"]]


def test_the_lists_of_several_backends_become_one(storerooms: object, viewer: APIClient) -> None:
    answer = viewer.get(READ, {"target": "*", "merge": "true", "operation": "parts"})
    assert answer.status_code == 200, answer.content
    document = answer.json()
    assert rows_of(document) == [
        ("north", "bolt"),
        ("north", "nut"),
        ("south", "washer"),
        ("south", "screw"),
        ("south", "rivet"),
    ]
    assert document["meta"]["partial"] is False
    assert set(document["meta"]["targets"]) == {"north", "south"}


def test_the_order_is_that_in_which_they_are_named(storerooms: object, viewer: APIClient) -> None:
    document = viewer.get(READ, {"target": "south,north", "merge": "true", "operation": "parts"}).json()
    assert [target for target, _ in rows_of(document)] == ["south"] * 3 + ["north"] * 2


def test_an_answer_that_is_no_list_is_one_row(storerooms: object, viewer: APIClient) -> None:
    asked = {"target": "*", "merge": "true", "operation": "part", "arguments": '{"number": 1}'}
    assert rows_of(viewer.get(READ, asked).json()) == [("north", "nut"), ("south", "screw")]


def test_the_rows_of_those_who_answered_are_marked_as_partial(
    storerooms: dict[str, SimulatorServer], viewer: APIClient
) -> None:
    storerooms["north"].stop()
    answer = viewer.get(READ, {"target": "*", "merge": "true", "operation": "parts"})
    assert answer.status_code == 200
    assert [target for target, _ in rows_of(answer.json())] == ["south"] * 3, "nobody is told twice, nor as another"
    assert answer.json()["meta"]["partial"] is True
    assert answer.json()["meta"]["errors"]["north"]["code"] == "service_unreachable"


def test_where_nobody_answers_there_is_no_list(storerooms: dict[str, SimulatorServer], viewer: APIClient) -> None:
    for server in storerooms.values():
        server.stop()
    assert viewer.get(READ, {"target": "*", "merge": "true", "operation": "parts"}).status_code == 503


def test_an_action_on_several_is_told_in_rows_too(labs: Labs, operator: APIClient) -> None:
    labs("a", "b")
    answer = operator.post("/api/clients/gns3/create_project/?target=*&merge=true", {"name": "branch"})
    assert rows_of(answer.json()) == [("a", "branch"), ("b", "branch")]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"merge": "true"}, "Only the answers of several targets"),
        ({"target": "a", "merge": "true"}, "Only the answers of several targets"),
        ({"target": "a,b", "merge": "perhaps"}, "Say true or false."),
    ],
)
def test_what_cannot_be_merged_is_refused_before_anybody_is_asked(
    labs: Labs, viewer: APIClient, query: dict[str, str], told: str
) -> None:
    lab = labs("main", "a", "b")
    answer = viewer.get("/api/clients/gns3/version/", query)
    (problem,) = answer.json()["details"]
    assert (answer.status_code, problem["field"]) == (400, "merge")
    assert problem["message"].startswith(told)
    assert lab.asked("main") == lab.asked("a") == []
