"""One change of an interface at a time, whichever process of this machine makes it."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api_clients.domain.errors import Overloaded, Unreachable
from api_clients.domain.ports import Clock
from api_clients.domain.values import Labels

LOOK_SECONDS = 0.02


def lock_file(namespace: str, interface: str) -> Path:
    """Neither name holds a colon or a slash. The file stays: to remove it would let two hold it."""
    return Path(tempfile.gettempdir()) / f"nms-tc-{os.geteuid()}:{namespace}:{interface}.lock"


@contextmanager
def alone(namespace: str, interface: str, *, seconds: float, clock: Clock, labels: Labels) -> Iterator[None]:
    """Raises Overloaded where another change goes on for that long. A process that dies lets go."""
    path = lock_file(namespace, interface)
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unreachable(f"{path} cannot be opened, so nothing was done: {error.strerror}", **labels) from error
    try:
        until = clock.monotonic() + seconds
        while not _taken(file):
            if clock.monotonic() >= until:
                raise Overloaded(f"another change of {interface} is under way", **labels)
            clock.sleep(LOOK_SECONDS)
        yield
    finally:
        os.close(file)


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
