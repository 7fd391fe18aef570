"""What an operator does with a real Redis."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api_clients.datastores.redis.client import RedisClient
from api_clients.datastores.redis.tests.servers import PASSWORD, USER, Console
from api_clients.domain.errors import InvalidRequest, Rejected, Unauthorized, Unreachable
from api_clients.infrastructure.credentials import Basic
from api_clients.infrastructure.wire import ConnectionSettings
from api_clients.tests.connected import connected
from api_clients.tests.servers import free_port, running_redis
from api_clients.tests.waiting import eventually

pytestmark = pytest.mark.needs("redis-server")
SLOW = ("EVAL", "local sum = 0 for i = 1, 3000000 do sum = sum + i end return sum", "0")
Connect = Callable[..., RedisClient]


@pytest.fixture
def connect(console: Console) -> Iterator[Connect]:
    with ExitStack() as clients:

        def make(database: int = 0) -> RedisClient:
            url = f"redis://127.0.0.1:{console.port}/{database}"
            client: RedisClient = clients.enter_context(connected(RedisClient, url, credentials=Basic(USER, PASSWORD)))
            return client

        yield make


@pytest.fixture
def client(connect: Connect) -> RedisClient:
    return connect()


def test_a_slow_command_is_found_in_the_slow_log(client: RedisClient, console: Console) -> None:
    console.do("CONFIG", "SET", "slowlog-log-slower-than", "5000")
    client.reset_slow_log()
    console.do(*SLOW)
    # On a busy machine other commands take five milliseconds too.
    (slow,) = [one for one in client.slow_log() if one.command[0] == "EVAL"]
    assert slow.command == ("EVAL", "(2 more)")
    assert 0.005 <= slow.seconds < 60
    assert datetime.now(UTC) - slow.at < timedelta(minutes=5)


def test_what_took_too_long_is_found_in_the_latency_events(client: RedisClient, console: Console) -> None:
    console.do("CONFIG", "SET", "latency-monitor-threshold", "5")
    client.reset_latency()
    console.do(*SLOW)
    console.do("CONFIG", "SET", "latency-monitor-threshold", "0")  # what comes now may be slow too
    (event,) = [one for one in client.latency() if one.event == "command"]
    assert event.worst_seconds >= 0.005
    assert client.latency_history("command")[-1].seconds == event.latest_seconds
    assert client.latency_history("fork") == ()


def test_flushing_deletes_the_named_database_and_no_other(connect: Connect, console: Console) -> None:
    console.do("SET", "kept", "1", database=0)
    console.do("SET", "a", "1", database=3)
    console.do("SET", "b", "1", database=3)
    third = connect(database=3)
    flushed = third.flush_database("main", 3)
    assert (flushed.database, flushed.keys) == (3, 2)
    assert console.do("DBSIZE", database=3) == 0
    assert console.do("DBSIZE", database=0) == 1


@pytest.mark.parametrize(("target", "database"), [("other", 3), ("main", 0), ("main", 33), ("", 3)])
def test_nothing_is_flushed_where_another_database_is_named(
    connect: Connect, console: Console, target: str, database: int
) -> None:
    for number in (0, 3):
        console.do("SET", "kept", "1", database=number)
    with pytest.raises(InvalidRequest, match="nothing was sent"):
        connect(database=3).flush_database(target, database)
    assert [console.do("DBSIZE", database=number) for number in (0, 3)] == [1, 1]


def test_a_client_is_found_by_its_name_and_ended(client: RedisClient, console: Console) -> None:
    with socket.create_connection(("127.0.0.1", console.port), timeout=30) as guest:
        guest.sendall(b"CLIENT SETNAME guest\r\n")
        assert guest.recv(64) == b"+OK\r\n"
        (found,) = [one for one in client.clients() if one.name == "guest"]
        client.end_client(found.id)
        assert guest.recv(64) == b""
    with pytest.raises(Rejected, match=f"no client {found.id}"):
        client.end_client(found.id)


def test_a_scan_stops_at_its_bound_and_says_so(client: RedisClient, console: Console) -> None:
    console.do("MSET", *(word for number in range(1200) for word in (f"key:{number}", "1")))
    console.do("RPUSH", "queue", "1")
    assert len(client.scan_keys(limit=10_000).keys) == 1201
    some = client.scan_keys("key:*", limit=100)
    assert (len(some.keys), some.is_complete) == (100, False)
    assert client.scan_keys(kind="list").keys == ("queue",)
    with pytest.raises(InvalidRequest, match="limit should be from 1 to 10000"):
        client.scan_keys(limit=10_001)


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.key("half \ud83d of a character"),
        lambda client: client.key("a\0b"),
        lambda client: client.slow_log(0),
        lambda client: client.scan_keys(limit=-1),
    ],
)
def test_bad_arguments_are_refused(client: RedisClient, ask: Callable[[RedisClient], object]) -> None:
    with pytest.raises(InvalidRequest):
        ask(client)


def test_a_key_tells_what_it_is_and_not_what_it_holds(client: RedisClient, console: Console) -> None:
    console.do("SET", "söme key", "its content", "EX", "1000")
    key = client.key("söme key")
    assert (key.type, key.encoding) == ("string", "embstr")
    assert key.expires_in_seconds is not None
    assert 900 < key.expires_in_seconds <= 1000
    assert "content" not in repr(key)
    with pytest.raises(Rejected, match="no such key") as refused:
        client.key("nothing")
    assert refused.value.status == 404


def test_what_the_server_tells_of_itself_is_read(client: RedisClient, console: Console) -> None:
    console.do("SET", "a", "1")
    info = client.info()
    assert info.version.startswith(("6.", "7.", "8."))
    assert info.memory.used_bytes > 100_000
    assert info.databases[0].keys == 1
    assert info.replication.role == "master"
    assert client.memory().limit_bytes == 0
    assert client.keyspace() == info.databases
    assert client.replication() == info.replication
    assert client.memory_advice() != ""
    assert {"set", "info"} <= {one.command for one in client.command_statistics()}
    assert {"memory.used", "sessions.current", "commands.rate"} <= {figure.name for figure in client.figures()}
    assert client.database_size() == 1


def test_settings_are_told_and_passwords_are_not(client: RedisClient, console: Console) -> None:
    console.do("CONFIG", "SET", "masterauth", "hidden-from-all")
    try:
        settings = client.config()
    finally:
        console.do("CONFIG", "SET", "masterauth", "")
    assert settings["masterauth"] == "<secret>"
    assert settings["maxmemory-policy"] == "noeviction"
    assert "hidden-from-all" not in str(settings)
    assert client.config("maxmemory") == {"maxmemory": "0"}


def test_a_server_near_its_memory_limit_is_degraded(client: RedisClient, console: Console) -> None:
    assert client.health().status == "healthy"
    used = client.info().memory.used_bytes
    console.do("CONFIG", "SET", "maxmemory", str(int(used * 1.05)))
    try:
        health = client.health()
    finally:
        console.do("CONFIG", "SET", "maxmemory", "0")
    assert health.status == "degraded"
    assert "% of the memory limit are used" in health.reason


def test_a_user_without_the_right_is_unauthorized(connect: Connect, console: Console) -> None:
    console.do("ACL", "SETUSER", USER, "-flushdb")
    try:
        with pytest.raises(Unauthorized, match="NOPERM"):
            connect().flush_database("main", 0)
    finally:
        console.do("ACL", "SETUSER", USER, "+@all")


def test_a_database_that_the_server_does_not_have_is_rejected(connect: Connect) -> None:
    with pytest.raises(Rejected, match="DB index is out of range"):
        connect(database=99).keyspace()


def test_a_connection_that_the_server_closed_while_idle_is_not_used(client: RedisClient, console: Console) -> None:
    client.database_size()
    console.do("CLIENT", "KILL", "USER", USER)
    client.reset_slow_log()  # not idempotent, so nothing would try it again


def test_a_replica_is_seen_from_both_sides_and_degraded_without_its_master(
    console: Console, connect: Connect, tmp_path: Path
) -> None:
    with running_redis(tmp_path) as server:
        replica_console = Console(server.port)
        console.do("CONFIG", "SET", "repl-diskless-sync-delay", "0")
        replica_console.do("REPLICAOF", "127.0.0.1", str(console.port))
        with connected(RedisClient, f"redis://127.0.0.1:{server.port}") as replica:
            eventually(lambda: replica.health().status == "healthy", seconds=60)
            seen = connect().replication()
            assert [one.address for one in seen.replicas] == [f"127.0.0.1:{server.port}"]
            mirrored = replica.replication()
            assert (mirrored.role, mirrored.master) == ("replica", f"127.0.0.1:{console.port}")
            with pytest.raises(Rejected, match="READONLY"):
                replica.flush_database("main", 0)
            replica_console.do("REPLICAOF", "127.0.0.1", str(free_port()))
            health = replica.health()
            assert health.status == "degraded"
            assert "is down" in health.reason


@pytest.mark.needs("openssl")
def test_tls_is_spoken_and_the_certificate_checked(tmp_path: Path, program: Callable[[str], str]) -> None:
    certificate, key = tmp_path / "server.pem", tmp_path / "server.key"
    subprocess.run(
        [
            *(
                program("openssl"),
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *("-keyout", key, "-out", certificate, "-days", "1", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
        timeout=30,
    )
    port = free_port()
    words = [program("redis-server"), "--port", "0", "--tls-port", str(port), "--bind", "127.0.0.1", "--save", ""]
    words += ["--tls-cert-file", str(certificate), "--tls-key-file", str(key), "--tls-auth-clients", "no"]
    process = subprocess.Popen([*words, "--dir", str(tmp_path)], stdout=subprocess.DEVNULL)
    try:
        url = f"rediss://127.0.0.1:{port}/0"
        trusting = ConnectionSettings(ca_file=certificate)
        with connected(RedisClient, url, connection=trusting) as client:
            eventually(lambda: listens(port), seconds=60)  # the client's circuit would open before
            assert client.health().status == "healthy"
        with (
            connected(RedisClient, url) as stranger,
            pytest.raises(Unreachable, match="certificate that cannot be ver"),
        ):
            stranger.database_size()
        with connected(RedisClient, url, connection=ConnectionSettings(verify=False)) as careless:
            assert careless.database_size() == 0
    finally:
        process.kill()
        process.wait(10)


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=30):
        return True
    return False
