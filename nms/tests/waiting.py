"""Wait for what happens elsewhere, with an end and a reason."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import requests


def wait_until(what: str, true: Callable[[], object], *, timeout_seconds: float = 120.0) -> None:
    """Ask until `true()` is true; a refused connection and a late answer count as not yet.

    Raises TimeoutError naming `what`.
    """
    limit = time.monotonic() + timeout_seconds
    while True:
        with contextlib.suppress(requests.ConnectionError, requests.Timeout):
            if true():
                return
        if time.monotonic() > limit:
            raise TimeoutError(f"{what}: not so after {timeout_seconds:.0f} s")
        time.sleep(0.2)
