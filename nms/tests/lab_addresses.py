"""The lab beside the hub stands at fixed addresses, so hubs that raise one take turns, in whatever process they are."""

from __future__ import annotations

import fcntl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def alone_at_the_lab_addresses() -> Iterator[None]:
    with (Path(tempfile.gettempdir()) / "nms-lab-addresses.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="module", autouse=True)
def lab_addresses() -> Iterator[None]:
    """Import it into a module whose hubs run with NMS_LAB=1."""
    with alone_at_the_lab_addresses():
        yield
