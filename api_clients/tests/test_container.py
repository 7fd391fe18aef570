from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import structlog
from prometheus_client import CollectorRegistry, generate_latest
from pydantic import SecretStr

from api_clients.catalog import CATALOG, ServiceEntry, make_catalog
from api_clients.clients import NotConfigured
from api_clients.configuration import ConfigurationInvalid, TargetModel
from api_clients.container import ClientsContainer, make_container
from api_clients.domain.errors import CircuitOpen, Rejected, Unauthorized, Unreachable
from api_clients.infrastructure.tests.rig import patiently
from api_clients.simulation import SimulatorServer, serve, status
from api_clients.tests.example_service import TOKEN, Part, StoreroomSimulator
from api_clients.tests.servers import RedisServer

STOREROOM = ServiceEntry(
    "storeroom", "tests", "service", "api_clients.tests.example_service:StoreroomClient", "a storeroom of parts"
)
CATALOG_WITH_STOREROOM = make_catalog([STOREROOM, *CATALOG.values()])


@pytest.fixture
def simulator() -> StoreroomSimulator:
    return StoreroomSimulator()


@pytest.fixture
def server(simulator: StoreroomSimulator) -> Iterator[SimulatorServer]:
    with serve(simulator) as running:
        yield running


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clients.yaml"


def write(path: Path, url: str, *, token: str = TOKEN, more: str = "") -> None:
    secret = path.with_name(f"{token}.token")
    secret.write_text(token)
    text = f"""
    services:
      storeroom:
        breaker: {{failure_threshold: 2, recovery_seconds: 60}}
        targets:
          main:
            instances: [{{url: "{url}"}}]
            auth: {{kind: bearer, token_file: {secret}}}
            retry: {{attempts: 1}}
    """
    replacement = path.with_suffix(".new")
    replacement.write_text(dedent(text) + more)
    replacement.replace(path)


def container_of(path: Path | None, **options: Any) -> ClientsContainer:
    return make_container(
        clients_file=path, catalog=CATALOG_WITH_STOREROOM, prometheus_registry=CollectorRegistry(), **options
    )


def test_configuration_in_ready_clients_out(path: Path, server: SimulatorServer) -> None:
    write(path, server.url)
    container = container_of(path)
    client = container.clients().get("storeroom")
    assert client.part(1) == Part(1, "nut")
    text = generate_latest(container.prometheus_registry()).decode()
    assert 'nms_client_requests_total{operation="part",outcome="success",service="storeroom"} 1.0' in text
    assert 'nms_client_request_quantile_seconds{operation="part",quantile="0.99",service="storeroom"}' in text


def test_without_a_file_the_clients_of_devices_are_ready_all_the_same() -> None:
    clients = container_of(None).clients()
    assert type(clients.get("snmp")).__name__ == "SnmpClient"
    assert type(clients.get("icmp")).__name__ == "IcmpClient"
    assert type(clients.get("console")).__name__ == "ConsoleClient"
    with pytest.raises(NotConfigured, match=r"storeroom/main is not configured. Configured: .*icmp/main, snmp/main"):
        clients.get("storeroom")


def test_a_start_with_a_broken_file_is_refused(path: Path) -> None:
    path.write_text("services: {storeroom: {targets: {main: {}}}}")
    with pytest.raises(ConfigurationInvalid, match=r"services.storeroom.targets.main.instances: Field required"):
        container_of(path).clients()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("{retrys: 1}", r"services.snmp.options.retrys: no such option. Known: .*retries"),
        ("{timeout_seconds: -1.0}", r"services.snmp.options: time limits are positive"),
        ("{timeout_seconds: soon}", r"services.snmp.options.timeout_seconds: Input should be a valid number"),
    ],
)
def test_wrong_options_of_a_device_client_are_refused_by_name(path: Path, options: str, message: str) -> None:
    path.write_text(f"services: {{snmp: {{options: {options}}}}}")
    with pytest.raises(ConfigurationInvalid, match=message):
        container_of(path).clients()


def test_a_changed_file_takes_effect_without_a_restart(path: Path, server: SimulatorServer) -> None:
    write(path, server.url, token="wrong")
    clients = container_of(path).clients()
    with pytest.raises(Unauthorized):
        clients.get("storeroom").parts()
    write(path, server.url)
    clients.refresh(now=True)
    assert len(clients.get("storeroom").parts()) == 3


def test_the_file_is_looked_at_when_a_client_is_asked_for(path: Path, server: SimulatorServer) -> None:
    write(path, server.url)
    container = container_of(path)
    clients = container.clients()
    before = clients.get("storeroom")
    write(path, server.url, token="other")
    container.file()._checked_at -= 2.0  # two seconds later
    assert clients.get("storeroom") is not before


