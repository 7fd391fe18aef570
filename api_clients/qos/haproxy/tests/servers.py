"""A real HAProxy with two real HTTP servers behind it, a folder and ports of its own."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import mkdtemp

import pytest

from api_clients.tests.servers import free_port

READY_SECONDS = 30.0
SLOW_MAY_END = threading.Event()  # what /slow waits for before it answers
PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])
USER, PASSWORD = "nms", "password-of-the-page"
CONFIGURATION = """
global
    stats socket {folder}/admin.sock mode 600 level admin
    stats socket {folder}/operator.sock mode 600 level operator
    stats socket ipv4@127.0.0.1:{tcp} level admin
    maxconn 200
    localpeer here
defaults
    mode http
    timeout connect 30s
    timeout client 30s
    timeout server 30s
    # Servers that are away are looked for often. Those that are up have seconds for each check (`inter` is its time
    # limit too), so that a busy machine counts none as failed. Each request is on a connection of its own.
    default-server inter 10s fastinter 200 downinter 200 fall 2 rise 1
    option http-server-close
peers lab.1
    peer here 127.0.0.1:{peer}
    table agents type string len 64 size 1k expire 10m store http_req_cnt
listen stats
    bind 127.0.0.1:{stats}
    stats enable
    stats uri /stats
    stats auth {user}:{password}
    http-request use-service prometheus-exporter if {{ path /metrics }}
frontend statistics-by-default
    bind 127.0.0.1:{default_stats}
    stats enable
frontend web
    bind 127.0.0.1:{web}
    stick-table type ip size 1k expire 10m store http_req_cnt,http_req_rate(10s)
    http-request track-sc0 src
    http-request track-sc1 hdr(user-agent) table lab.1/agents
    default_backend app
backend app
    balance roundrobin
    server s1 127.0.0.1:{first} check
    server s2 127.0.0.1:{second} check
"""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/slow":
            SLOW_MAY_END.wait(30)
        said = self.server.name.encode()  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@contextmanager
def named_server(name: str) -> Iterator[int]:
    """An HTTP server that answers with its name."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        server.name = name  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_port
        server.shutdown()


@dataclass
class Haproxy:
    folder: Path
    backends: tuple[int, int]
    stats: int = field(default_factory=free_port)
    web: int = field(default_factory=free_port)
    tcp: int = field(default_factory=free_port)
    peer: int = field(default_factory=free_port)
    default_stats: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.stats}"

    @property
    def socket(self) -> str:
        return f"unix://{self.folder}/admin.sock"

    def start(self) -> None:
        (self.folder / "haproxy.cfg").write_text(
            CONFIGURATION.format(
                folder=self.folder,
                stats=self.stats,
                web=self.web,
                tcp=self.tcp,
                peer=self.peer,
                default_stats=self.default_stats,
                user=USER,
                password=PASSWORD,
                first=self.backends[0],
                second=self.backends[1],
            )
        )
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [shutil.which("haproxy", path=PATH) or "haproxy", "-db", "-f", str(self.folder / "haproxy.cfg")],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(OSError, http.client.HTTPException):
                if self.ask_once():
                    return
            time.sleep(0.02)
        raise RuntimeError(f"haproxy does not run: {(self.folder / 'log').read_text()[-600:]}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=10)
            self._process = None

    def ask_once(self, agent: str | None = None) -> str:
        """Return which server answered a request through HAProxy, or its status where none did."""
        connection = http.client.HTTPConnection("127.0.0.1", self.web, timeout=30)
        try:
            connection.request("GET", "/", headers={"User-Agent": agent} if agent else {})
            answer = connection.getresponse()
            return answer.read().decode() if answer.status == 200 else str(answer.status)
        finally:
            connection.close()

    def ask(self, times: int) -> Counter[str]:
        return Counter(self.ask_once() for _ in range(times))


@contextmanager
def running_haproxy() -> Iterator[Haproxy]:
    folder = Path(mkdtemp(prefix="nms-haproxy-"))  # short, for the paths of sockets end at 108 characters
    with named_server("one") as first, named_server("two") as second:
        proxy = Haproxy(folder, (first, second))
        try:
            proxy.start()
            yield proxy
        finally:
            proxy.stop()
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _session_haproxy() -> Iterator[Haproxy]:
    with running_haproxy() as proxy:
        yield proxy


@pytest.fixture
def haproxy(request: pytest.FixtureRequest) -> Haproxy:
    """The HAProxy of this session. Mark the test `needs("haproxy")`; import `_session_haproxy` as well."""
    proxy: Haproxy = request.getfixturevalue("_session_haproxy")
    return proxy
