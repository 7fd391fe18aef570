"""The lab network as a child process, and what is true of it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nms.environment import BASE_DIR
from nms.tests.programs import clean_environment, manage

Link = frozenset[str]


@dataclass(frozen=True, slots=True)
class Lab:
    """`described` is what `manage.py lab --json` printed."""

    described: dict[str, Any]
    data_dir: Path

    @property
    def port(self) -> int:
        port: int = self.described["devices"][0]["port"]
        return port

    @property
    def names(self) -> set[str]:
        return {device["name"] for device in self.described["devices"]}

    @property
    def addresses(self) -> list[str]:
        return [device["address"] for device in self.described["devices"]]

    @property
    def links(self) -> set[Link]:
        """Every cable as the names of its two ends."""
        return {
            frozenset(f"{end['device']} {end['interface']}" for end in (link["a"], link["b"]))
            for link in self.described["links"]
        }

    def control(self, *words: str) -> None:
        """Break something, or mend it: `silence access-03`, `restore`."""
        control_lab(self.data_dir, *words)


def control_lab(data_dir: Path, *words: str) -> None:
    manage("lab", "--control", *words, environment=clean_environment(NMS_DATA_DIR=str(data_dir)))


@contextlib.contextmanager
def running_lab(data_dir: Path, *, devices: int = 40) -> Iterator[Lab]:
    process = subprocess.Popen(
        [
            sys.executable,
            "manage.py",
            "lab",
            "--port",
            "0",
            "--devices",
            str(devices),
            "--json",
            "--until-stdin-closes",
        ],
        cwd=BASE_DIR,
        env=clean_environment(NMS_DATA_DIR=str(data_dir)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process, process.stdin, process.stdout:
        try:
            yield Lab(json.loads(process.stdout.readline()), data_dir)
        finally:
            process.kill()