def test_a_broken_new_file_is_refused_with_its_reason_and_the_old_one_stays(
    path: Path, server: SimulatorServer
) -> None:
    write(path, server.url)
    clients = container_of(path).clients()
    before = clients.get("storeroom")
    write(path, server.url, more="  snmp: {options: {retries: many}}\n")
    with structlog.testing.capture_logs() as lines:
        clients.refresh(now=True)
        clients.refresh(now=True)
    refusals = [line for line in lines if line["event"] == "configuration_refused"]
    assert len(refusals) == 1  # once, not at every look
    assert "services.snmp.options.retries" in refusals[0]["reason"]
    assert clients.problem == refusals[0]["reason"]
    assert clients.get("storeroom") is before
    assert len(before.parts()) == 3

    write(path, server.url, token="other")
    clients.refresh(now=True)
    assert clients.problem is None
    assert clients.get("storeroom") is not before


def test_a_file_that_disappears_is_refused_and_taken_up_when_it_is_back(path: Path, server: SimulatorServer) -> None:
    write(path, server.url)
    clients = container_of(path).clients()
    path.unlink()
    clients.refresh(now=True)
    assert clients.problem is not None
    assert "No such file" in clients.problem
    assert len(clients.get("storeroom").parts()) == 3
    write(path, server.url)
    clients.refresh(now=True)
    assert clients.problem is None


def test_a_refused_file_is_taken_up_when_what_it_lacked_is_there(
    path: Path, tmp_path: Path, server: SimulatorServer
) -> None:
    write(path, server.url)
    clients = container_of(path).clients()
    secret = tmp_path / "token"
    write(path, server.url)
    path.write_text(path.read_text().replace(str(path.with_name(f"{TOKEN}.token")), str(secret)))
    with structlog.testing.capture_logs() as lines:
        clients.refresh(now=True)
        clients.refresh(now=True)
    assert [line["event"] for line in lines].count("configuration_refused") == 1
    assert "token_file" in str(clients.problem)
    secret.write_text(TOKEN)
    clients.refresh(now=True)
    assert clients.problem is None
    assert len(clients.get("storeroom").parts()) == 3


def test_a_client_whose_part_of_the_file_did_not_change_is_left_alone(path: Path, server: SimulatorServer) -> None:
    write(path, server.url)
    clients = container_of(path).clients()
    before = clients.get("storeroom"), clients.get("snmp")
    write(path, server.url, more="  snmp: {breaker: {failure_threshold: 9}}\n")
    clients.refresh(now=True)
    assert (clients.get("storeroom"), clients.get("snmp")) == before


def test_a_removed_target_is_gone(path: Path, server: SimulatorServer) -> None:
    write(path, server.url)
    clients = container_of(path).clients()
    path.write_text("services: {}")
    clients.refresh(now=True)
    with pytest.raises(NotConfigured):
        clients.get("storeroom")


def test_what_is_lent_is_there_until_it_is_taken_back_and_the_file_goes_before_it(
    path: Path, server: SimulatorServer
) -> None:
    path.write_text("")
    clients = container_of(path).clients()
    auth = {"kind": "bearer", "token": SecretStr(TOKEN)}
    lent = TargetModel.model_validate({"instances": [{"url": server.url}], "auth": auth})
    clients.lend("storeroom", "lent", lent)
    assert clients.get("storeroom", "lent").part(1) == Part(1, "nut")
    write(path, server.url)
    clients.refresh(now=True)
    assert [target for service, target in clients.configured() if service == "storeroom"] == ["main"]
    path.write_text("services: {}")
    clients.refresh(now=True)
    assert [target for service, target in clients.configured() if service == "storeroom"] == ["lent"]
    clients.take_back("storeroom", "lent")
    clients.take_back("storeroom", "lent")
    with pytest.raises(NotConfigured):
        clients.get("storeroom", "lent")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            "url: 'ftp://x'",
            r"services.storeroom.targets.main.instances.0.url: should be an address of http:// or https://",
        ),
        ("url: 'unix:///run/x.sock'", r"main.instances.0.url: should be an address of http:// or https://"),
    ],
)
def test_an_address_that_the_service_does_not_take_is_refused_by_its_key(path: Path, wrong: str, message: str) -> None:
    path.write_text(f"services: {{storeroom: {{targets: {{main: {{instances: [{{{wrong}}}]}}}}}}}}")
    with pytest.raises(ConfigurationInvalid, match=message):
        container_of(path).clients()


