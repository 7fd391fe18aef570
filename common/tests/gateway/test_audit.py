"""Every action leaves an event: who, what, with what, where, how it ended; secrets leave none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import SecretStr
from rest_framework.test import APIClient

from api_clients.catalog import CATALOG
from api_clients.clients import Clients, NotConfigured
from api_clients.domain.errors import Rejected
from api_clients.gateway.calling import Answer, Failure
from api_clients.gateway.endpoints import Endpoint, endpoint_of
from api_clients.gateway.signatures import read_signature
from api_clients.network.gns3.client import Gns3Client
from api_clients.network.gns3.examples import id_of
from common.application.gateway import auditing
from common.application.gateway.failures import hub_error, without
from common.models import StoredEvent
from common.tests.gateway.conftest import Lab
from common.tests.people import ClientOf

pytestmark = pytest.mark.django_db(transaction=True)
Labs = Callable[..., Lab]
MARKED = "hunter2-marked-secret"


def recorded() -> list[Any]:
    return list(StoredEvent.objects.filter(type="client.action_taken").order_by("position"))


def test_an_action_is_recorded_with_who_did_it(labs: Labs, client_of: ClientOf) -> None:
    labs("main")
    operator = client_of("operator")
    arguments = {"project_id": id_of(), "node_id": id_of("pc1")}
    assert operator.post("/api/clients/gns3/start_node/", arguments).status_code == 200
    (event,) = recorded()
    assert (event.actor, event.source, event.subject) == ("operator", "gateway", "service:gns3/main")
    assert event.data.pop("seconds") >= 0
    assert event.data == {
        "service": "gns3",
        "operation": "start_node",
        "target": "main",
        "role": "operator",
        "arguments": arguments,
        "outcome": "done",
        "code": "",
        "message": "",
        "over": "rest",
    }


def test_an_action_is_recorded_with_how_long_it_took() -> None:
    auditing.record(wallet(), {}, Answer("main", None, seconds=1.23456), actor="ada", over="rest")
    (event,) = recorded()
    assert event.data["seconds"] == 1.235


def test_an_action_that_failed_is_recorded_with_its_error(labs: Labs, client_of: ClientOf) -> None:
    lab = labs("main")
    lab.servers["main"].stop()
    answer = client_of("operator").post("/api/clients/gns3/create_project/", {"name": "branch"})
    assert answer.status_code == 503
    (event,) = recorded()
    assert (event.data["outcome"], event.data["code"]) == ("failed", "service_unreachable")
    assert event.data["message"] == answer.json()["message"]


def test_an_action_on_several_targets_is_recorded_for_each(labs: Labs, client_of: ClientOf) -> None:
    lab = labs("a", "b")
    lab.servers["b"].stop()
    client_of("operator").post("/api/clients/gns3/create_project/?target=*", {"name": "branch"})
    assert {(event.data["target"], event.data["outcome"]) for event in recorded()} == {("a", "done"), ("b", "failed")}


def test_reads_and_what_was_never_tried_are_not_recorded(labs: Labs, client_of: ClientOf) -> None:
    labs("main")
    client_of("viewer").get("/api/clients/gns3/projects/")
    operator = client_of("operator")
    operator.post("/api/clients/gns3/create_project/", {"nam": "branch"})
    operator.post("/api/clients/gns3/create_project/?target=nowhere", {"name": "branch"})
    APIClient().post("/api/clients/gns3/create_project/", {"name": "branch"})
    assert recorded() == []


@pytest.mark.parametrize("defect", [KeyError(MARKED), ValueError(MARKED)], ids=["a missing key", "a wrong value"])
def test_a_defect_of_ours_is_recorded_too(
    labs: Labs, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, defect: Exception
) -> None:
    labs("main")

    def broken(*args: Any, **kwargs: Any) -> None:
        raise defect

    monkeypatch.setattr(Gns3Client, "create_project", broken)
    answer = client_of("operator").post("/api/clients/gns3/create_project/", {"name": "branch"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert MARKED not in answer.content.decode()
    (event,) = recorded()
    assert (event.data["outcome"], event.data["code"]) == ("failed", "internal_error")
    assert MARKED not in str(event.data)


@pytest.mark.parametrize(
    ("wrong", "code", "told"),
    [(KeyError(MARKED), "internal_error", (500, "internal_error")), (NotConfigured("gns3/b"), "unknown_target", None)],
    ids=["a defect", "a target that has just gone"],
)
def test_what_is_wrong_with_one_target_leaves_the_others_recorded_as_they_ended(
    labs: Labs,
    client_of: ClientOf,
    monkeypatch: pytest.MonkeyPatch,
    wrong: Exception,
    code: str,
    told: tuple[int, str] | None,
) -> None:
    lab = labs("a", "b", "c")
    lab.servers["c"].stop()
    get = Clients.get

    def broken(self: Clients, service: str, target: str) -> Any:
        if target == "b":
            raise wrong
        return get(self, service, target)

    monkeypatch.setattr(Clients, "get", broken)
    answer = client_of("operator").post("/api/clients/gns3/create_project/?target=*", {"name": "branch"})
    if told:
        assert (answer.status_code, answer.json()["code"]) == told
    else:
        errors = answer.json()["meta"]["errors"]
        assert {name: one["code"] for name, one in errors.items()} == {"b": code, "c": "service_unreachable"}
    assert {(event.data["target"], event.data["outcome"], event.data["code"]) for event in recorded()} == {
        ("a", "done", ""),
        ("b", "failed", code),
        ("c", "failed", "service_unreachable"),
    }
    assert MARKED not in str([event.data for event in recorded()])


def test_contents_and_structures_are_recorded_by_name_alone(labs: Labs, client_of: ClientOf) -> None:
    labs("main")
    body = {"project_id": id_of(), "link_id": id_of("pc1-sw1"), "filters": {"packet_loss": [10]}}
    assert client_of("operator").post("/api/clients/gns3/set_filters/", body).status_code == 200
    (event,) = recorded()
    assert event.data["arguments"] == {**body, "filters": "***"}


@dataclass(frozen=True)
class _Owner:
    name: str
    pass_phrase_token: str


class _Wallet:
    def open(
        self,
        name: str,
        password: str,
        api_key: SecretStr,
        note: str = "",
        count: int = 1,
        settings: Mapping[str, Any] | None = None,
        owner: _Owner | None = None,
        query: str = "",
    ) -> None:
        """Open it."""


def wallet() -> Endpoint:
    gns3 = endpoint_of(CATALOG, "gns3", "create_project")
    return Endpoint("wallet", "x", gns3.operation, read_signature(_Wallet.open, where="wallet.open"), "", {})


def test_secret_arguments_are_hidden_wherever_they_come_again() -> None:
    arguments = {
        "name": "mine",
        "password": MARKED,
        "api_key": SecretStr("other-marked"),
        "note": "x" * 201,
        "count": 2,
    }
    endpoint = wallet()
    assert auditing.told_arguments(endpoint, arguments) == {
        "name": "mine",
        "password": "***",
        "api_key": "***",
        "note": "***",
        "count": 2,
    }
    error = Rejected(f"no wallet for {MARKED} and other-marked", status=400, service="wallet", target="main")
    auditing.record(endpoint, arguments, Failure("main", error), actor="ada", over="rest")
    (event,) = recorded()
    assert event.data["message"] == "wallet/main: no wallet for *** and ***"
    assert MARKED not in str(event.data)


def test_messages_repeat_neither_secrets_within_structures_nor_free_texts() -> None:
    arguments = {
        "name": "mine",
        "password": "pass",
        "settings": {"users": [{"login": "ada", "client_secret": ["marked-one"]}], "more": {"apiKey": "marked-two"}},
        "owner": _Owner("ada", "marked-three"),
        "query": "SELECT 'marked-four'",
        "note": f"marked-five{'.' * 200}",
    }
    said = f"marked-one of ada, marked-two, marked-three, passport: SELECT 'marked-four', {arguments['note']}"
    endpoint = wallet()
    error = Rejected(said, status=400, service="wallet", target="main")
    auditing.record(endpoint, arguments, Failure("main", error), actor="ada", over="rest")
    (event,) = recorded()
    assert event.data["message"] == "wallet/main: *** of ada, ***, ***, ***port: ***, ***"
    assert "marked" not in str(event.data)
    shown = str(hub_error(error, hidden=auditing.secret_texts(endpoint, arguments)))
    assert "SELECT 'marked-four'" in shown  # to whoever asked
    assert "marked-one" not in shown


def test_of_two_secrets_one_of_which_begins_like_the_other_nothing_is_left() -> None:
    assert without("it was hunter2-more", ["hunter2", "hunter2-more"]) == "it was ***"
