"""The simulator answers every operation, and the health that is read of INFO."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api_clients.datastores.redis.client import RedisClient
from api_clients.datastores.redis.condition import health_of
from api_clients.datastores.redis.reading import settings, slow_log
from api_clients.datastores.redis.server_info import server_info
from api_clients.datastores.redis.simulator import INFO, make_simulator
from api_clients.domain.errors import InvalidRequest
from api_clients.domain.operation import Operation, example_of, operations_of
from api_clients.infrastructure.clock import SystemClock
from api_clients.simulation import InProcessTransport
from api_clients.tests.connected import connected


@pytest.mark.parametrize("operation", operations_of(RedisClient), ids=lambda operation: operation.name)
def test_every_operation_answers_its_example(operation: Operation) -> None:
    wire = InProcessTransport(make_simulator(), clock=SystemClock())
    with connected(RedisClient, "redis://simulator/0", wire=wire) as client:
        getattr(client, operation.name)(**example_of(RedisClient, operation))


def test_a_well_server_is_healthy() -> None:
    assert health_of(server_info(INFO)).reason == ""


@pytest.mark.parametrize(
    ("was", "then", "reason"),
    [
        ("used_memory:1573864", "used_memory:64000000", "95 % of the memory limit are used; allkeys-lru"),
        ("connected_clients:2", "connected_clients:9500", "9500 of 10000 clients"),
        ("loading:0", "loading:1", "loading its data"),
        ("rdb_last_bgsave_status:ok", "rdb_last_bgsave_status:err", "last save to disk failed"),
        ("lag=1", "lag=30", r"replica 192.0.2.12:6379 was last heard 30 s ago"),
        (
            "role:master",
            "role:slave\nmaster_host:192.0.2.10\nmaster_port:6379\nmaster_link_status:down",
            "master 192.0.2.10:6379 is down",
        ),
        (
            "role:master",
            "role:slave\nmaster_host:192.0.2.10\nmaster_port:6379\nmaster_link_status:up\nmaster_last_io_seconds_ago:44",
            "last heard 44 s ago",
        ),
    ],
)
def test_a_server_in_trouble_is_degraded_and_says_why(was: str, then: str, reason: str) -> None:
    assert was in INFO
    health = health_of(server_info(INFO.replace(was, then)))
    assert health.status == "degraded"
    assert reason in health.reason


def test_a_memory_without_a_limit_has_no_percentage() -> None:
    memory = server_info(INFO).memory
    assert replace(memory, limit_bytes=0).used_percent is None
    assert memory.used_percent == pytest.approx(2.345, abs=0.01)


@pytest.mark.parametrize(
    "name", ["requirepass", "masterauth", "tls-key-file-pass", "some-password", "masteruser", "a-token"]
)
def test_secret_settings_are_masked_where_they_are_set(name: str) -> None:
    assert settings([name, "secret"]) == {name: "<secret>"}
    assert settings([name, ""]) == {name: ""}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["SET", "session:1", "a value"], ("SET", "session:1", "(1 more)")),
        (["HSET", "user:1", "name", "Ada", "card", "1234"], ("HSET", "user:1", "(4 more)")),
        (["AUTH", "a-password"], ("AUTH", "(1 more)")),
        (["EVAL", "return 'a value'", "0"], ("EVAL", "(2 more)")),
        (["MSET", "a", "1", "... (1998 more arguments)"], ("MSET", "a", "(1999 more)")),
        (["KEYS", "*"], ("KEYS", "*")),
        (["DBSIZE"], ("DBSIZE",)),
    ],
)
def test_the_slow_log_tells_commands_and_keys_without_values(words: list[str], told: tuple[str, ...]) -> None:
    (slow,) = slow_log([[1, 1_763_700_000, 5_000, words]])
    assert slow.command == told


def test_who_may_see_names_of_keys_and_end_clients() -> None:
    roles = {operation.name: operation.role for operation in operations_of(RedisClient)}
    assert (roles["key"], roles["scan_keys"]) == ("viewer", "operator")
    assert (roles["end_client"], roles["flush_database"]) == ("admin", "admin")


def test_a_refusal_says_whose_it_is() -> None:
    wire = InProcessTransport(make_simulator(), clock=SystemClock())
    with connected(RedisClient, "redis://simulator/0", wire=wire) as client, pytest.raises(InvalidRequest) as caught:
        client.scan_keys(limit=0)
    assert str(caught.value) == "redis scan_keys main: limit should be from 1 to 10000, not 0"


def test_the_slow_log_is_never_cached() -> None:
    simulator = make_simulator()
    wire = InProcessTransport(simulator, clock=SystemClock())
    with connected(RedisClient, "redis://simulator/0", wire=wire) as client:
        assert client.slow_log() == client.slow_log()
    assert len(simulator.received) == 2