def test_options_of_a_service_that_has_none_are_refused(path: Path) -> None:
    main = "{instances: [{url: 'http://x'}], options: {secret: hidden}}"
    path.write_text(f"services: {{storeroom: {{targets: {{main: {main}}}}}}}")
    with pytest.raises(ConfigurationInvalid, match=r"targets.main.options: this service has none") as caught:
        container_of(path).clients()
    assert "hidden" not in str(caught.value)


def test_a_loan_of_what_cannot_be_is_refused_and_changes_nothing(server: SimulatorServer) -> None:
    clients = container_of(None).clients()
    before = clients.configured()
    with pytest.raises(ConfigurationInvalid, match=r"services.snmp.targets"):
        clients.lend("snmp", "main", TargetModel.model_validate({"instances": [{"url": server.url}]}))
    assert clients.configured() == before
    clients.refresh(now=True)


def test_a_rotated_secret_file_takes_effect(path: Path, tmp_path: Path, server: SimulatorServer) -> None:
    secret = tmp_path / "token"
    secret.write_text("old")
    write(path, server.url)
    path.write_text(path.read_text().replace(str(path.with_name(f"{TOKEN}.token")), str(secret)))
    clients = container_of(path).clients()
    with pytest.raises(Unauthorized):
        clients.get("storeroom").parts()
    secret.write_text(TOKEN)
    clients.refresh(now=True)
    assert len(clients.get("storeroom").parts()) == 3


def test_a_circuit_stays_open_over_a_reload_and_its_policy_changes(
    path: Path, server: SimulatorServer, simulator: StoreroomSimulator
) -> None:
    write(path, server.url)
    container = container_of(path)
    clients = container.clients()
    simulator.inject(status(500))
    for _ in range(2):
        with pytest.raises(Unreachable):
            clients.get("storeroom").parts()
    write(path, server.url + "/moved")
    clients.refresh(now=True)
    with pytest.raises(CircuitOpen):
        clients.get("storeroom").parts()
    path.write_text(path.read_text().replace("recovery_seconds: 60", "recovery_seconds: 0.01").replace("/moved", ""))
    clients.refresh(now=True)
    simulator.clear()
    time.sleep(0.02)
    assert len(clients.get("storeroom").parts()) == 3


def test_calls_under_way_survive_a_reload(path: Path, server: SimulatorServer) -> None:
    write(path, server.url)
    clients = container_of(path).clients()
    failures: list[BaseException] = []
    stop = threading.Event()

    def call() -> None:
        while not stop.is_set():
            try:
                clients.get("storeroom").parts()
            except BaseException as error:
                failures.append(error)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for round_ in range(10):
        write(path, server.url, more=f"# {round_}\n")
        path.write_text(path.read_text().replace("attempts: 1", f"attempts: {1 + round_ % 2}"))
        clients.refresh(now=True)
    stop.set()
    for thread in threads:
        thread.join(60)
    assert failures == []


def test_another_identity_is_not_served_what_the_first_one_cached(path: Path, server: SimulatorServer) -> None:
    write(path, server.url)
    clients = container_of(path).clients()
    assert clients.get("storeroom").part(0) == Part(0, "bolt")
    write(path, server.url, token="stranger")
    clients.refresh(now=True)
    with pytest.raises(Unauthorized):
        clients.get("storeroom").part(0)


@pytest.mark.needs("redis-server")
def test_with_redis_two_processes_worth_of_clients_share_cache_and_circuit(
    path: Path,
    server: SimulatorServer,
    simulator: StoreroomSimulator,
    redis_server: RedisServer,
) -> None:
    write(path, server.url)
    containers = [container_of(path, redis_url=redis_server.url) for _ in range(2)]
    for container in containers:
        container.redis.override(patiently(redis_server.url))
    one, other = (container.clients() for container in containers)
    assert one.get("storeroom").part(0) == other.get("storeroom").part(0) == Part(0, "bolt")
    assert len(simulator.received) == 1
    simulator.inject(status(500))
    for clients in (one, other):  # one failure each, two in all
        with pytest.raises(Unreachable):
            clients.get("storeroom").parts()
    for clients in (one, other):
        with pytest.raises(CircuitOpen):
            clients.get("storeroom").parts()


def test_an_unknown_part_is_the_services_own_no(path: Path, server: SimulatorServer) -> None:
    write(path, server.url)
    with pytest.raises(Rejected, match="no part 99") as caught:
        container_of(path).clients().get("storeroom").part(99)
    assert caught.value.status == 404
    assert str(caught.value).startswith("storeroom part main: ")


def test_no_environment_variable_is_needed_and_none_is_read(
    path: Path, server: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "HTTP_PROXY", "http://127.0.0.1:1")
    write(path, server.url)
    assert len(container_of(path).clients().get("storeroom").parts()) == 3
