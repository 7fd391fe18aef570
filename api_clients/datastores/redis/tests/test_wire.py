"""What goes wrong between us and a Redis, and what its error replies mean; before a socket that says what we want."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from api_clients.datastores.redis.client import RedisClient
from api_clients.datastores.redis.wire import Address, RedisWire
from api_clients.domain.errors import (
    InvalidRequest,
    Malformed,
    Overloaded,
    Rejected,
    ServiceError,
    TooLarge,
    Unauthorized,
    Unreachable,
)
from api_clients.infrastructure.clock import SystemClock
from api_clients.infrastructure.credentials import ApiKey, Basic, Bearer, Credentials
from api_clients.infrastructure.wire import ConnectionSettings, WireSettings
from api_clients.tests.connected import connected


@contextmanager
def answering(
    *answers: bytes, credentials: Credentials | None = None, limit: int = 100_000, asked: list[bytes] | None = None
) -> Iterator[RedisClient]:
    """A server that gives each connection these answers, one for each chunk, and closes it then."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):  # that of the listener, once it is closed
            while True:
                connection, _ = listener.accept()
                converse(connection)

    def converse(connection: socket.socket) -> None:
        with connection:
            for answer in answers:
                said = connection.recv(65_536)
                if asked is not None:
                    asked.append(said)
                connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    connection = ConnectionSettings(read_timeout_seconds=30.0, max_response_bytes=limit)
    url = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
    try:
        with connected(RedisClient, url, credentials=credentials, connection=connection) as client:
            yield client
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (b"-NOAUTH Authentication required.\r\n", Unauthorized),
        (b"-NOPERM this user has no permissions\r\n", Unauthorized),
        (b"-LOADING Redis is loading the dataset in memory\r\n", Overloaded),
        (b"-BUSY Redis is busy running a script.\r\n", Overloaded),
        (b"-ERR max number of clients reached\r\n", Overloaded),
        (b"-ERR unknown command\r\n", Rejected),
        (b"-READONLY You can't write against a read only replica.\r\n", Rejected),
        (b"$5\r\nhello\r\n", Malformed),
        (b":999999999999999999999\r\n", Malformed),
        (b"*" + b"1\r\n*" * 100 + b"0\r\n", Malformed),
        (b"$900000\r\n", TooLarge),
        (b":1", Malformed),
        (b"", Unreachable),
    ],
)
def test_a_reply_means_one_kind_of_error(reply: bytes, kind: type[ServiceError]) -> None:
    with answering(reply) as client, pytest.raises(kind) as caught:
        client.database_size()
    assert type(caught.value) is kind


def test_a_reply_of_many_pieces_is_whole() -> None:
    with answering(b"*2\r\n$1\r\n0\r\n*2\r\n$3\r\na\r\nb\r\n$2\r\n\xff\xfe\r\n") as client, pytest.raises(Malformed):
        client.scan_keys()  # a string is longer than announced
    with answering(b"*2\r\n$1\r\n0\r\n*2\r\n$4\r\na\r\nb\r\n$2\r\n\xff\xfe\r\n") as client:
        assert client.scan_keys().keys == ("\\xff\\xfe", "a\r\nb")


def test_a_reply_beyond_the_limit_is_too_large() -> None:
    with (
        answering(b"+" + b"x" * 200_000, limit=10_000) as client,
        pytest.raises(TooLarge, match="more than 10000 bytes"),
    ):
        client.memory_advice()


def test_a_password_in_the_words_of_the_server_is_not_shown() -> None:
    credentials = Basic("nms", "geheim-123")
    with (
        answering(b"-ERR AUTH geheim-123 is wrong\r\n-NOAUTH\r\n", credentials=credentials) as client,
        pytest.raises(Unauthorized) as caught,
    ):
        client.database_size()
    assert "geheim-123" not in str(caught.value)


def test_a_password_alone_will_do() -> None:
    with answering(b"+OK\r\n:4\r\n", credentials=Bearer("geheim-123")) as client:
        assert client.database_size() == 4


def test_an_api_key_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"auth\.kind"):
        RedisWire(WireSettings(SystemClock(), credentials=ApiKey("X-Key", "k")))


@pytest.mark.parametrize("url", ["redis://host/one", "redis://host/0/1", "redis:///0", "redis://host/-1"])
def test_an_address_that_is_none_is_an_invalid_request(url: str) -> None:
    with pytest.raises(ValueError, match="redis://host:port/database"):
        Address.of(url)
    with connected(RedisClient, url) as client, pytest.raises(InvalidRequest):
        client.database_size()


def test_a_name_that_nobody_knows_is_unreachable() -> None:
    nowhere = "redis://nowhere.invalid:6379"
    with connected(RedisClient, nowhere) as client, pytest.raises(Unreachable, match="is not known"):
        client.database_size()


def test_a_key_that_expires_while_it_is_looked_at_is_not_there() -> None:
    with (
        answering(b"+string\r\n", b":-2\r\n", b"$-1\r\n") as client,
        pytest.raises(Rejected, match="no such key") as gone,
    ):
        client.key("token")
    assert gone.value.status == 404


def test_an_arguments_text_cannot_become_another_command() -> None:
    asked: list[bytes] = []
    with answering(b"+none\r\n", asked=asked) as client, pytest.raises(Rejected, match="no such key"):
        client.key("a\r\nFLUSHALL")
    assert asked == [b"*2\r\n$4\r\nTYPE\r\n$11\r\na\r\nFLUSHALL\r\n"]


def test_an_answer_that_is_late_has_timed_out() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    patience = ConnectionSettings(read_timeout_seconds=0.1)
    url = f"redis://127.0.0.1:{listener.getsockname()[1]}"
    with connected(RedisClient, url, connection=patience) as client, pytest.raises(Unreachable) as caught:
        client.reset_slow_log()
    listener.close()
    assert caught.value.timed_out
