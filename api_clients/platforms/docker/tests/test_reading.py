"""Documents as engines of several ages send them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api_clients.domain.errors import InvalidRequest, Malformed, Rejected
from api_clients.domain.operation import operations_of
from api_clients.domain.values import Response
from api_clients.infrastructure.clock import SystemClock
from api_clients.platforms.docker import reading
from api_clients.platforms.docker.client import DockerClient
from api_clients.platforms.docker.connection import agreed_version
from api_clients.platforms.docker.operations.containers import services
from api_clients.platforms.docker.simulator import DockerSimulator, SimulatedContainer, service_labels
from api_clients.platforms.docker.values import EngineVersion
from api_clients.simulation import InProcessTransport, garbage
from api_clients.tests.connected import connected


@pytest.mark.parametrize(
    ("newest", "oldest", "agreed"),
    [("1.41", "1.12", (1, 41)), ("1.47", "1.24", (1, 47)), ("1.99", "1.44", (1, 51)), ("1.51", "", (1, 51))],
)
def test_the_newest_version_that_both_speak_is_agreed(newest: str, oldest: str, agreed: tuple[int, int]) -> None:
    assert agreed_version(EngineVersion("", newest, oldest, "", "", "")) == agreed


@pytest.mark.parametrize(
    ("newest", "oldest", "said"),
    [("1.40", "1.12", "1.41, that of Docker 20.10, is the oldest"), ("1.80", "1.70", "no API older than 1.70")],
)
def test_an_engine_too_old_or_too_new_is_rejected_with_the_reason(newest: str, oldest: str, said: str) -> None:
    simulator = DockerSimulator(api_version=newest, minimum_api_version=oldest)
    with client_of(simulator) as client:
        with pytest.raises(Rejected, match=said) as caught:
            client.containers()
        assert client.health().version == "20.10.24"  # it is there, after all
    assert (caught.value.operation, caught.value.service) == ("containers", "docker")


def test_the_version_is_asked_for_once(simulator: DockerSimulator, client: Any) -> None:
    client.containers()
    client.containers(all=True)
    assert [item.path for item in simulator.received] == [
        "/version",
        "/v1.41/containers/json",
        "/v1.41/containers/json",
    ]


def client_of(simulator: DockerSimulator) -> Any:
    return connected(DockerClient, "http://engine:2375", wire=InProcessTransport(simulator, clock=SystemClock()))


@pytest.fixture
def simulator() -> DockerSimulator:
    return DockerSimulator()


@pytest.fixture
def client(simulator: DockerSimulator) -> Iterator[Any]:
    with client_of(simulator) as made:
        yield made


# --- Services ---


def listed(**fields: Any) -> dict[str, Any]:
    return {
        "Id": "ab" * 32,
        "Names": ["/other/alias", "/web"],
        "Image": "labbb:1",
        "State": "running",
        "Status": "Up 2 hours",
        "Created": 1_769_846_400,
        "Labels": service_labels("page", "backend", 8080),
        "Ports": [],
        "HostConfig": {"NetworkMode": "lab"},
        "NetworkSettings": {"Networks": {"lab": {"IPAddress": "172.18.0.2"}}},
        **fields,
    }


def place(instance: str = "unix:///run/docker.sock", **fields: Any) -> tuple[str, int | None]:
    (found,) = services(Response(200, body=json.dumps([listed(**fields)]).encode(), instance=instance))
    return found.address, found.port


PUBLISHED = [{"PrivatePort": 8080, "PublicPort": 80, "Type": "tcp", "IP": "0.0.0.0"}]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ("172.18.0.2", 8080)),
        ({"Ports": PUBLISHED}, ("127.0.0.1", 80)),
        ({"Ports": PUBLISHED, "instance": "https://lab.example.org:2376"}, ("lab.example.org", 80)),
        ({"Ports": [{**PUBLISHED[0], "IP": "192.0.2.1"}]}, ("192.0.2.1", 80)),
        ({"Ports": [{**PUBLISHED[0], "Type": "udp"}]}, ("172.18.0.2", 8080)),
        ({"HostConfig": {"NetworkMode": "host"}, "NetworkSettings": None}, ("127.0.0.1", 8080)),
        (
            {"HostConfig": {"NetworkMode": "none"}, "NetworkSettings": {"Networks": {"none": {"IPAddress": ""}}}},
            ("", 8080),
        ),
        ({"Labels": {"nms.service": "true"}, "Ports": [{"PrivatePort": 9, "Type": "tcp"}]}, ("172.18.0.2", 9)),
        ({"Labels": {"nms.service": "true"}}, ("172.18.0.2", None)),
        ({"Labels": {"nms.service": "true", "nms.service.port": "http"}}, ("172.18.0.2", None)),
        ({"Labels": {"nms.service": "true", "nms.service.port": "0"}}, ("172.18.0.2", None)),
        ({"Labels": {"nms.service": "true", "nms.service.port": "99999999999"}}, ("172.18.0.2", None)),
        ({"Labels": {"nms.service": "true", "nms.service.port": "-1"}}, ("172.18.0.2", None)),
        ({"Ports": None, "Labels": None}, ("172.18.0.2", None)),
    ],
)
def test_where_a_service_is_reached(fields: dict[str, Any], expected: tuple[str, int | None]) -> None:
    assert place(**fields) == expected


@pytest.mark.parametrize(
    ("status", "health"),
    [
        ("Up 2 hours", "none"),
        ("Up 2 hours (healthy)", "healthy"),
        ("Up 1 second (health: starting)", "starting"),
        ("Up 3 days (unhealthy)", "unhealthy"),
        ("Exited (137) 2 minutes ago", "none"),
    ],
)
def test_health_stands_in_the_sentence_of_the_list(status: str, health: str) -> None:
    (found,) = reading.containers([listed(Status=status)])
    assert (found.health, found.name) == (health, "web")


# --- Statistics ---

SAMPLE = {
    "id": "ab",
    "name": "/web",
    "read": "2026-01-31T08:00:02Z",
    "preread": "2026-01-31T08:00:01Z",
    "cpu_stats": {"cpu_usage": {"total_usage": 3_000_000_000}},
    "precpu_stats": {"cpu_usage": {"total_usage": 1_500_000_000}},
    "memory_stats": {"usage": 5_000, "stats": {"inactive_file": 1_000}, "limit": 10_000},
    "blkio_stats": {"io_service_bytes_recursive": None},
    "pids_stats": {"current": 3},
}


def test_more_than_one_core_is_more_than_a_hundred_percent() -> None:
    found = reading.statistics(SAMPLE)
    assert (found.cpu_percent, found.span_seconds, found.cpu_seconds) == (150.0, 1.0, 3.0)
    assert (found.memory_bytes, found.memory_percent, found.processes) == (4_000, 40.0, 3)


@pytest.mark.parametrize(
    "fields",
    [
        {"preread": "0001-01-01T00:00:00Z"},
        {"preread": "2026-01-31T08:00:02Z"},
        {"precpu_stats": {"cpu_usage": {"total_usage": 9_000_000_000}}},  # restarted between the two looks
    ],
)
def test_one_look_tells_no_share_of_the_processor(fields: dict[str, Any]) -> None:
    assert reading.statistics({**SAMPLE, **fields}).cpu_percent is None


def test_both_versions_of_cgroups_are_read() -> None:
    first = {"usage": 5_000, "stats": {"total_inactive_file": 2_000, "inactive_file": 1}, "limit": 10_000}
    assert reading.statistics({**SAMPLE, "memory_stats": first}).memory_bytes == 3_000
    disks = [
        {"op": "Read", "value": 7},
        {"op": "Write", "value": 9},
        {"op": "read", "value": 1},
        {"op": "Sync", "value": 99},
    ]
    found = reading.statistics({**SAMPLE, "blkio_stats": {"io_service_bytes_recursive": disks}})
    assert (found.read_bytes, found.written_bytes) == (8, 9)


def test_the_interfaces_are_added_up() -> None:
    networks = {"eth0": {"rx_bytes": 1, "tx_bytes": 2}, "eth1": {"rx_bytes": 10, "tx_bytes": 20}}
    found = reading.statistics({**SAMPLE, "networks": networks})
    assert (found.received_bytes, found.sent_bytes) == (11, 22)
    none = reading.statistics(SAMPLE)
    assert (none.received_bytes, none.sent_bytes) == (0, 0)


# --- The rest ---


def test_the_environment_is_not_told(client: Any) -> None:
    assert "secret" not in repr(client.container("web"))


def test_figures_are_of_services_that_run(client: Any) -> None:
    figures = {(item.name, item.labels.get("container")): item.value for item in client.figures()}
    assert figures["containers.running", None] == 2
    assert figures["containers.stopped", None] == 1
    assert figures["containers.unhealthy", None] == 1
    assert figures["cpu.used", "web"] == 25.0
    assert figures["memory.used", "store"] == 8_000_000
    assert not [name for name, container in figures if container == "job"]


def test_a_container_that_ends_while_figures_are_taken_is_left_out(simulator: DockerSimulator, client: Any) -> None:
    sampled = simulator._sampled
    simulator._sampled = lambda item: (
        sampled(SimulatedContainer("store", "", is_running=False)) if item.name == "store" else sampled(item)
    )  # type: ignore[method-assign]
    assert {item.labels["container"] for item in client.figures() if item.labels} == {"web"}


def test_events_of_a_kind_and_a_container(client: Any) -> None:
    client.stop("web")
    assert [item.action for item in client.events(container="web")] == ["create", "start", "kill", "die", "stop"]
    assert [item.name for item in client.events(actions=["die"])] == ["web"]
    assert client.events(kinds=["network"]) == ()


@pytest.mark.parametrize(
    "arguments",
    [{"tail": 0}, {"tail": 10_001}, {"since": "naive"}, {"until": "naive"}],
)
def test_limits_of_output_are_checked_before_anything_is_sent(client: Any, arguments: dict[str, Any]) -> None:
    sent = {name: datetime(2026, 1, 1) if value == "naive" else value for name, value in arguments.items()}
    with pytest.raises(InvalidRequest):
        client.logs("web", **sent)


@pytest.mark.parametrize("index", ["", "Logs", "_logs", "a b", 'x"}}\n{"delete', "a" * 300])
def test_an_index_that_is_none_is_refused(client: Any, index: str) -> None:
    with pytest.raises(InvalidRequest):
        client.log_documents("web", index=index)


@pytest.mark.parametrize("seconds", [-1, 301])
def test_a_time_to_stop_in_has_limits(client: Any, seconds: int) -> None:
    with pytest.raises(InvalidRequest):
        client.restart("web", timeout_seconds=seconds)


@pytest.mark.parametrize("act", ["start", "restart", "kill"])
def test_a_page_in_the_engines_stead_is_no_action(simulator: DockerSimulator, client: Any, act: str) -> None:
    client.version()
    simulator.inject(garbage(b"<html>sign in</html>"))
    with pytest.raises(Malformed):
        getattr(client, act)("web")


def test_output_is_for_operators_and_the_rest_for_viewers() -> None:
    roles = {item.name: item.role for item in operations_of(DockerClient)}
    assert (roles["logs"], roles["log_documents"]) == ("operator", "operator")
    assert (roles["events"], roles["container"]) == ("viewer", "viewer")


def test_the_future_has_no_events(client: Any) -> None:
    with pytest.raises(InvalidRequest, match="future"):
        client.events(until=datetime.now(UTC) + timedelta(hours=1))
    with pytest.raises(InvalidRequest):
        client.events(since=datetime.now(UTC) - timedelta(hours=1), until=datetime.now(UTC) - timedelta(hours=2))


def test_a_conflict_is_rejected_in_the_engines_words(client: Any) -> None:
    with pytest.raises(Rejected, match="Cannot kill container: job") as caught:
        client.kill("job")
    assert caught.value.status == 409


@pytest.mark.parametrize("body", [b"null", b"{}", b'[{"Id": 1}]', b"[1]", b'[{"Id": "x", "Names": []}]'])
def test_a_list_that_is_none_is_malformed(simulator: DockerSimulator, client: Any, body: bytes) -> None:
    client.version()
    simulator.inject(garbage(body))
    with pytest.raises(Malformed):
        client.containers()
