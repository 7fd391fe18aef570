"""Debian's vpcs (0.5b2): two PCs with a cable between them. It speaks telnet itself, to one visitor after another."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from api_clients.tests.servers import free_port

READY_SECONDS = 30.0


@contextmanager
def two_pcs(program: str, folder: Path) -> Iterator[int]:
    """Yield the port of PC7's console, 10.7.0.7; PC8 is 10.7.0.8 at the other end."""
    near, far = free_port(), free_port()
    with (
        _running_pc(program, folder / "far", "set pcname PC8\nip 10.7.0.8/24\n", cable=(far, near)),
        _running_pc(program, folder / "near", "set pcname PC7\nip 10.7.0.7/24 10.7.0.254\n", cable=(near, far)) as port,
    ):
        yield port


@contextmanager
def _running_pc(program: str, folder: Path, startup: str, *, cable: tuple[int, int]) -> Iterator[int]:
    """It forks away from us, so it is found again by its command line, port included."""
    folder.mkdir()
    (folder / "startup.vpc").write_text(startup)
    port, (local, remote) = free_port(), cable
    command = [program, "-p", str(port), "-i", "1", "-s", str(local), "-c", str(remote), "-t", "127.0.0.1"]
    command += ["-m", str(local % 200)]
    master, slave = pty.openpty()
    started = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, cwd=folder, start_new_session=True)
    os.close(slave)
    try:
        _wait(port)
        yield port
    finally:
        for pid in _running(command):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        started.wait(10)
        os.close(master)


def _wait(port: int) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
            return
        time.sleep(0.05)
    raise RuntimeError(f"vpcs did not listen within {READY_SECONDS:g} s")


def _running(command: list[str]) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                arguments = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
                if arguments == command:
                    found.append(int(entry.name))
    return found
