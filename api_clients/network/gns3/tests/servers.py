"""Real GNS3 servers on private ports and folders, with stand-ins for what Debian does not package.

    @needs("gns3-server", "vpcs")
    @pytest.mark.parametrize("version", GNS3_VERSIONS)
    def test_something(gns3_server, version):
        server = gns3_server(version)       # one for each version and file; its projects go after the test
        server.request("POST", "projects", {"name": "lab", "auto_close": False})

A test that kills or reconfigures a server starts its own with `running_gns3`.
"""

from __future__ import annotations

import configparser
import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
import requests

from api_clients.tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[4]
ENVIRONMENTS = Path(__file__).parent / "environments"
GNS3_VERSIONS = tuple(sorted(lock.stem for lock in ENVIRONMENTS.glob("*.lock")))
USER, PASSWORD = "admin", "a password of the tests"
READY_SECONDS, STOP_SECONDS = 120.0, 10.0  # 3.x takes three seconds on a quiet machine
SLOT_SECONDS = 120.0  # others that run tests beside us give theirs back by then

# All ports of a server lie in a slot of its own, below those of api_clients/tests/servers: its own, which is the first,
# the consoles (TCP) and the tunnels (UDP). Whoever locks the slot's file has it, so test runs side by side do not meet.
FIRST_PORT, PORTS_EACH, SLOTS = 5_000, 500, 20


class Gns3Server:
    """A gns3server in the foreground. `stop`, `kill` and `start` keep port, folder and projects."""

    def __init__(self, version: str, folder: Path, *, login: bool = False) -> None:
        """Version 3 always wants a login, 2.2 only with `login`; USER and PASSWORD it is then."""
        self.version = version
        self.folder = folder
        self.api = "v2" if version.startswith("2.") else "v3"
        self._slot, self.port = _take_slot()
        self.login = (USER, PASSWORD) if login or self.api == "v3" else None
        self._process: subprocess.Popen[bytes] | None = None
        self._token = ""
        _install(self)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")

    def start(self) -> None:
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [gns3_program(self.version), "--config", str(self.folder / "gns3_server.conf")],
                cwd=self.folder,
                env={
                    "HOME": str(self.folder / "home"),
                    "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
                    "LANG": "C.UTF-8",
                    "LC_ALL": "C.UTF-8",
                },
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """End it as an operator would: it stops its nodes first."""
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End it in the middle of whatever it does; the stand-ins that it started end by themselves."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(STOP_SECONDS)
            self._process = None

    def release(self) -> None:
        """Stop it for good."""
        self.stop()
        self._slot.close()

    def request(self, method: str, path: str, body: Any = None, *, timeout: float = 30.0) -> Any:
        """Ask it outside of any client, `path` below /v2 or /v3; the answer's document. Raises for an error status."""
        answer = self.answer(method, path, body, timeout=timeout)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def answer(self, method: str, path: str, body: Any = None, *, timeout: float = 30.0) -> requests.Response:
        url = f"{self.url}/{self.api}/{path}"
        return requests.request(method, url, json=body, timeout=timeout, **self.authorization())

    def authorization(self) -> dict[str, Any]:
        """Return what `requests` and the like need to be let in: `auth` or `headers`."""
        if self.login is None:
            return {}
        if self.api == "v2":
            return {"auth": self.login}
        return {"headers": {"Authorization": f"Bearer {self.token()}"}}

    def token(self) -> str:
        if not self._token:
            login = {"username": USER, "password": PASSWORD}
            answer = requests.post(f"{self.url}/v3/access/users/authenticate", json=login, timeout=10)
            answer.raise_for_status()
            self._token = answer.json()["access_token"]
        return self._token

    def delete_projects(self) -> None:
        for project in self.request("GET", "projects"):
            self.request("DELETE", f"projects/{project['project_id']}")

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise RuntimeError(f"gns3server {self.version} ended at once: {self.log[-1000:]}")
            with contextlib.suppress(requests.RequestException):
                answer = requests.get(f"{self.url}/{self.api}/version", timeout=10, auth=self.login)
                if answer.ok and answer.json()["version"] == self.version:
                    return
            time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"gns3server {self.version} did not answer within {READY_SECONDS:g} s: {self.log[-1000:]}")


def gns3_program(version: str) -> str:
    return str(ROOT / ".venv" / "gns3" / version / "bin" / "gns3server")


