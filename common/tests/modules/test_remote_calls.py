"""What a remote module may answer over a real socket, and what the hub makes of it; the command that lists them all."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from api_clients.tests.waiting import eventually
from common.application.modules import callbacks
from common.application.modules.capabilities import call_capability
from common.application.modules.dispatch import RecipientLost, handler_for
from common.application.modules.health import module_health
from common.application.modules.heartbeats import mark_lost
from common.application.modules.registration import register
from common.domain.errors import Invalid
from common.domain.manifest import Registration, parse
from common.domain.modules import Call, CapabilityFailed, HandlerRefused, Health
from common.domain.signatures import check_signature
from common.models import Message, ModuleRecord
from common.tests.modules.module_samples import SECRET, manifest

pytestmark = pytest.mark.django_db
Answer = tuple[int, dict[str, str], bytes]


class Callback:
    """A callback URL; `answer` is what it says to the next requests, `received` what was asked."""

    def __init__(self) -> None:
        self.answer: Answer | Callable[[], Answer] = (200, {}, b"{}")
        self.received: list[dict[str, Any]] = []
        self.wrong_signatures = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    check_signature(
                        SECRET, dict(self.headers), method="POST", path=self.path, body=body, now=time.time()
                    )
                except ValueError:
                    outer.wrong_signatures += 1
                outer.received.append(json.loads(body))
                status, headers, text = outer.answer() if callable(outer.answer) else outer.answer
                self.send_response(status)
                for name, value in {"Content-Length": str(len(text)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hooks/nms"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def says(self, document: Any, status: int = 200, **headers: str) -> None:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.answer = (status, headers, body)


@pytest.fixture
def callback() -> Iterator[Callback]:
    """The callback of the module `weather`, registered."""
    served = Callback()
    register(parse(Registration, manifest(callback_url=served.url)), by="ada")
    yield served
    served.server.shutdown()
    served.server.server_close()
    assert served.wrong_signatures == 0


def ask(**changes: Any) -> dict[str, Any]:
    return call_capability("weather.report", {"city": "Berlin"}, Call(**{"actor": "ada", **changes}))


def test_a_call_carries_its_circumstances_and_is_signed(callback: Callback) -> None:
    callback.says({"output": {"celsius": -3.5}})
    assert ask(correlation_id="c", idempotency_key="k") == {"celsius": -3.5}
    (asked,) = callback.received
    deadline = asked["call"].pop("deadline")
    assert deadline.endswith("Z")
    assert asked == {
        "kind": "capability",
        "capability": "weather.report",
        "input": {"city": "Berlin"},
        "call": {"actor": "ada", "correlation_id": "c", "idempotency_key": "k"},
    }


def test_an_input_against_the_schema_never_leaves(callback: Callback) -> None:
    with pytest.raises(Invalid) as refused:
        call_capability("weather.report", {"city": 7, "more": 1}, Call())
    assert len(refused.value.details) == 2
    assert callback.received == []


@pytest.mark.parametrize(
    ("status", "document", "code", "retryable"),
    [
        (200, {"error": {"code": "no_sky", "message": "No sky.", "retryable": False}}, "no_sky", False),
        (200, {"error": {"message": "Try later."}}, "failed", True),
        (200, {"error": {"message": ""}}, "malformed_answer", False),
        (200, {"error": "broken"}, "malformed_answer", False),
        (200, {}, "malformed_answer", False),
        (200, b"", "malformed_answer", False),
        (200, b"<html>", "malformed_answer", False),
        (200, b"[" * 100_000, "malformed_answer", False),
        (200, {"output": [1]}, "malformed_answer", False),
        (200, {"output": {"celsius": 1}, "more": 1}, "malformed_answer", False),
        (200, {"output": {"celsius": "cold"}}, "output_invalid", False),
        (200, {"output": {"celsius": 1, "pad": "x" * 5_000_000}}, "malformed_answer", False),
        (204, b"", "malformed_answer", False),
        (302, b"", "rejected", False),
        (400, {"error": "no"}, "rejected", False),
        (401, b"", "unauthorized", False),
        (404, b"", "rejected", False),
        (429, b"", "overloaded", True),
        (500, b"Traceback", "unreachable", True),
        (503, b"", "overloaded", True),
    ],
)
def test_every_other_answer_is_a_clear_failure_and_asked_once(
    callback: Callback, status: int, document: Any, code: str, retryable: bool
) -> None:
    location = {"Location": callback.url} if status == 302 else {}
    callback.says(document, status, **location)
    with pytest.raises(CapabilityFailed) as failed:
        ask()
    assert (failed.value.code, failed.value.retryable) == (code, retryable), str(failed.value)
    assert str(failed.value)
    assert SECRET not in str(failed.value)
    assert len(callback.received) == 1  # neither retried nor redirected


def test_a_module_that_takes_too_long_is_left_at_the_deadline(callback: Callback) -> None:
    go_on = threading.Event()

    def late() -> Answer:
        go_on.wait(60)
        return 200, {}, b'{"output": {"celsius": 1}}'

    callback.answer = late
    began = time.monotonic()
    with pytest.raises(CapabilityFailed, match=r"did not answer within [\d.]+ s") as failed:
        ask(deadline=timezone.now() + timedelta(seconds=1))
    assert failed.value.code == "timeout"
    assert time.monotonic() - began < 30
    go_on.set()
    eventually(lambda: callback.received)
    with pytest.raises(CapabilityFailed, match="its time was up before"):
        ask(deadline=timezone.now() - timedelta(seconds=1))
    assert len(callback.received) == 1


def test_a_connection_that_breaks_midway_may_have_done_something(callback: Callback) -> None:
    """So it is a failed attempt of the message, and not one that waits for the module for ever."""
    callback.answer = (200, {"Content-Length": "1000"}, b'{"reply"')
    with pytest.raises(HandlerRefused, match="broken or cut short"):
        _deliver()


def _deliver(**changes: Any) -> Any:
    values = {"kind": "request", "type": "weather.note", "sender": "x", "recipient": "weather", "body": {"a": 1}}
    message = Message(created_at=timezone.now(), attempts=2, **{**values, **changes})
    return handler_for(message).run(message, Call(idempotency_key=str(message.uuid)))


def test_a_message_and_its_reply(callback: Callback) -> None:
    callback.says({"reply": {"noted": True}})
    assert _deliver() == {"noted": True}
    told = callback.received[0]
    assert told["message"].pop("created_at").endswith("Z")
    assert told["message"].pop("id") == told["call"]["idempotency_key"]
    assert told["message"] == {
        "kind": "request",
        "type": "weather.note",
        "sender": "x",
        "priority": "normal",
        "attempt": 2,
        "body": {"a": 1},
    }
    for nothing in ({}, b"", {"reply": None}):
        callback.says(nothing)
        assert _deliver() is None
    callback.says(b"", 204)
    assert _deliver() is None


def test_an_error_answer_decides_whether_a_message_is_tried_again(callback: Callback) -> None:
    callback.says({"error": {"message": "not now"}})
    with pytest.raises(CapabilityFailed, match="not now"):
        _deliver()
    callback.says({"error": {"message": "never", "retryable": False}})
    with pytest.raises(HandlerRefused, match=r"never \(failed\)"):
        _deliver()


def test_an_open_circuit_lets_messages_wait(callback: Callback) -> None:
    callback.says(b"", 500)
    for _ in range(5):
        with pytest.raises(CapabilityFailed):
            _deliver()
    with pytest.raises(RecipientLost, match="circuit is open"):
        _deliver()
    assert len(callback.received) == 5
    callback.says({"output": {"celsius": 1}})
    register(parse(Registration, manifest(callback_url=callback.url)), by="weather")  # it came back: no waiting
    assert ask() == {"celsius": 1}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"status": "healthy"}, Health("healthy")),
        ({"status": "degraded", "detail": "rain"}, Health("degraded", "rain")),
        ({"error": {"message": "cannot tell"}}, Health("unhealthy", "cannot tell")),
    ],
)
def test_the_health_of_a_remote_module_is_asked(callback: Callback, document: Any, expected: Health) -> None:
    callback.says(document)
    assert module_health("weather") == expected
    assert ModuleRecord.objects.get().health == expected.status


def test_a_health_that_is_nonsense_is_unhealthy(callback: Callback) -> None:
    callback.says({"status": "splendid"})
    assert module_health("weather").status == "unhealthy"


def test_a_secret_under_another_key_is_told_as_such(callback: Callback, settings: Any) -> None:
    settings.ENCRYPTION_KEY = "quite another key than the one before"
    callbacks._connected.cache_clear()
    with pytest.raises(CapabilityFailed, match="NMS_ENCRYPTION_KEY") as failed:
        ask()
    assert failed.value.code == "secret_unreadable"


# --- manage.py modules ---


def run_command(*arguments: str) -> str:
    out = StringIO()
    call_command("modules", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_lists_modules_with_what_they_offer(callback: Callback) -> None:
    callback.says({"output": {"celsius": 1}})
    ask()
    text = run_command()
    assert "weather 1.0.0  remote, active" in text
    assert "1 handled, 0 failed" in text
    assert "offers weather.report" in text
    assert "takes weather.note" in text
    assert "hears device.* (low or higher)" in text
    rows = {row["name"]: row for row in json.loads(run_command("--json"))}
    assert rows["weather"]["capabilities"][0]["name"] == "weather.report"
    assert rows["weather"]["last_activity_at"]
    assert SECRET not in text + json.dumps(rows)


def test_the_command_asks_for_health_and_fails_where_a_module_is_lost(callback: Callback) -> None:
    callback.says({"status": "degraded", "detail": "rain"})
    assert "remote, active, degraded (rain)" in run_command("--health")
    ModuleRecord.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))
    mark_lost()
    assert "weather 1.0.0  remote, lost" in run_command()
    with pytest.raises(CommandError, match=r"Not well: .*weather") as failed:
        run_command("--health", "--json")
    assert failed.value.returncode == 1
