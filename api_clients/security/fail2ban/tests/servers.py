"""A real fail2ban-server of the tests: a private folder, two jails on one log file, actions that only write a file."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from api_clients.container import make_container
from api_clients.domain.errors import Unreachable
from api_clients.security.fail2ban.client import Fail2banClient
from api_clients.tests.waiting import eventually

READY_SECONDS = 60.0

CONFIGURATION = {
    "fail2ban.conf": """
[Definition]
loglevel = INFO
logtarget = {folder}/server.log
syslogsocket = auto
socket = {folder}/socket
pidfile = {folder}/pid
dbfile = {folder}/bans.sqlite3
dbpurgeage = 1d
dbmaxmatches = 10
allowipv6 = auto
""",
    "jail.conf": """
[DEFAULT]
backend = polling
usedns = no
filter = labauth
logpath = {folder}/auth.log
findtime = 600
action = note
enabled = true

[labauth]
maxretry = 3
bantime = 600

[forever]
maxretry = 50
bantime = -1
""",
    "filter.d/labauth.conf": """
[Definition]
failregex = ^.*login failed from <HOST>$
datepattern = ^%%Y-%%m-%%d %%H:%%M:%%S
""",
    "action.d/note.conf": """
[Definition]
actionban = echo ban <name> <ip> >> {folder}/actions
actionunban = echo unban <name> <ip> >> {folder}/actions
""",
}


class Fail2banServer:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "auth.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.folder}/socket"

    @property
    def actions(self) -> list[str]:
        """What the jails' actions have noted, "ban labauth 203.0.113.9" and so on."""
        noted = self.folder / "actions"
        return noted.read_text().splitlines() if noted.exists() else []

    def client(self) -> Fail2banClient:
        """A client as the configuration makes one, with the whole chain; nothing about folders is configured."""
        clients_file = self.folder / "clients.yaml"
        clients_file.write_text(
            f"services: {{fail2ban: {{targets: {{main: {{instances: [{{url: '{self.url}'}}]}}}}}}}}"
        )
        container = make_container(clients_file=clients_file, redis_url=None, prometheus_registry=CollectorRegistry())
        return container.clients().get("fail2ban")

    def fail_logins(self, address: str, times: int) -> None:
        now = datetime.now().strftime("%Y-%m-%d %H:%M:%S")
        with self.log.open("a") as log:
            log.writelines(f"{now} lab: login failed from {address}\n" for _ in range(times))

    def command(self, *words: str) -> None:
        """What the server's own program does, without the client under test."""
        program = shutil.which("fail2ban-client") or "fail2ban-client"
        subprocess.run(
            [program, "-s", str(self.folder / "socket"), *words], check=True, capture_output=True, timeout=60
        )

    def start(self) -> None:
        for name, text in CONFIGURATION.items():
            path = self.folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text.format(folder=self.folder))
        self.log.touch()
        program = shutil.which("fail2ban-server") or "fail2ban-server"
        with (self.folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                [program, "-c", str(self.folder), "-f", "start"], stdout=output, stderr=subprocess.STDOUT
            )
        said = "fail2ban-server is not ready: " + (self.folder / "output").read_text()
        eventually(self._is_ready, seconds=READY_SECONDS, otherwise=said)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(timeout=10)

    def _is_ready(self) -> bool:
        try:
            return set(self.client().jails()) == {"labauth", "forever"}
        except Unreachable:
            return False


@contextmanager
def running_fail2ban() -> Iterator[Fail2banServer]:
    """Its folder is a short one: the path of a unix socket has 107 characters at most."""
    with tempfile.TemporaryDirectory(prefix="f2b") as folder:
        server = Fail2banServer(Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="module")
def fail2ban_server() -> Iterator[Fail2banServer]:
    with running_fail2ban() as server:
        yield server
