"""A server that is away, answers nonsense, half an answer or errors: one shape, the right status, nothing half-done."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from rest_framework.test import APIClient

from api_clients.infrastructure.clock import SystemClock
from api_clients.infrastructure.http import ConnectionSettings, HttpTransport
from api_clients.infrastructure.tests.rig import a_request
from common.application.gns3.servers import asking
from common.domain.errors import TimedOut, Unavailable
from common.models import StoredEvent
from common.tests.gns3 import configured
from common.tests.gns3.conftest import Use
from common.tests.gns3_api.conftest import ROOT
from common.tests.gns3_api.test_central_paths import NOBODY, refused

pytestmark = pytest.mark.django_db
READS = ("projects/", f"topology/?project_id={NOBODY}", f"projects/{NOBODY}/nodes/", "templates/", "captures/")
ACTS = ("start_node/", "stop_node/", "restart_node/", "suspend_node/")


class BadServer:
    """Knows its version, unless it is broken; `answer` is what it says to everything else: status, media type, body,
    and how many more bytes it promised."""

    login = None

    def __init__(self) -> None:
        self.answer: tuple[int, str, bytes, int] = (200, "application/json", b"[]", 0)
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(f"{self.command} {self.path}")
                status, kind, body, more = outer.answer
                if status >= 500:
                    pass  # then it answers nothing else
                elif self.path == "/v2/version":
                    status, kind, body, more = 200, "application/json", b'{"version": "2.2.54", "local": true}', 0
                elif self.path == "/v3/version":
                    status, kind, body, more = 404, "text/plain", b"404: Not Found", 0
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body) + more))
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = True

            do_POST = do_PUT = do_DELETE = do_GET

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def bad(use_servers: Use, monkeypatch: pytest.MonkeyPatch) -> Iterator[BadServer]:
    """Its circuit, once open, stays open: no trial in between, however long a test takes."""
    monkeypatch.setitem(configured.BREAKER, "recovery_seconds", 600.0)
    server = BadServer()
    use_servers(main=server)
    yield server
    server.stop()


HTML = (200, "text/html", b"<html><body>Welcome to nginx!</body></html>", 0)
HALF = (200, "application/json", b'[{"project_id": "5f4b3c8e', 500)
CUT = (200, "application/json", b'[{"project_id": "5f4b3c8e', 0)
OTHER = (200, "application/json", b'{"projects": []}', 0)
LISTED = (200, "application/json", b"[7, null]", 0)
BROKEN = (500, "text/plain", b"Internal Server Error", 0)
BUSY = (503, "text/plain", b"busy", 0)


@pytest.mark.parametrize("answer", [HTML, HALF, CUT, OTHER, LISTED], ids=["html", "half", "cut", "object", "numbers"])
def test_an_answer_that_cannot_be_read_is_a_502(
    bad: BadServer, viewer: APIClient, operator: APIClient, answer: tuple[int, str, bytes, int]
) -> None:
    bad.answer = answer
    statuses = [viewer.get(ROOT + path).status_code for path in READS[:2]]
    assert set(statuses) <= {502, 503}, statuses
    body = operator.post(f"{ROOT}start_node/", {"project_id": NOBODY, "node_id": NOBODY}).json()
    assert body["type"] in {"failed", "unavailable"}
    assert "main" in body["message"]
    assert not StoredEvent.objects.filter(source="gns3").exists()


@pytest.mark.parametrize("answer", [BROKEN, BUSY], ids=["500", "503"])
def test_a_server_that_fails_is_a_503_and_opens_its_circuit(
    bad: BadServer, viewer: APIClient, operator: APIClient, answer: tuple[int, str, bytes, int]
) -> None:
    bad.answer = answer
    for path in READS:
        body = refused(viewer.get(ROOT + path), 503)
        assert body["code"] in {"gns3_unavailable", "gns3_circuit_open"}
    for path in ACTS:
        refused(operator.post(ROOT + path, {"project_id": NOBODY, "node_id": NOBODY}), 503)
    bodies = [refused(viewer.get(f"{ROOT}projects/"), 503) for _ in range(3)]
    (server,) = viewer.get(f"{ROOT}status/").json()["servers"]
    assert {body["code"] for body in bodies} == {"gns3_circuit_open"}
    assert all("GNS3 server main" in body["message"] for body in bodies)
    assert server["circuit"]["phase"] == "open"
    assert server["circuit"]["opened"] == 1
    assert server["circuit"]["refused"] > 0
    assert not any(asked.startswith("POST") for asked in bad.asked)


def test_a_server_that_is_gone_is_a_503(bad: BadServer, viewer: APIClient, operator: APIClient) -> None:
    bad.stop()
    for path in READS:
        refused(viewer.get(ROOT + path), 503)
    refused(operator.post(f"{ROOT}projects/", {"name": "x"}), 503)
    refused(operator.post(f"{ROOT}refresh_topology/", {}), 503)
    refused(viewer.get(f"{ROOT}projects/{NOBODY}/nodes/{NOBODY}/console/"), 503)
    assert viewer.get(f"{ROOT}status/").status_code == 200
    assert viewer.get(f"{ROOT}event_statistics/").status_code == 200
    assert viewer.get(f"{ROOT}modules/").status_code == 200


def test_without_a_server_everything_says_so(use_servers: Use, viewer: APIClient, operator: APIClient) -> None:
    use_servers()
    assert viewer.get(f"{ROOT}status/").json()["status"] == "unconfigured"
    assert viewer.get(f"{ROOT}projects/").json()["data"] == []
    refused(viewer.get(f"{ROOT}topology/?project_id={NOBODY}"), 503, "gns3_unconfigured")
    refused(operator.post(f"{ROOT}projects/", {"name": "x"}), 503, "gns3_unconfigured")
    refused(operator.post(f"{ROOT}start_node/", {"project_id": NOBODY, "node_id": NOBODY}), 503, "gns3_unconfigured")
    refused(viewer.get(f"{ROOT}projects/?server=main"), 404, "unknown_server")


def test_bodies_that_are_no_json_are_refused_before_a_server_is_asked(bad: BadServer, operator: APIClient) -> None:
    for content in (b"{", b"\xff\xfe", json.dumps({"project_id": "\x00"}).encode()):
        refused(operator.post(f"{ROOT}start_node/", content, content_type="application/json"), 400)
    refused(operator.post(f"{ROOT}start_node/", b"a=1", content_type="application/x-www-form-urlencoded"), 415)
    assert bad.asked == []


def test_a_server_that_hangs_is_a_504_and_one_that_refuses_a_503() -> None:
    transport = HttpTransport(
        settings=ConnectionSettings(connect_timeout_seconds=0.5, read_timeout_seconds=0.2), clock=SystemClock()
    )
    with socket.create_server(("127.0.0.1", 0)) as deaf, socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # ours, so that nobody else listens there
        with pytest.raises(TimedOut, match="no answer from") as late, asking("main"):
            transport.send(a_request(instance=f"http://127.0.0.1:{deaf.getsockname()[1]}"))
        with pytest.raises(Unavailable, match="refused the connection") as away, asking("main"):
            transport.send(a_request(instance=f"http://127.0.0.1:{unused.getsockname()[1]}"))
    assert (late.value.code, away.value.code) == ("gns3_timed_out", "gns3_unavailable")
