"""The contract, over libpq before a real PostgreSQL whose connections fail, and in process."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from api_clients.datastores.postgresql.client import PostgresqlClient
from api_clients.datastores.postgresql.simulator import PostgresqlSimulator
from api_clients.datastores.postgresql.tests.servers import PASSWORD, USER, administrator
from api_clients.domain.errors import Unreachable
from api_clients.infrastructure.credentials import Basic
from api_clients.simulation import Fault, FaultyProxy, HttpSimulator, close, truncate
from api_clients.tests.contract import ATTEMPTS, Rig, ServiceContract
from api_clients.tests.servers import PostgreSQL
from api_clients.tests.waiting import eventually

URL = "postgresql://127.0.0.1:{port}/shop"


class PostgresqlProxy(FaultyProxy):
    """Knows how a connection is opened, which is no request: what has no type (a start, a question for TLS), and the
    right password.
    """

    def take(self, received: bytes) -> Fault | None:
        if received[:1] == b"\0" or (received[:1] == b"p" and received[5:].rstrip(b"\0") == PASSWORD.encode()):
            return None
        return super().take(received)


@pytest.mark.needs("postgres", "initdb")
class TestPostgresql(ServiceContract):
    client_class = PostgresqlClient
    credentials = Basic(USER, PASSWORD)
    wrong_credentials = Basic(USER, "wrong-p4ss-of-the-tests")
    no_status = "PostgreSQL has SQLSTATEs and no HTTP statuses; what they become is tested in test_failures.py"
    failing = close()

    @pytest.fixture(autouse=True)
    def _with_a_server(self, _own_postgresql: PostgreSQL) -> None:
        self.server = _own_postgresql

    def make_simulator(self) -> PostgresqlSimulator:
        return PostgresqlSimulator(password=PASSWORD)

    def make_empty_simulator(self) -> PostgresqlSimulator:
        return PostgresqlSimulator(password=PASSWORD, is_idle=True)

    def call(self, client: Any) -> Any:
        return client.running_queries(with_idle=True)

    def is_empty(self, answer: Any) -> bool:
        return answer == ()

    @contextmanager
    def serve(self, simulator: HttpSimulator) -> Iterator[tuple[FaultyProxy, FaultyProxy]]:
        assert isinstance(simulator, PostgresqlSimulator)
        port = self.server.port
        proxy = PostgresqlProxy(lambda: socket.create_connection(("127.0.0.1", port)), url=URL)
        proxy.start()
        try:
            if simulator.is_idle:
                yield proxy, proxy
            else:
                with administrator(self.server, "shop"):
                    yield proxy, proxy
        finally:
            proxy.stop()

    def test_an_empty_answer_is_empty_and_no_error(self, empty_rig: Rig) -> None:
        """A server lists the backends of clients that have left for as long as they take to end."""
        eventually(lambda: self.is_empty(self.call(empty_rig.client)))

    def test_a_truncated_answer_is_malformed_not_tried_again_and_counts(self, rig: Rig) -> None:
        if rig.server is None:
            super().test_a_truncated_answer_is_malformed_not_tried_again_and_counts(rig)
            return
        # libpq says the same of an answer cut short as of a connection that was closed, so it is tried again.
        rig.simulator.inject(truncate())
        with pytest.raises(Unreachable):
            self.call(rig.client)
        assert len(rig.simulator.received) == ATTEMPTS
        assert rig.breaker.counters.failure == ATTEMPTS

    @pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"<html>It works!</html>", b"", b"[" * 100_000, b'{"other": 1}'])
    def test_an_answer_of_garbage_is_malformed(self, rig: Rig, body: bytes) -> None:
        if rig.server is not None and len(body) < 5:
            pytest.skip("libpq wants the five bytes of a message's head before it judges; less is a closed connection")
        super().test_an_answer_of_garbage_is_malformed(rig, body)
