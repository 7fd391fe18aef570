"""Who is at a port: every service of the catalogue by its simulator or the real server, and those who are none."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path

import pytest

from api_clients.catalog import CATALOG
from api_clients.discovery import Found, Place, candidates, discover, identifications, identify, known_ports
from api_clients.domain.identification import Ask, Identification, Recognised
from api_clients.infrastructure import asking
from api_clients.infrastructure.asking import Asker
from api_clients.simulation import Answer, HttpSimulator, Received, hang, json_answer, serve
from api_clients.tests.servers import free_port, running_redis
from api_clients.tests.waiting import eventually

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
        found = eventually(lambda: identified(server.url), seconds=60.0)  # late answers are none
    assert (found.service, found.url) == (name, server.url)
    assert found.evidence


@pytest.mark.needs("redis-server")
def test_a_real_redis_is_recognised(tmp_path: Path) -> None:
    with running_redis(tmp_path) as redis:
        found = eventually(lambda: identify(LOCAL, redis.port, TABLE), seconds=60.0)
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
        found = eventually(lambda: identify(LOCAL, port, TABLE), seconds=60.0)
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


@contextmanager
def dripping(piece: bytes) -> Iterator[tuple[int, list[float]]]:
    """A port where each connection gets these bytes again and again, ten times a second, for a minute; the second
    value is one entry for each connection.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()
    asked: list[float] = []

    def drip(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            for _ in range(600):
                if ended.wait(0.1):
                    return
                connection.sendall(piece)

    def serve_all() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                asked.append(time.monotonic())
                threading.Thread(target=drip, args=(connection,), daemon=True).start()

    threading.Thread(target=serve_all, daemon=True).start()
    try:
        yield listener.getsockname()[1], asked
    finally:
        ended.set()
        listener.close()


@pytest.mark.parametrize("piece", [b"H", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_one_that_drips_is_cut_off_when_its_time_is_up(piece: bytes) -> None:
    with dripping(piece) as (port, _):
        began = time.monotonic()
        Asker("127.0.0.1", port, timeout_seconds=0.3).get("/")
        assert time.monotonic() - began < 20  # twice 0.4 s, on a busy machine; dripping goes on for a minute


def test_one_that_is_mute_is_not_asked_by_every_candidate() -> None:
    with dripping(b"") as (port, asked):
        assert identify(LOCAL, port, TABLE, timeout_seconds=0.2) is None
    assert len(asked) <= 4  # HTTP, HTTPS, and the two that speak otherwise; there are twelve candidates
    assert len(TABLE) >= 12


def test_one_whose_time_is_ended_from_outside_is_mute_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MARGIN_SECONDS", -0.1)  # as if this thread were late to see its own limit
    with dripping(b"") as (port, asked):
        assert identify(LOCAL, port, TABLE, timeout_seconds=0.3) is None
        assert len(asked) <= 4


def test_nobody_is_asked_any_more_when_it_is_to_stop() -> None:
    asked: list[str] = []

    def recognise(ask: Ask) -> None:
        asked.append("one")
        if len(asked) > 1:  # the others take time enough to be told, on a busy machine too
            time.sleep(0.3)

    with serve(Answering(json_answer({}))) as server:
        port = int(server.url.rpartition(":")[2])
        places = [Place("127.0.0.1")] * 200
        table = {"storeroom": Identification((port,), recognise)}
        assert list(discover(places, table, should_stop=lambda: bool(asked))) == []
    assert len(asked) < 150


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
        found = list(discover(places, table, ports=[port, free_port()], timeout_seconds=20.0))
        assert [one.url for one in found] == [f"http://storeroom.example.org:{port}", f"http://127.0.0.1:{port}"]
        assert list(discover(places, table, should_stop=lambda: True)) == []


def test_every_service_that_is_recognised_is_in_the_catalogue_and_says_where_it_is() -> None:
    for name, one in TABLE.items():
        assert CATALOG[name].kind == "service"
        assert one.ports
        assert not one.scheme or one.scheme in CATALOG[name].load().schemes
