"""Changes that fail half-way, answers that are nobody's, and a socket with a line before it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from api_clients.domain.errors import Malformed, Rejected
from api_clients.infrastructure.clock import SystemClock
from api_clients.infrastructure.wire import ConnectionSettings
from api_clients.qos.haproxy.client import HaproxyClient
from api_clients.qos.haproxy.simulator import HaproxySimulator
from api_clients.qos.haproxy.simulator.process import SimulatedProcess
from api_clients.simulation import InProcessTransport, garbage
from api_clients.tests.connected import connected

ADDED = ("app", "s4", "192.0.2.14", 8080)


class Stubborn(SimulatedProcess):
    """Refuses whatever begins with one of the words."""

    refused: tuple[str, ...] = ()

    def run(self, command: str) -> str:
        return f"No {command}.\n" if command.startswith(self.refused) else super().run(command)


@contextmanager
def client_of(simulator: HaproxySimulator) -> Iterator[Any]:
    wire = InProcessTransport(simulator, clock=SystemClock())
    with connected(HaproxyClient, "http://simulator", wire=wire) as client:
        yield client


@pytest.mark.parametrize("also", ["set server app/s4 state ready", "set server app/s4 state"])
def test_a_server_that_cannot_be_enabled_is_taken_away_and_the_first_error_told(also: str) -> None:
    process = Stubborn()
    process.refused = (also,)
    with (
        client_of(HaproxySimulator(process)) as client,
        pytest.raises(Rejected, match=r"No set server app/s4 state ready\.?$"),
    ):
        client.add_server(*ADDED)
    assert "s4" not in process.servers


def test_what_keeps_it_from_being_taken_away_is_told_beside_the_first_error() -> None:
    process = Stubborn()
    process.refused = ("set server", "del server")
    told = "state ready.*; and could not be taken back: .*state maint.*; .*del server app/s4"
    with client_of(HaproxySimulator(process)) as client, pytest.raises(Rejected, match=told):
        client.add_server(*ADDED)


def test_a_page_in_the_data_planes_stead_is_no_deletion() -> None:
    simulator = HaproxySimulator()
    with client_of(simulator) as client:
        begun = client.begin_transaction()
        simulator.inject(garbage(b"<html>sign in</html>", times=1))
        with pytest.raises(Malformed):
            client.discard_transaction(begun.id)
        client.discard_transaction(begun.id)


def test_a_line_before_the_socket_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "s"
    patient = ConnectionSettings(connect_timeout_seconds=10.0)
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as first:
        listener.bind(str(path))
        listener.listen(0)
        first.connect(str(path))

        def serve() -> None:
            listener.accept()[0].close()
            with listener.accept()[0] as connection:
                connection.recv(1_000)
                connection.sendall(b"\n")

        threading.Timer(0.1, serve).start()
        with connected(HaproxyClient, f"unix://{path}", connection=patient) as client:
            client.drain_server("app", "s1")