@contextmanager
def running_gns3(version: str, folder: Path, *, login: bool = False) -> Iterator[Gns3Server]:
    server = Gns3Server(version, folder, login=login)
    try:
        server.start()
        yield server
    finally:
        server.release()


@pytest.fixture(scope="module")
def _module_gns3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Gns3Server]]:
    """Of one file of tests: idle servers and their nodes cost more than it takes to start them again."""
    running: dict[str, Gns3Server] = {}
    with ExitStack() as stack:

        def server(version: str) -> Gns3Server:
            if version not in running:
                folder = tmp_path_factory.mktemp(f"gns3-{version}")
                running[version] = stack.enter_context(running_gns3(version, folder))
            return running[version]

        yield server


@pytest.fixture
def gns3_server(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Gns3Server]]:
    """`gns3_server("3.0.6")`: a server without projects. Mark the test `needs("gns3-server", "vpcs")`; import
    `_module_gns3` into the conftest as well.
    """
    session: Callable[[str], Gns3Server] = request.getfixturevalue("_module_gns3")
    used: list[Gns3Server] = []

    def server(version: str) -> Gns3Server:
        used.append(session(version))
        return used[-1]

    yield server
    for each in used:
        each.delete_projects()


def _take_slot() -> tuple[IO[str], int]:
    """Return what holds the slot until it is closed, and its first port; wait for one while all are taken."""
    folder = Path(tempfile.gettempdir()) / f"nms-gns3-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    taken = f"{SLOTS} GNS3 servers of tests run on this machine already"
    return eventually(lambda: _free_slot(folder), seconds=SLOT_SECONDS, otherwise=taken)


def _free_slot(folder: Path) -> tuple[IO[str], int] | None:
    for number in range(SLOTS):
        claim = (folder / str(number)).open("w")
        port = FIRST_PORT + number * PORTS_EACH
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            socket.create_server(("127.0.0.1", port)).close()  # nor has anybody else taken it
        except OSError:
            claim.close()
        else:
            return claim, port
    return None


def _install(server: Gns3Server) -> None:
    """Lay out the server's folder: configuration and programs."""
    for name in ("home", "bin", "images", "projects", "appliances", "symbols", "configs", "resources", "secrets"):
        (server.folder / name).mkdir(parents=True, exist_ok=True)
    config = configparser.ConfigParser()
    config.read_dict(_configuration(server))
    with (server.folder / "gns3_server.conf").open("w") as file:
        config.write(file)
    for name in ("ubridge", "dynamips", "vpcs"):
        _write_program(server.folder / "bin" / name)


def _configuration(server: Gns3Server) -> dict[str, dict[str, Any]]:
    folder = server.folder
    first_port, last_port = server.port + 1, server.port + PORTS_EACH - 1
    common: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": server.port,
        "report_errors": False,
        **{f"{kind}_path": folder / kind for kind in ("images", "projects", "appliances", "symbols", "configs")},
        "console_start_port_range": first_port,
        "console_end_port_range": last_port,
        "udp_start_port_range": first_port,
        "udp_end_port_range": last_port,
        "ubridge_path": folder / "bin" / "ubridge",
    }
    sections: dict[str, dict[str, Any]] = {
        "VPCS": {"vpcs_path": folder / "bin" / "vpcs"},
        "Dynamips": {"dynamips_path": folder / "bin" / "dynamips"},
    }
    if server.api == "v2":
        login = {"auth": True, "user": USER, "password": PASSWORD} if server.login else {}
        return {"Server": {**common, **login}, **sections}
    own = {
        "resources_path": folder / "resources",
        "secrets_dir": folder / "secrets",
        "compute_password": "x",
        "install_builtin_appliances": False,
        "auto_discover_images": False,
    }
    admin = {"default_admin_username": USER, "default_admin_password": PASSWORD}
    return {"Server": {**common, **own}, "Controller": admin, **sections}


def _write_program(path: Path) -> None:
    """Write a stand-in as a program; -ISs leaves out what makes Python start slowly."""
    extra = f", {shutil.which('vpcs')!r}" if path.name == "vpcs" else ""
    path.write_text(
        f"#!{sys.executable} -ISs\n"
        f"import sys\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        f"from api_clients.network.gns3.tests.standins.{path.name} import main\n"
        f"main(sys.argv[1:]{extra})\n"
    )
    path.chmod(0o755)
