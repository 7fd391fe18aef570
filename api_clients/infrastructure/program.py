"""Runs a program of this machine on behalf of a wire: for so long, and with so much output, at most."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

CHUNK_BYTES = 65_536


class TooMuchOutput(Exception):
    """The program said more than anybody wants to hold, and was ended."""


@dataclass(frozen=True, slots=True)
class Ended:
    """`code` is negative where a signal ended it."""

    code: int
    stdout: bytes
    stderr: bytes


def run_program(words: Sequence[str], *, seconds: float, max_bytes: int) -> Ended:
    """Run a program without an input to its end. Every word is the caller's to check.

    Raises OSError where it cannot be run, subprocess.TimeoutExpired and TooMuchOutput; it does not run on then.
    """
    until = time.monotonic() + seconds
    with subprocess.Popen(  # noqa: S603 # no shell is between
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            stdout, stderr = _read([process.stdout, process.stderr], until, max_bytes)
            code = process.wait(timeout=max(0.0, until - time.monotonic()))
        except TimeoutError:
            process.kill()
            raise subprocess.TimeoutExpired(list(words), seconds) from None
        except BaseException:
            process.kill()
            raise
    return Ended(code, stdout, stderr)


def _read(pipes: Sequence[IO[bytes]], until: float, max_bytes: int) -> list[bytes]:
    """Read all pipes to their ends. Raises TimeoutError, TooMuchOutput."""
    held = {pipe: bytearray() for pipe in pipes}
    with selectors.DefaultSelector() as selector:
        for pipe in pipes:
            selector.register(pipe, selectors.EVENT_READ, pipe)
        while selector.get_map():
            ready = selector.select(max(0.0, until - time.monotonic()))
            if not ready:
                raise TimeoutError
            for key, _ in ready:
                chunk = os.read(key.fd, CHUNK_BYTES)
                held[key.data] += chunk
                if not chunk:
                    selector.unregister(key.data)
            if sum(map(len, held.values())) > max_bytes:
                raise TooMuchOutput(f"more than {max_bytes} bytes of output")
    return [bytes(data) for data in held.values()]
