"""Runs the tc program, and tells what its words mean: it ends with 1 or 2 whatever went wrong."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from typing import Any

from api_clients.domain.errors import Malformed, Rejected, ServiceError, TooLarge, Unauthorized, Unreachable
from api_clients.domain.values import Labels
from api_clients.infrastructure.program import TooMuchOutput, run_program

FORBIDDEN = re.compile(r"Operation not permitted|Permission denied")
NO_MODULE = re.compile(
    r"qdisc kind is unknown|[Ss]pecified qdisc not found|Unknown (qdisc|filter)|TC classifier not found"
    r"|Specified filter kind does not match|filter kind is unknown|Failed to load TC"
)
MISSING = re.compile(r"Cannot find device|Cannot open network namespace|[Cc]annot find namespace")
MODULES = {
    "qdisc": ("sch", {"htb", "tbf", "netem", "pfifo", "bfifo", "clsact", "ingress"}),
    "class": ("sch", {"htb"}),
    "filter": ("cls", {"u32", "flower", "fw"}),
}


class TcProgram:
    """`path` is the program's, or its name to be found; `max_bytes` bounds what it may print."""

    def __init__(self, path: str, *, max_bytes: int) -> None:
        self._path = path
        self._max_bytes = max_bytes

    def run(self, command: Sequence[str], *, namespace: str, seconds: float, labels: Labels) -> bytes:
        """Return what it prints. Raises a ServiceError for all that goes wrong."""
        words = [self._path, *(("-n", namespace) if namespace else ()), *command]
        try:
            done = run_program(words, seconds=seconds, max_bytes=self._max_bytes)
        except TooMuchOutput as error:
            raise TooLarge(f"tc printed {error}", **labels) from error
        except subprocess.TimeoutExpired as error:
            silent = Unreachable(f"tc gave no answer within {seconds:.3g} s", **labels)
            silent.timed_out = True
            raise silent from error
        except OSError as error:
            why = f"the program tc cannot be run: {error.strerror} (it is in Debian's package iproute2)"
            raise Unreachable(why, **labels) from error
        if done.code < 0:
            raise Unreachable(f"tc was ended by signal {-done.code} without an answer", **labels)
        if done.code:
            said = done.stderr.decode("utf-8", "replace")
            raise failure(said, command, namespace=namespace, labels=labels)
        return done.stdout

    def ask(self, command: Sequence[str], *, namespace: str, seconds: float, labels: Labels) -> list[dict[str, Any]]:
        """Return the JSON it prints; a name that comes twice in an object has a list of its values."""
        printed = self.run(["-j", *command], namespace=namespace, seconds=seconds, labels=labels)
        try:
            found = json.loads(printed, object_pairs_hook=_all_pairs)
        except (ValueError, RecursionError) as error:
            raise Malformed(f"tc printed {len(printed)} bytes that are no JSON", **labels) from error
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise Malformed("tc printed JSON that is no list", **labels)
        return found


def failure(said: str, command: Sequence[str], *, namespace: str, labels: Labels) -> ServiceError:
    """Make the error of what tc printed."""
    first = " ".join(said.replace("We have an error talking to the kernel", "").split())
    told = f"tc {' '.join(command)}: {first or 'it failed and says not why'}".rstrip(".") + "."
    if FORBIDDEN.search(said):
        return Unauthorized(f"{told} Changing traffic control needs CAP_NET_ADMIN", **labels)
    if NO_MODULE.search(said):
        return Rejected(f"{told} The kernel has no module {_module(command)}", **labels)
    if MISSING.search(said):
        where = f"in namespace {namespace}" if namespace else "on this host"
        return Rejected(f"{told} That is {where}", **labels)
    return Rejected(told, **labels)


def _module(command: Sequence[str]) -> str:
    """What the kernel would need for a command, sch_netem for a qdisc netem."""
    family, kinds = MODULES[command[0]]
    return f"{family}_{next((word for word in command if word in kinds), '*')}"


def _all_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name not in found:
            found[name] = value
        elif isinstance(found[name], _Several):
            found[name].append(value)
        else:
            found[name] = _Several([found[name], value])
    return found


class _Several(list[Any]):
    """Values of a name that came more than once, told apart from a list that was printed as one."""
