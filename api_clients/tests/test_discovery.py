"""Who is at a port: every service of the catalogue by its simulator or the real server, and those who are none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import pytest

from api_clients.catalog import CATALOG
from api_clients.discovery import Found, Place, candidates, discover, identifications, identify, known_ports
from api_clients.domain.identification import Identification, Recognised
from api_clients.simulation import Answer, HttpSimulator, Received, hang, json_answer, serve
from api_clients.tests.servers import free_port, running_redis

TABLE = identifications(CATALOG)
LOCAL = Place("127.0.0.1")
SIMULATED = sorted(set(TABLE) - {"redis", "postgresql"})  # real ones are found below and in common/tests/services


def identified(url: str) -> Found | None:
    """Whoever it may be: the port is one that no service names."""
    return identify(LOCAL, int(url.rpartition(":")[2]), TABLE, timeout_seconds=0.3)


class Answering(HttpSimulator):
    """Answers the same to everything, or what a path says."""

    def __init__(self, answer: Answer, **paths: Answer) -> None:
        super().__init__()
        self._answer = answer
        self._paths = {f"/{path}": answer for path, answer in paths.items()}

    def answer(self, received: Received) -> Answer:
        return self._paths.get(received.path, self._answer)


@pytest.mark.parametrize("name", SIMULATED)
def test_each_service_is_recognised_among_all_and_by_no_other(name: str) -> None:
    package = CATALOG[name].client.partition(":")[0].rpartition(".")[0]
    simulator = import_module(f"{package}.simulator").make_simulator()
    with serve(simulator) as server:
        found = identified(server.url)
    assert found is not None
    assert (found.service, found.url) == (name, server.url)
    assert found.evidence


@pytest.mark.needs("redis-server")
def test_a_real_redis_is_recognised(tmp_path: Path) -> None:
    with running_redis(tmp_path) as redis:
        found = identify(LOCAL, redis.port, TABLE)
    assert found is not None
    assert (found.service, found.url, found.needs_login) == ("redis", f"redis://127.0.0.1:{redis.port}", False)
    assert found.version[0].isdigit()


@pytest.mark.parametrize(
    "answer",
    [
        json_answer({"status": "success", "data": {"version": "2.24.0"}}),  # VictoriaMetrics, as Prometheus
        json_answer({"tagline": "The OpenSearch Project", "version": {"number": "2.1", "distribution": "opensearch"}}),
        json_answer({"version": "1.0", "status": "ok"}),
        json_answer([]),
        json_answer({"message": "unauthorized"}, status=401),
        Answer(401, b"", {"WWW-Authenticate": 'Basic realm="restricted"'}),
        Answer(302, b"", {"Location": "/login"}),
        Answer(200, b"<html>It works!</html>", {"Content-Type": "text/html"}),
        Answer(200, b"\xff\xfe{"),
        Answer(500, b"oops"),
    ],
)
def test_what_answers_otherwise_is_nobody(answer: Answer) -> None:
    with serve(Answering(answer)) as server:
        assert identified(server.url) is None


@contextmanager
def speaking(said: bytes) -> Iterator[int]:
    """A port where somebody says this to whoever connects."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve_all() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(1)
                try:
                    connection.recv(4096)
                    connection.sendall(said)
                except OSError:
                    continue

    threading.Thread(target=serve_all, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


@pytest.mark.parametrize(
    "said", [b"SSH-2.0-OpenSSH_9.2\r\n", b"R", b"E\0\0\0\x08oops", b"+OK POP3\r\n", b"+PONG\r\n", b""]
)
def test_other_protocols_are_nobody(said: bytes) -> None:
    with speaking(said) as port:
        assert identify(LOCAL, port, TABLE, timeout_seconds=0.3) is None


def test_a_redis_that_refuses_strangers_is_one_and_needs_a_login() -> None:
    with speaking(b"-NOAUTH Authentication required.\r\n") as port:
        found = identify(LOCAL, port, TABLE)
    assert found is not None
    assert (found.service, found.needs_login) == ("redis", True)


def test_one_that_hangs_costs_its_time_and_is_nobody() -> None:
    simulator = Answering(json_answer({}))
    simulator.inject(hang(20))
    with serve(simulator) as server:
        assert (
            identify(LOCAL, int(server.url.rpartition(":")[2]), {"grafana": TABLE["grafana"]}, timeout_seconds=0.2)
            is None
        )
        simulator.clear()


def test_a_port_that_is_named_is_asked_for_those_who_name_it_alone() -> None:
    assert candidates(9090, TABLE) == ("prometheus",)
    assert set(candidates(3000, TABLE)) == {"grafana", "ntopng"}
    assert set(candidates(12345, TABLE)) == set(TABLE)
    assert {9090, 9093, 9200, 19999, 6379, 5432} <= set(known_ports(TABLE))


def test_open_ports_alone_are_asked_and_what_is_found_comes_as_it_is_called() -> None:
    with serve(Answering(json_answer({"part": "bolt"}))) as server:
        port = int(server.url.rpartition(":")[2])
        table = {"storeroom": Identification((port,), lambda ask: Recognised("bolts") if ask.get("/") else None)}
        places = [Place("127.0.0.1", "storeroom.example.org"), Place("127.0.0.1")]
        found = list(discover(places, table, ports=[port, free_port()]))
        assert [one.url for one in found] == [f"http://storeroom.example.org:{port}", f"http://127.0.0.1:{port}"]
        assert list(discover(places, table, should_stop=lambda: True)) == []


def test_every_service_that_is_recognised_is_in_the_catalogue_and_says_where_it_is() -> None:
    for name, one in TABLE.items():
        assert CATALOG[name].kind == "service"
        assert one.ports
        assert not one.scheme or one.scheme in CATALOG[name].load().schemes
