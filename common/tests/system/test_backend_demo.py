"""The demonstration of cache and breaker, on a simulated backend and on one of its own address."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from api_clients.backend_demo import SlowBackend
from api_clients.simulation import serve, status
from api_clients.tests.servers import free_port


def told(*arguments: str) -> dict[str, Any]:
    output = io.StringIO()
    call_command("backend_demo", "--requests", "40", "--callers", "4", "--json", *arguments, stdout=output)
    return dict(json.loads(output.getvalue()))


def test_a_cache_saves_calls_and_a_breaker_opens_and_recovers() -> None:
    demo = told("--latency", "5")
    without, cached = demo["rounds"]
    assert (without["sent"], without["errors"], without["saved_percent"]) == (40, 0, 0.0)
    assert (cached["sent"], cached["errors"], cached["saved_percent"]) == (10, 0, 75.0)
    assert without["p50_ms"] >= 5.0
    assert demo["breaker"]["phases"] == ["closed", "open", "closed"]
    assert demo["breaker"]["failures"] == 5


def test_a_backend_of_ones_own_is_asked_at_its_path() -> None:
    backend = SlowBackend(0.0)
    with serve(backend) as server:
        told("--api-url", f"{server.url}/v1/things?kind=bolt")
    assert {(asked.method, asked.path, asked.params["kind"][0]) for asked in backend.received} == {
        ("GET", "/v1/things", "bolt")
    }
    assert len(backend.received) == 40 + 10


def test_a_backend_that_only_fails_is_an_error() -> None:
    backend = SlowBackend(0.0)
    backend.inject(status(500))
    with serve(backend) as server, pytest.raises(CommandError, match=r"Every request to http.* failed"):
        told("--api-url", server.url)
    with pytest.raises(CommandError, match="Every request"):
        told("--api-url", f"http://127.0.0.1:{free_port()}")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--api-url", "ftp://x"), "--api-url should be an http"),
        (("--api-url", "http://[::1"), "--api-url should be an http"),
        (("--api-url", "http://ada:hunter2@x"), "--api-url: instances.0.url: should hold no user"),
        (("--api-url", "http://127.0.0.1:1/{x"), "--api-url: .*options.operations.ask.path: should hold braces"),
        (("--requests", "0"), "--requests and --callers"),
        (("--latency", "-1"), "--latency should be"),
    ],
)
def test_wrong_arguments_are_told(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("backend_demo", *arguments)
