"""A namespace of our own with two ends of a cable, for the real kernel; and a tc program that fails when told to."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api_clients.simulation import Fault

LEFT, RIGHT = "192.0.2.1", "192.0.2.2"
INTERFACE = "eth0"
FAILING_TC = """#!/bin/sh
# Stands before the real tc, and fails as the file `fault` says; each line of it is for one call, `always` for all.
cd "$(dirname "$0")"
echo "$*" >> received
read -r fault < fault 2> /dev/null
[ "$(sed -n 2p fault)" = always ] || sed -i 1d fault 2> /dev/null
case "$fault" in
hang) exec sleep 60 ;;
close) kill -KILL $$ ;;
garbage) exec cat body ;;
truncate) "{tc}" "$@" > whole; exec head -c $(($(wc -c < whole) / 2)) whole ;;
esac
exec "{tc}" "$@"
"""


@dataclass(frozen=True, slots=True)
class Lab:
    """Two namespaces, joined by a cable whose ends are both called eth0."""

    left: str
    right: str

    def tc(self, *words: str) -> str:
        return run("tc", "-n", self.left, *words)


def run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
    return done.stdout


@contextmanager
def a_lab() -> Iterator[Lab]:
    lab = Lab(f"nms-tc-left-{os.getpid()}", f"nms-tc-right-{os.getpid()}")
    try:
        for name in (lab.left, lab.right):
            run("ip", "netns", "add", name)
        run(
            *("ip", "-n", lab.left, "link", "add", INTERFACE, "type", "veth"),
            *("peer", "name", INTERFACE, "netns", lab.right),
        )
        for name, address in ((lab.left, LEFT), (lab.right, RIGHT)):
            run("ip", "-n", name, "address", "add", f"{address}/24", "dev", INTERFACE)
            run("ip", "-n", name, "link", "set", INTERFACE, "up")
        yield lab
    finally:
        for name in (lab.left, lab.right):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, timeout=20, check=False)


class FailingTc:
    """The program, and what it was asked; as the contract wants it of what it makes fail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = folder / "tc"
        (folder / "fault").touch()
        self.path.write_text(FAILING_TC.replace("{tc}", shutil.which("tc") or "/sbin/tc"))
        self.path.chmod(0o755)

    @property
    def received(self) -> list[str]:
        said = self._folder / "received"
        return said.read_text().splitlines() if said.exists() else []

    @property
    def url(self) -> str:
        return "host://local"

    def inject(self, fault: Fault) -> None:
        lines = [fault.kind, "always"] if fault.times is None else [fault.kind] * fault.times
        (self._folder / "body").write_bytes(fault.body)
        (self._folder / "fault").write_text("".join(f"{line}\n" for line in lines))

    def clear(self) -> None:
        (self._folder / "fault").write_text("")

    def stop(self) -> None:
        self.path.unlink()
