"""The wire against real sockets: a simulator, and servers that break the protocol on purpose."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from api_clients.domain.errors import (
    DeadlineExceeded,
    InvalidRequest,
    Malformed,
    Overloaded,
    Rejected,
    ServiceError,
    TooLarge,
    Unauthorized,
    Unreachable,
)
from api_clients.domain.policies.breaker import BreakerPolicy
from api_clients.domain.policies.deadline import Deadline
from api_clients.domain.values import Response
from api_clients.infrastructure.breaker.registry import BreakerRegistry
from api_clients.infrastructure.breaker.transport import BreakingTransport
from api_clients.infrastructure.clock import ManualClock, SystemClock
from api_clients.infrastructure.http import ApiKey, Basic, Bearer, ConnectionSettings, HttpTransport
from api_clients.infrastructure.http.retry_after import retry_after_seconds
from api_clients.infrastructure.http.service_message import service_message
from api_clients.infrastructure.tests.rig import a_request, in_threads
from api_clients.simulation import Answer, HttpSimulator, Received, SimulatorServer, drip, serve, status

SETTINGS = ConnectionSettings(connect_timeout_seconds=30.0, read_timeout_seconds=30.0, max_response_bytes=100_000)
HASTY = ConnectionSettings(connect_timeout_seconds=0.5, read_timeout_seconds=0.3)


class Echo(HttpSimulator):
    reply = Answer(200, b"hello", {"X-One": "1"})

    def answer(self, received: Received) -> Answer:
        return self.reply


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def server(echo: Echo) -> Iterator[SimulatorServer]:
    with serve(echo) as running:
        yield running


def wire(**options: Any) -> HttpTransport:
    return HttpTransport(
        settings=options.pop("settings", SETTINGS), clock=options.pop("clock", SystemClock()), **options
    )


def send(url: str, transport: HttpTransport | None = None, **fields: Any) -> Response:
    return (transport or wire()).send(a_request(instance=url, **fields))


@contextmanager
def raw_server(answer: bytes, *, accept: int = 1) -> Iterator[str]:
    """Answer each connection with these bytes whatever it asks, and close."""

    def run(listener: socket.socket) -> None:
        for _ in range(accept):
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=run, args=(listener,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(30)


def test_a_request_goes_out_as_it_was_made(server: SimulatorServer, echo: Echo) -> None:
    response = send(
        server.url + "/base/",
        path="/a/b%20c",
        params=(("q", 'up{job="x"}'), ("m", "1"), ("m", "2")),
        headers={"Accept": "text/plain"},
        body=b"\x00\xff",
    )
    received = echo.received[0]
    assert (received.method, received.path, received.body) == ("GET", "/base/a/b%20c", b"\x00\xff")
    assert received.params == {"q": ['up{job="x"}'], "m": ["1", "2"]}
    assert received.headers["accept"] == "text/plain"
    assert (response.status, response.body, response.headers["x-one"]) == (200, b"hello", "1")


def test_connections_are_kept_and_used_again(server: SimulatorServer) -> None:
    transport = wire()
    for _ in range(20):
        send(server.url, transport)
    assert server.connections == 1


def test_after_an_error_the_connection_is_used_again(server: SimulatorServer, echo: Echo) -> None:
    transport = wire()
    echo.inject(status(404, body=b'{"message": "no"}', times=5))
    for _ in range(5):
        with pytest.raises(Rejected):
            send(server.url, transport)
    send(server.url, transport)
    assert server.connections == 1


def test_threads_share_the_pool(server: SimulatorServer) -> None:
    transport = wire()
    results = in_threads(8, lambda: [send(server.url, transport).status for _ in range(20)])
    assert results == [[200] * 20] * 8
    assert server.connections <= 8


@pytest.mark.parametrize(
    ("credentials", "header", "value"),
    [
        (Basic("nms", "p\u00e4ss"), "authorization", "Basic bm1zOnDDpHNz"),
        (Bearer("abc"), "authorization", "Bearer abc"),
        (Bearer("abc", "ApiKey"), "authorization", "ApiKey abc"),
        (ApiKey("X-Api-Key", "abc"), "x-api-key", "abc"),
        (None, "authorization", None),
    ],
)
def test_credentials_are_added_by_the_wire(
    server: SimulatorServer, echo: Echo, credentials: Any, header: str, value: str | None
) -> None:
    send(server.url, wire(credentials=credentials))
    assert echo.received[0].headers.get(header) == value


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (400, Rejected),
        (401, Unauthorized),
        (403, Unauthorized),
        (404, Rejected),
        (407, Unauthorized),
        (409, Rejected),
        (418, Rejected),
        (422, Rejected),
        (429, Overloaded),
        (500, Unreachable),
        (501, Rejected),
        (502, Unreachable),
        (503, Overloaded),
        (504, Unreachable),
        (505, Rejected),
        (599, Unreachable),
    ],
)
def test_each_status_has_its_error(server: SimulatorServer, echo: Echo, code: int, kind: type[ServiceError]) -> None:
    echo.inject(status(code, body=b'{"message": "said so"}'))
    with pytest.raises(ServiceError, match=f"answered {code}.*: said so") as caught:
        send(server.url)
    assert type(caught.value) is kind
    assert caught.value.status == code


@pytest.mark.parametrize("code", [429, 503])
def test_retry_after_is_read_as_seconds_or_as_a_date(server: SimulatorServer, echo: Echo, code: int) -> None:
    echo.inject(status(code, retry_after="120"))
    with pytest.raises(Overloaded) as caught:
        send(server.url)
    assert caught.value.retry_after_seconds == 120.0
    clock = ManualClock()
    date = format_datetime(datetime.fromtimestamp(clock.wall() + 90, UTC), usegmt=True)
    echo.inject(status(code, retry_after=date))
    with pytest.raises(Overloaded) as caught:
        send(server.url, wire(clock=clock))
    assert caught.value.retry_after_seconds == pytest.approx(90.0)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 7 ", 7.0),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("9" * 5000, None),
        ("\u0663", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
    ],
)
def test_retry_after_in_all_its_forms(value: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(value, wall_now=1_800_000_000.0) == seconds


@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        (b'{"message": "not found"}', "application/json", "not found"),
        (b'{"status":"error","errorType":"bad_data","error":"parse error"}', "application/json", "parse error"),
        (
            b'{"error":{"root_cause":[],"type":"index_not_found_exception","reason":"no such index [x]"},"status":404}',
            "application/json",
            "no such index [x]",
        ),
        (b'{"detail": "Not found."}', "application/json", "Not found."),
        (b'{"errors": [{"message": "one"}, {"message": "two"}]}', "application/json", "one; two"),
        (b"<html><head><title>502 Bad\nGateway</title></head></html>", "text/html", "502 Bad Gateway"),
        (b"plain words\r\n", "text/plain", "plain words"),
        (b"", "text/plain", ""),
        (b"\x1b[31mred\x00", "text/plain", "[31mred"),
        (b'{"code": 7}', "application/json", '{"code": 7}'),
        (b"[" * 50_000, "application/json", "[" * 297 + "..."),
        (b"x" * 1000, "text/plain", "x" * 297 + "..."),
    ],
)
def test_the_services_own_message_is_found(body: bytes, content_type: str, said: str) -> None:
    assert service_message(body, content_type) == said


def test_a_redirect_is_an_answer_and_is_not_followed(server: SimulatorServer, echo: Echo) -> None:
    echo.reply = Answer(302, b"", {"Location": "/login?next=/a"})
    response = send(server.url)
    assert (response.status, response.headers["location"]) == (302, "/login?next=/a")
    assert len(echo.received) == 1


def test_cookies_are_not_kept(server: SimulatorServer, echo: Echo) -> None:
    echo.reply = Answer(200, b"", {"Set-Cookie": "session=1; Path=/"})
    transport = wire()
    send(server.url, transport)
    send(server.url, transport)
    assert "cookie" not in echo.received[1].headers


def test_an_unknown_name_is_unreachable() -> None:
    with pytest.raises(Unreachable, match=r"the name no-such-host.invalid is not known"):
        send("http://no-such-host.invalid")


def test_a_refused_connection_is_unreachable(server: SimulatorServer) -> None:
    server.stop()
    with pytest.raises(Unreachable, match=r"127.0.0.1:\d+ refused the connection"):
        send(server.url)


def test_a_host_that_does_not_accept_is_unreachable_after_the_connect_timeout() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        clients = []
        for _ in range(4):  # fill the backlog, so that the next SYN is dropped
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(full.getsockname())
            clients.append(client)
        started = time.monotonic()
        with pytest.raises(Unreachable, match=r"no answer from .* within 0.5 s"):
            send(f"http://127.0.0.1:{full.getsockname()[1]}", wire(settings=HASTY))
        assert time.monotonic() - started < 20.0
        for client in clients:
            client.close()


def test_an_address_that_makes_no_sense_is_the_callers_fault() -> None:
    for url in ("nonsense", "http://", "ftp://x", "http://[::1", "http://a..b", "http://x:port"):
        with pytest.raises(InvalidRequest):
            send(url)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", Unreachable),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", Malformed),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", Malformed),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n", Malformed),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", Malformed),
        (b"SSH-2.0-OpenSSH_9.6\r\n", Malformed),
        (b"\x15\x03\x01\x00\x02\x02\x0a", Malformed),
        (b"HTTP/1.1 abc OK\r\n\r\n", Malformed),
        (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 70_000 + b"\r\n\r\n", Malformed),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", Malformed),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nab", Malformed),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", Malformed),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + b"x" * 200_000, TooLarge),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000, TooLarge),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\nhalf", Rejected),
    ],
)
def test_a_server_that_breaks_the_protocol_meets_the_error_tree(answer: bytes, kind: type[ServiceError]) -> None:
    with raw_server(answer) as url, pytest.raises(ServiceError) as caught:
        send(url)
    assert type(caught.value) is kind


def test_a_compressed_answer_is_unpacked(server: SimulatorServer, echo: Echo) -> None:
    echo.reply = Answer(200, gzip.compress(b"hello" * 100), {"Content-Encoding": "gzip"})
    assert send(server.url).body == b"hello" * 100


def test_a_small_answer_that_unpacks_into_a_huge_one_is_refused(server: SimulatorServer, echo: Echo) -> None:
    bomb = gzip.compress(b"\x00" * 50_000_000)
    assert len(bomb) < SETTINGS.max_response_bytes
    echo.reply = Answer(200, bomb, {"Content-Encoding": "gzip"})
    with pytest.raises(TooLarge, match="more than 100000 bytes"):
        send(server.url)


def test_questions_that_are_too_large_do_not_open_the_circuit_for_smaller_ones(
    server: SimulatorServer, echo: Echo
) -> None:
    breakers = BreakerRegistry(clock=SystemClock(), default_policy=BreakerPolicy(failure_threshold=2))
    broken = BreakingTransport(wire(), breakers)
    echo.reply = Answer(200, b"x" * 200_000)
    for _ in range(5):
        with pytest.raises(TooLarge):
            broken.send(a_request(instance=server.url))
    echo.reply = Answer(200, b"little")
    assert broken.send(a_request(instance=server.url)).body == b"little"


def test_a_server_that_drips_its_answer_meets_the_deadline(server: SimulatorServer, echo: Echo) -> None:
    echo.reply = Answer(200, b"x" * 10_000)
    echo.inject(drip(0.01))
    started = time.monotonic()
    with pytest.raises(Unreachable, match="still sending its answer at the deadline"):
        send(server.url, deadline=Deadline.after(1.0, now=time.monotonic()))
    assert time.monotonic() - started < 20.0  # not the minutes that it takes to its end


def test_an_answer_that_stops_in_the_middle_is_unreachable_after_the_timeout(
    server: SimulatorServer, echo: Echo
) -> None:
    echo.inject(drip(60.0))
    started = time.monotonic()
    with pytest.raises(Unreachable, match=r"no answer from .* within 0.3 s"):
        send(server.url, wire(settings=HASTY))
    assert time.monotonic() - started < 20.0


def test_nothing_is_sent_when_the_deadline_has_passed(server: SimulatorServer, echo: Echo) -> None:
    with pytest.raises(DeadlineExceeded):
        send(server.url, deadline=Deadline(time.monotonic() - 1.0))
    assert echo.received == []


def test_the_answer_to_head_has_no_body(server: SimulatorServer, echo: Echo) -> None:
    from dataclasses import replace

    response = wire().send(replace(a_request(instance=server.url), method="HEAD"))
    assert (response.status, response.body) == (200, b"")


def test_a_proxy_or_a_netrc_of_the_environment_is_not_used(
    server: SimulatorServer, echo: Echo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password leaked\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    send(server.url)
    assert "authorization" not in echo.received[0].headers
