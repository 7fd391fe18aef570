"""A real Prometheus with an Alertmanager and a node exporter, each in a private folder and on a private port.

Started once for a file of tests by the fixture `monitoring` (conftest.py); mark its tests with NEEDED.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests
import yaml

from api_clients.infrastructure.client import ServiceClient
from api_clients.infrastructure.credentials import Credentials
from api_clients.infrastructure.wire import ConnectionSettings
from api_clients.tests.connected import client_at
from api_clients.tests.servers import free_port

PROGRAMS = ("prometheus", "prometheus-alertmanager", "prometheus-node-exporter")
NEEDED = pytest.mark.needs(*PROGRAMS)
READY_SECONDS = 60.0
# Of the password "test", from https://prometheus.io/docs/guides/basic-auth/.
DOCUMENTED_HASH = "$2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay"
T = TypeVar("T")
Client = TypeVar("Client", bound=ServiceClient)


@dataclass(frozen=True)
class MonitoringServers:
    """`folder` holds prometheus.yml and rules.yml; write them anew and reload."""

    folder: Path
    prometheus: str
    alertmanager: str
    node: str
    configuration: dict[str, Any]

    def configure(self, **changes: Any) -> None:
        """Write prometheus.yml with other values; a reload makes them take effect."""
        _write(self.folder / "prometheus.yml", {**self.configuration, **changes})

    def write_rules(self, rules: list[dict[str, Any]]) -> None:
        groups = [{"name": "site", "interval": "1s", "rules": rules}]
        _write(self.folder / "rules.yml", {"groups": groups})


@pytest.fixture(scope="module")
def monitoring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MonitoringServers]:
    with running_monitoring(tmp_path_factory.mktemp("monitoring")) as servers:
        yield servers


@contextmanager
def running_monitoring(folder: Path) -> Iterator[MonitoringServers]:
    ports = [free_port() for _ in PROGRAMS]
    prometheus, alertmanager, node = (f"127.0.0.1:{port}" for port in ports)
    servers = MonitoringServers(
        folder,
        f"http://{prometheus}",
        f"http://{alertmanager}",
        node,
        _prometheus_configuration(prometheus, alertmanager, node),
    )
    servers.configure()
    servers.write_rules([])
    route = {"receiver": "nobody", "group_by": ["alertname"], "group_wait": "0s", "group_interval": "1s"}
    _write(folder / "alertmanager.yml", {"route": route, "receivers": [{"name": "nobody"}]})
    with ExitStack() as stack:
        for arguments in (
            ["prometheus-node-exporter", f"--web.listen-address={node}", *_few_collectors()],
            [
                "prometheus-alertmanager",
                f"--config.file={folder / 'alertmanager.yml'}",
                f"--storage.path={folder / 'alertmanager'}",
                f"--web.listen-address={alertmanager}",
                "--cluster.listen-address=",
            ],
            [
                "prometheus",
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address={prometheus}",
                "--web.enable-lifecycle",
                "--web.enable-admin-api",
                "--web.enable-remote-write-receiver",
                "--rules.alert.resend-delay=15s",
                "--scrape.discovery-reload-interval=100ms",
            ],
        ):
            stack.enter_context(_running(arguments, folder))
        for url in (f"http://{node}/", f"{servers.alertmanager}/-/ready", f"{servers.prometheus}/-/ready"):
            until(lambda url=url: _is_ready(url), bool, seconds=READY_SECONDS)
        yield servers


@contextmanager
def guarded_prometheus(folder: Path) -> Iterator[str]:
    """A Prometheus that asks for the login admin, test, and has nothing switched on."""
    _write(folder / "web.yml", {"basic_auth_users": {"admin": DOCUMENTED_HASH}})
    with running_prometheus(
        folder, {"global": {"scrape_interval": "1h"}}, f"--web.config.file={folder / 'web.yml'}", login="admin:test@"
    ) as url:
        yield url


@contextmanager
def running_prometheus(folder: Path, configuration: dict[str, Any], *flags: str, login: str = "") -> Iterator[str]:
    """A Prometheus by itself; yields its address."""
    address = f"127.0.0.1:{free_port()}"
    _write(folder / "prometheus.yml", configuration)
    arguments = [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
        "--scrape.discovery-reload-interval=100ms",
        *flags,
    ]
    with _running(arguments, folder):
        until(lambda: _is_ready(f"http://{login}{address}/-/ready"), bool, seconds=READY_SECONDS)
        yield f"http://{address}"


def client_of(client_class: type[Client], url: str, credentials: Credentials | None = None) -> Client:
    """A client with the whole chain around a real wire. Nothing is remembered: a cache would only make tests wait."""
    # What the wire waits for by default: a query may take longer than a test of silence has patience.
    return client_at(
        client_class, url, credentials=credentials, connection=ConnectionSettings(), attempts=3, is_cached=False
    )


def until(ask: Callable[[], T], is_so: Callable[[T], Any], *, seconds: float = 60.0) -> T:
    """Ask until the answer is as wanted, and return it; fails with the last answer."""
    deadline = time.monotonic() + seconds
    while True:
        found = ask()
        if is_so(found):
            return found
        assert time.monotonic() < deadline, f"still {found!r} after {seconds:g} s"
        time.sleep(0.1)


def _prometheus_configuration(prometheus: str, alertmanager: str, node: str) -> dict[str, Any]:
    jobs = {"prometheus": prometheus, "node": node}
    return {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
        "rule_files": ["rules.yml"],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [address]}]} for job, address in jobs.items()
        ],
    }


def _few_collectors() -> list[str]:
    """What the figures are made of, and the kernel's own load: all of them cost more than the tests do."""
    return [
        "--collector.disable-defaults",
        *(f"--collector.{name}" for name in ("cpu", "meminfo", "filesystem", "loadavg")),
    ]


@contextmanager
def _running(arguments: list[str], folder: Path) -> Iterator[None]:
    program = shutil.which(arguments[0])
    assert program, f"{arguments[0]} is not installed"
    with (folder / f"{arguments[0]}.log").open("wb") as log:
        process = subprocess.Popen([program, *arguments[1:]], cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.kill()
        process.wait(timeout=10)


def _is_ready(url: str) -> bool:
    try:
        return requests.get(url, timeout=10).status_code == 200
    except (requests.ConnectionError, requests.Timeout):
        return False


def _write(path: Path, document: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(document, sort_keys=False))
