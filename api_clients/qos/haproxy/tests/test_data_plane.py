"""The Data Plane API: every exchange is as its official description says, and it has a login of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from api_clients.domain.errors import Rejected, Unauthorized
from api_clients.domain.operation import example_of, operations_of
from api_clients.infrastructure.clock import SystemClock
from api_clients.infrastructure.http import Basic
from api_clients.qos.haproxy.client import HaproxyClient
from api_clients.qos.haproxy.operations.data_plane import ID, DataPlaneOperations
from api_clients.qos.haproxy.options import DataPlaneOptions, HaproxyOptions
from api_clients.qos.haproxy.simulator import HaproxySimulator
from api_clients.qos.haproxy.values import ConfiguredServer
from api_clients.simulation import Answer, InProcessTransport, Received, serve
from api_clients.tests.connected import connected
from api_clients.tests.contracts import contract_file
from api_clients.tests.openapi import Description

OF_DATA_PLANE = [item for item in operations_of(HaproxyClient) if item.name in vars(DataPlaneOperations)]
VARIANTS: list[Callable[[Any], Any]] = [
    lambda client: client.configured_servers("app", transaction=ID),
    lambda client: client.add_configured_server("app", "s5", "192.0.2.15", 80, 7, False, True, transaction=ID),
    lambda client: client.add_configured_server("app", "s6", "2001:db8::1", 65535),
    lambda client: client.set_configured_server_weight("app", "s1", 256, transaction=ID),
    lambda client: client.delete_configured_server("app", "s2", transaction=ID),
    lambda client: client.commit_transaction(ID, is_reload_forced=True),
    lambda client: client.set_runtime_server_state("app", "s1", "maint"),
]


class RecordingSimulator(HaproxySimulator):
    """Remembers what it answered to what."""

    def __init__(self) -> None:
        super().__init__()
        self.exchanges: list[tuple[Received, Answer]] = []

    def answer(self, received: Received) -> Answer:
        answer = super().answer(received)
        self.exchanges.append((received, answer))
        return answer


@pytest.fixture
def simulator() -> RecordingSimulator:
    return RecordingSimulator()


@pytest.fixture
def client(simulator: RecordingSimulator) -> Iterator[Any]:
    wire = InProcessTransport(simulator, clock=SystemClock())
    with connected(HaproxyClient, "http://simulator", wire=wire) as made:
        yield made


def are_as_described(simulator: RecordingSimulator) -> None:
    description = Description.load(contract_file("haproxy/haproxy_spec.yaml"))
    assert simulator.exchanges
    problems = [problem for exchange in simulator.exchanges for problem in description.check(*exchange)]
    assert problems == []


@pytest.mark.parametrize("item", OF_DATA_PLANE, ids=lambda item: item.name)
def test_every_operation_is_as_described(item: Any, client: Any, simulator: RecordingSimulator) -> None:
    getattr(client, item.name)(**example_of(HaproxyClient, item))
    are_as_described(simulator)


@pytest.mark.parametrize("ask", VARIANTS)
def test_other_arguments_are_as_described(
    ask: Callable[[Any], Any], client: Any, simulator: RecordingSimulator
) -> None:
    ask(client)
    are_as_described(simulator)


def test_errors_are_as_described(client: Any, simulator: RecordingSimulator) -> None:
    for ask in (
        lambda: client.configured_servers("nowhere"),
        lambda: client.delete_configured_server("app", "nobody"),
        lambda: client.add_configured_server("app", "s1", "192.0.2.1", 80),
        lambda: client.commit_transaction("11111111-aaaa"),
    ):
        with pytest.raises(Rejected):
            ask()
    are_as_described(simulator)


@pytest.mark.parametrize(
    ("version", "body", "problem"),
    [
        ("7", b'{"name": "s9"}', "'address' is a required property"),
        ("7", b'{"name": "s9", "address": "192.0.2.9", "colour": "red"}', "colour"),
        ("seven", b'{"name": "s9", "address": "192.0.2.9"}', "version"),
    ],
)
def test_the_description_would_notice_a_mistake(version: str, body: bytes, problem: str) -> None:
    description = Description.load(contract_file("haproxy/haproxy_spec.yaml"))
    path = "/v3/services/haproxy/configuration/backends/app/servers"
    received = Received("POST", path, {"version": [version]}, {"content-type": "application/json"}, body)
    assert problem in " ".join(description.check_request(received))


def test_a_change_within_a_transaction_is_not_true_until_it_is_committed(client: Any) -> None:
    begun = client.begin_transaction()
    client.add_configured_server("app", "s4", "192.0.2.14", 8080, transaction=begun.id)
    client.set_configured_server_weight("app", "s4", 9, transaction=begun.id)
    assert [item.name for item in client.configured_servers("app")] == ["s1", "s2", "s3"]
    assert client.commit_transaction(begun.id).status == "success"
    assert client.configured_servers("app")[-1] == ConfiguredServer("s4", "192.0.2.14", 8080, 9, is_checked=True)
    assert client.reloads()[-1].status == "in_progress"


def test_a_discarded_transaction_leaves_nothing(client: Any) -> None:
    begun = client.begin_transaction()
    client.delete_configured_server("app", "s1", transaction=begun.id)
    client.discard_transaction(begun.id)
    assert len(client.configured_servers("app")) == 3
    with pytest.raises(Rejected):
        client.commit_transaction(begun.id)


def test_a_change_of_weight_leaves_the_rest_of_a_server(client: Any, simulator: RecordingSimulator) -> None:
    before = dict(simulator.data_plane.servers["s1"])
    client.set_configured_server_weight("app", "s1", 77)
    assert simulator.data_plane.servers["s1"] == {**before, "weight": 77}


def test_a_change_from_an_old_version_is_rejected(client: Any, simulator: RecordingSimulator) -> None:
    ask = simulator.data_plane.answer

    def answer(received: Received) -> Answer:
        """Somebody else is faster, between the question for the version and the change."""
        if received.method == "POST":
            simulator.data_plane.version += 1
        return ask(received)

    simulator.data_plane.answer = answer  # type: ignore[method-assign]
    with pytest.raises(Rejected, match="version") as caught:
        client.add_configured_server("app", "s4", "192.0.2.14", 8080)
    assert caught.value.status == 409
    assert len(simulator.data_plane.servers) == 3


# --- Over HTTP, with its own address and login ---

PAGE_LOGIN, PLANE_LOGIN = ("nms", "password-of-the-page"), ("plane", "password-of-the-plane")


def options(url: str, password: str = PLANE_LOGIN[1]) -> HaproxyOptions:
    return HaproxyOptions(data_plane=DataPlaneOptions(url=url, username=PLANE_LOGIN[0], password=SecretStr(password)))


def test_each_side_gets_its_own_login_alone() -> None:
    page, plane = HaproxySimulator(login=PAGE_LOGIN), HaproxySimulator(data_plane_login=PLANE_LOGIN)
    with (
        serve(page) as page_server,
        serve(plane) as plane_server,
        connected(
            HaproxyClient,
            page_server.url,
            credentials=Basic(*PAGE_LOGIN),
            options=options(plane_server.url),
        ) as client,
    ):
        assert client.configured_backends()[0].balance == "roundrobin"
        assert client.servers("app")
    assert {received.path for received in plane.received} == {"/v3/services/haproxy/configuration/backends"}
    assert {received.path for received in page.received} == {"/stats;csv"}
    assert {received.headers["authorization"] for received in page.received} == {
        Basic(*PAGE_LOGIN).headers()["Authorization"]
    }


def test_a_refused_login_shows_no_password() -> None:
    plane = HaproxySimulator(data_plane_login=PLANE_LOGIN)
    wrong = "not-the-password-of-the-plane"
    with serve(plane) as server:
        chosen = options(server.url, wrong)
        with connected(HaproxyClient, server.url, options=chosen) as client, pytest.raises(Unauthorized) as caught:
            client.configured_backends()
    shown = f"{caught.value!r} {vars(caught.value)} {client!r} {vars(client)} {chosen!r}"
    assert wrong not in shown
