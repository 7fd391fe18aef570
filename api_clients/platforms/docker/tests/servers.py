"""A real dockerd of a file of tests, with folders of its own and an image of busybox made on the spot.

It makes no bridge and no rule of a firewall and forwards nothing, so containers have the host's network or none. Where
the kernel does not let it run containers (an unprivileged sandbox), the tests are skipped with what it said.
"""

from __future__ import annotations

import http.client
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

READY_SECONDS = 60.0
IMAGE = "labbb:1"
APPLETS = ("sh", "cat", "dd", "echo", "head", "httpd", "ls", "nc", "rm", "sleep", "touch", "tr", "true", "wget")
PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


class Engine:
    """A dockerd; `ask` speaks to it without the client under test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "docker.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Raises RuntimeError with the end of its log where it does not come up."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    shutil.which("dockerd", path=PATH) or "dockerd",
                    *("--data-root", f"{self.folder}/data", "--exec-root", f"{self.folder}/exec"),
                    *("--pidfile", f"{self.folder}/pid", "--host", self.url, "--storage-driver", "vfs"),
                    *("--exec-opt", "native.cgroupdriver=cgroupfs"),
                    *("--iptables=false", "--ip-forward=false", "--bridge=none", "--userland-proxy=false"),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PATH": PATH},
            )
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(OSError):
                self.ask("GET", "/_ping")
                return
            time.sleep(0.05)
        raise RuntimeError(f"dockerd does not run: {(self.folder / 'log').read_text(errors='replace')[-600:]}")

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=5)
        self._process = None

    def ask(self, method: str, path: str, document: Any = None, *, body: bytes | None = None) -> bytes:
        """Return the body of a success; raises RuntimeError with the engine's words."""
        connection = _UnixConnection(self.socket)
        sent = json.dumps(document).encode() if document is not None else body
        kind = "application/json" if document is not None else "application/x-tar"
        try:
            connection.request(method, path, sent, {"Content-Type": kind})
            answer = connection.getresponse()
            said = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {said.decode(errors='replace')}")
        return said

    def run(self, name: str, script: str, **config: Any) -> str:
        """Start a container with a shell script of busybox, in place of one of that name; return its id."""
        self.remove(name)
        document = {"Image": IMAGE, "Cmd": ["sh", "-c", script], "HostConfig": {"NetworkMode": "none"}, **config}
        made = json.loads(self.ask("POST", f"/v1.41/containers/create?name={name}", document))
        self.ask("POST", f"/v1.41/containers/{name}/start")
        return str(made["Id"])

    def remove(self, name: str) -> None:
        with suppress(RuntimeError):
            self.ask("DELETE", f"/v1.41/containers/{name}?force=true")

    def remove_all(self) -> None:
        for item in json.loads(self.ask("GET", "/v1.41/containers/json?all=true")):
            self.remove(item["Id"])

    def import_busybox(self) -> None:
        self.ask("POST", "/v1.41/images/create?fromSrc=-&repo=labbb&tag=1", body=_busybox_image())


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _busybox_image() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as image:
        for folder in ("bin", "etc", "proc", "sys", "dev", "tmp"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o777
            image.addfile(entry)
        image.add(shutil.which("busybox", path=PATH) or "busybox", "bin/busybox")
        for applet in APPLETS:
            entry = tarfile.TarInfo(f"bin/{applet}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            image.addfile(entry)
    return packed.getvalue()


@contextmanager
def running_dockerd() -> Iterator[Engine]:
    """Raises RuntimeError where it cannot run containers here."""
    folder = Path(tempfile.mkdtemp(prefix="nms-dockerd-"))  # short, for the paths of sockets end at 108 characters
    engine = Engine(folder)
    try:
        engine.start()
        engine.import_busybox()
        engine.run("probe", "true")
        yield engine
        engine.remove_all()
    finally:
        engine.stop()
        _unmount(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _unmount(folder: Path) -> None:
    """Let go of what a dockerd leaves mounted, the innermost first."""
    mounted = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for point in sorted((item for item in mounted if item.startswith(f"{folder}/")), key=len, reverse=True):
        subprocess.run(["umount", "--lazy", point], check=False, capture_output=True, timeout=10)


@pytest.fixture(scope="module")
def dockerd() -> Iterator[Engine]:
    """Mark the test `needs("dockerd", "busybox")`."""
    running = running_dockerd()
    try:
        engine = running.__enter__()
    except RuntimeError as error:
        pytest.skip(f"dockerd can run no container here: {error}")
    yield engine
    running.__exit__(None, None, None)
