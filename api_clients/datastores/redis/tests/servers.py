"""A real Redis for the tests of its client, with a user of its own."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from api_clients.datastores.redis.resp import Refusal, Reply, ReplyReader, encode
from api_clients.tests.servers import RedisServer, running_redis

USER, PASSWORD = "nms", "p4ss-of-the-tests"


@dataclass(frozen=True, slots=True)
class Console:
    """What an administrator types beside the client under test."""

    port: int

    def do(self, *words: str, database: int = 0) -> Reply:
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(encode("SELECT", str(database)) + encode(*words))
            reader = ReplyReader(connection, wait_seconds=lambda: 30.0, max_bytes=1_000_000)
            reply = reader.replies(2)[1]
            assert not isinstance(reply, Refusal), json.dumps(reply.text)
            return reply


@contextmanager
def redis_with_a_user(server: RedisServer) -> Iterator[Console]:
    console = Console(server.port)
    console.do("ACL", "SETUSER", USER, "on", f">{PASSWORD}", "~*", "&*", "+@all")
    yield console


@pytest.fixture(scope="session")
def _own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with running_redis(tmp_path_factory.mktemp("redis")) as server, redis_with_a_user(server) as console:
        yield console


@pytest.fixture
def console(_own_redis: Console) -> Console:
    """An empty Redis. Mark the test `needs("redis-server")`; import `_own_redis` as well."""
    _own_redis.do("FLUSHALL")
    return _own_redis
