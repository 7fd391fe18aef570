"""The contract, over RESP before a real Redis whose connections fail, and in process."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from api_clients.datastores.redis.client import RedisClient
from api_clients.datastores.redis.simulator import RedisSimulator
from api_clients.datastores.redis.tests.servers import PASSWORD, USER, Console
from api_clients.infrastructure.credentials import Basic
from api_clients.simulation import FaultyProxy, HttpSimulator, close, faulty_proxy
from api_clients.tests.contract import Rig, ServiceContract

URL = "redis://127.0.0.1:{port}/0"


@pytest.mark.needs("redis-server")
class TestRedis(ServiceContract):
    client_class = RedisClient
    credentials = Basic(USER, PASSWORD)
    wrong_credentials = Basic(USER, "wrong-p4ss-of-the-tests")
    no_status = "RESP knows no status; what its error replies become is tested in test_wire.py"
    failing = close()

    @pytest.fixture(autouse=True)
    def _with_a_server(self, console: Console) -> None:
        self.console = console

    def make_simulator(self) -> RedisSimulator:
        return RedisSimulator(password=PASSWORD)

    def make_empty_simulator(self) -> RedisSimulator:
        return RedisSimulator(keys={}, password=PASSWORD)

    def call(self, client: Any) -> Any:
        return client.scan_keys()

    def is_empty(self, answer: Any) -> bool:
        return answer.keys == ()

    @contextmanager
    def serve(self, simulator: HttpSimulator) -> Iterator[tuple[FaultyProxy, FaultyProxy]]:
        assert isinstance(simulator, RedisSimulator)
        for name in simulator.keys:
            self.console.do("SET", name, "value")
        port = self.console.port
        with faulty_proxy(lambda: socket.create_connection(("127.0.0.1", port)), url=URL) as proxy:
            yield proxy, proxy

    @pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"<html>It works!</html>", b"", b"[" * 100_000, b'{"other": 1}'])
    def test_an_answer_of_garbage_is_malformed(self, rig: Rig, body: bytes) -> None:
        if rig.server is not None and not body:
            pytest.skip("nothing at all before the end of a connection is a closed connection, which has its own test")
        super().test_an_answer_of_garbage_is_malformed(rig, body)
