"""Runs fail2ban-client, which reads a jail's description from the configuration and sends it to the server."""

from __future__ import annotations

import subprocess
from pathlib import Path

from api_clients.domain.errors import DeadlineExceeded, Rejected, TooLarge, Unreachable
from api_clients.domain.policies.deadline import clip
from api_clients.domain.ports import Clock
from api_clients.domain.values import Request
from api_clients.infrastructure.program import TooMuchOutput, run_program
from api_clients.infrastructure.unix_socket import socket_path
from api_clients.security.fail2ban.protocol import Refused

DEFAULT_FOLDER = Path("/etc/fail2ban")
RELOAD_SECONDS = 60.0
MAX_WORDS = 300


def folder_of(pid: int) -> Path:
    """Return the configuration folder that a running server was started with; Debian's where that cannot be seen."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        folder = Path(words[words.index("-c") + 1])
        return folder if folder.is_absolute() else Path(f"/proc/{pid}/cwd").resolve() / folder
    except (OSError, ValueError, IndexError):
        return DEFAULT_FOLDER


def reload(request: Request, jail: str, name: str, folder: Path, clock: Clock, max_bytes: int) -> str:
    """Reload a jail from the configuration, starting it where it is stopped. Raises Refused."""
    if jail.startswith("-"):
        raise Refused(f"{jail!r} is no name of a jail")
    now = clock.monotonic()
    if request.deadline is not None and request.deadline.has_passed(now):
        raise DeadlineExceeded("the deadline passed before the jail could be reloaded", **request.labels())
    command = [name, "-c", str(folder), "-s", socket_path(request.instance), "reload", "--if-exists", jail]
    try:
        ended = run_program(command, seconds=clip(RELOAD_SECONDS, request.deadline, now=now), max_bytes=max_bytes)
    except TooMuchOutput as error:
        raise TooLarge(f"{name} printed {error}", **request.labels()) from error
    except subprocess.TimeoutExpired as error:
        late = Unreachable(f"{name} was still reloading after {error.timeout:g} s", **request.labels())
        late.timed_out = True
        raise late from error
    except OSError as error:
        raise Rejected(
            f"{name} cannot be run ({error.strerror}); a reload needs the program and the configuration in {folder}",
            **request.labels(),
        ) from error
    if ended.code != 0:
        raise _refusal((ended.stderr or ended.stdout).decode("utf-8", "replace"), jail)
    return "OK"


def _refusal(said: str, jail: str) -> Refused:
    lines = [line.partition("ERROR")[2].strip() for line in said.splitlines() if "ERROR" in line]
    words = (lines[-1] if lines else said.strip())[:MAX_WORDS]
    is_unknown = f"No section: {jail!r}" in words
    return Refused(f"the configuration has no jail {jail!r}" if is_unknown else words, is_unknown=is_unknown)
