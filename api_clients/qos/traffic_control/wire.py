"""The end of a chain to the kernel of this machine: netlink for what there is, the tc program for filters and changes.

A request's path names what is wanted, `namespace` and `interface` are parameters. POST /apply takes commands with what
undoes each, runs them in order, and undoes those done where one fails. One at a time changes an interface.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from api_clients.domain.errors import (
    NOT_FOUND,
    DeadlineExceeded,
    InvalidRequest,
    Malformed,
    Rejected,
    ServiceError,
    Unauthorized,
    Unreachable,
)
from api_clients.domain.policies.deadline import clip
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.wire import WireSettings
from api_clients.qos.traffic_control import netlink
from api_clients.qos.traffic_control.exclusion import alone
from api_clients.qos.traffic_control.filters import filters
from api_clients.qos.traffic_control.naming import interface_name, namespace_name
from api_clients.qos.traffic_control.program import TcProgram
from api_clients.qos.traffic_control.reading import state_of
from api_clients.qos.traffic_control.values import State

CAP_NET_ADMIN = 12
LEAVES = frozenset(
    {"noqueue", "pfifo_fast", "pfifo", "bfifo", "pfifo_head_drop", "tbf", "netem", "mq", "fq_codel", "fq"}
)
OBJECTS, VERBS = frozenset({"qdisc", "class", "filter"}), frozenset({"add", "change", "del"})
WORD = re.compile(r"[A-Za-z0-9_:][A-Za-z0-9_:./@%-]*")


class TrafficControlWire:
    """Its address is host://local; there is no other."""

    def __init__(self, settings: WireSettings) -> None:
        self._clock = settings.clock
        self._settings = settings.connection
        program = settings.options.tc_program if settings.options is not None else "tc"
        self._program = TcProgram(program, max_bytes=settings.connection.max_response_bytes)
        self._answers: Mapping[tuple[str, str], Callable[[Request], Any]] = {
            ("GET", "/kernel"): self._kernel,
            ("GET", "/namespaces"): lambda request: sorted(_namespaces()),
            ("GET", "/interfaces"): lambda request: self._netlink(request, netlink.interfaces),
            ("GET", "/state"): self._state,
            ("GET", "/qdiscs"): lambda request: self._about(request, netlink.qdiscs),
            ("GET", "/classes"): lambda request: self._about(request, netlink.classes),
            ("GET", "/filters"): self._filters,
            ("GET", "/statistics"): self._statistics,
            ("POST", "/apply"): self._apply,
        }

    def __repr__(self) -> str:
        return "TrafficControlWire()"

    def close(self) -> None:
        """Nothing is kept open."""

    def send(self, request: Request) -> Response:
        if request.instance != "host://local":
            reason = f"{request.instance} should be host://local: only the kernel of this machine can be spoken to"
            raise InvalidRequest(reason, **request.labels())
        try:
            found = self._answers[request.method, request.path](request)
        except netlink.Missing as error:
            raise Rejected(str(error), status=NOT_FOUND, **request.labels()) from error
        except PermissionError as error:
            reason = f"the kernel refused: {error.strerror}. Other namespaces need CAP_SYS_ADMIN, changes CAP_NET_ADMIN"
            raise Unauthorized(reason, **request.labels()) from error
        except OSError as error:
            raise Unreachable(f"the kernel could not be asked: {error.strerror}", **request.labels()) from error
        return Response(200, {}, json.dumps({"found": found}).encode(), instance=request.instance)

    # --- What there is ---

    def _kernel(self, request: Request) -> dict[str, Any]:
        version = self._run(request, ["-V"]).decode("utf-8", "replace").strip()
        if not version.startswith("tc "):
            raise Malformed("what should be tc says something else", **request.labels())
        return {"kernel": os.uname().release, "tc": version, "may_change": _may_change()}

    def _state(self, request: Request) -> dict[str, Any]:
        qdiscs = self._about(request, netlink.qdiscs)
        return {
            "qdiscs": qdiscs,
            "classes": self._about(request, netlink.classes),
            "filters": self._filters(request, qdiscs),
        }

    def _filters(self, request: Request, qdiscs: Sequence[Mapping[str, Any]] | None = None) -> list[dict[str, Any]]:
        known = self._about(request, netlink.qdiscs) if qdiscs is None else qdiscs
        found: list[dict[str, Any]] = []
        for qdisc in known:
            if qdisc["kind"] in LEAVES or qdisc["handle"] == "0:":
                continue
            places = (["ingress"], ["egress"]) if qdisc["kind"] == "clsact" else (["parent", qdisc["handle"]],)
            for place in places:
                command = ["filter", "show", "dev", _interface(request), *place]
                found += filters(self._ask(request, command), place[-1])
        return found

    def _statistics(self, request: Request) -> dict[str, Any]:
        before, started = self._about(request, netlink.statistics), time.monotonic()
        seconds = float(_param(request, "seconds"))
        if not seconds:
            return {"seconds": 0.0, "objects": before}
        if self._bounded(seconds + 0.2, request) < seconds + 0.2:
            raise DeadlineExceeded(f"there is no time for a second reading after {seconds:g} s", **request.labels())
        time.sleep(seconds)
        after = self._about(request, netlink.statistics)
        return {"seconds": time.monotonic() - started, "before": before, "objects": after}

    # --- Changes ---

    def _apply(self, request: Request) -> dict[str, Any]:
        order = json.loads(request.body or b"")
        namespace, interface = _namespace(request), _interface(request)
        for step in order["steps"]:
            _refuse_foreign_words(request, (step["command"], *step["undo"]), interface)
        patience = self._bounded(self._settings.read_timeout_seconds, request)
        with alone(namespace, interface, seconds=patience, clock=self._clock, labels=request.labels()):
            before = self._state(request)
            if state_of(before).fingerprint() != order["fingerprint"]:
                raise Rejected(
                    f"{interface} has changed since the plan was made, so nothing was done: plan anew",
                    status=409,
                    **request.labels(),
                )
            self._run_all(request, order["steps"], state_of(before))
            return self._state(request)

    def _run_all(self, request: Request, steps: Sequence[Mapping[str, Any]], before: State) -> None:
        done: list[Mapping[str, Any]] = []
        for step in steps:
            try:
                self._run(request, step["command"])
            except ServiceError as error:
                error.reason = (
                    f"step {len(done) + 1} of {len(steps)} failed: {error.reason}. {self._undo(request, done, before)}"
                )
                error.args = (error.reason,)
                raise
            done.append(step)

    def _undo(self, request: Request, done: Sequence[Mapping[str, Any]], before: State) -> str:
        """Take back what was done, as far as it goes; returns what came of it, in words."""
        failed: list[str] = []
        for command in [command for step in reversed(done) for command in step["undo"]]:
            try:
                self._run(request, command, in_haste=False)
            except ServiceError as error:
                failed.append(error.reason)
        if failed:
            return f"What was done before could not be taken back entirely: {'; '.join(failed)}"
        after = state_of(self._state(request))
        if after.fingerprint() != before.fingerprint():
            return "What was done before was taken back, but the state is not what it was: look at it"
        return "All is as it was before"

    # --- Asking ---

    def _netlink(self, request: Request, ask: Callable[[Any], Any]) -> Any:
        self._bounded(1.0, request)
        return netlink.in_namespace(_namespace(request), ask)

    def _about(self, request: Request, ask: Callable[[Any, str], Any]) -> Any:
        interface = _interface(request)
        return self._netlink(request, lambda link: ask(link, interface))

    def _run(self, request: Request, command: Sequence[str], *, in_haste: bool = True) -> bytes:
        """Without haste it is undoing, which goes on past the deadline rather than leave half a change."""
        patience = self._settings.read_timeout_seconds
        seconds = self._bounded(patience, request) if in_haste else patience
        namespace = "" if command[0] == "-V" else _namespace(request)
        return self._program.run(command, namespace=namespace, seconds=seconds, labels=request.labels())

    def _ask(self, request: Request, command: Sequence[str]) -> list[dict[str, Any]]:
        seconds = self._bounded(self._settings.read_timeout_seconds, request)
        return self._program.ask(command, namespace=_namespace(request), seconds=seconds, labels=request.labels())

    def _bounded(self, seconds: float, request: Request) -> float:
        now = self._clock.monotonic()
        if request.deadline is not None and request.deadline.has_passed(now):
            raise DeadlineExceeded("the deadline passed before the kernel was asked", **request.labels())
        return clip(seconds, request.deadline, now=now)


def _param(request: Request, name: str) -> str:
    return dict(request.params).get(name, "")


def _namespace(request: Request) -> str:
    return _valid(request, namespace_name, "namespace")


def _interface(request: Request) -> str:
    return _valid(request, interface_name, "interface")


def _valid(request: Request, check: Callable[[str], str], name: str) -> str:
    """The client has looked already; this is the net under it, for a name becomes a word of a command."""
    try:
        return check(_param(request, name))
    except ValueError as error:
        raise InvalidRequest(str(error), **request.labels()) from error


def _refuse_foreign_words(request: Request, commands: Sequence[Sequence[str]], interface: str) -> None:
    """The net under plans that come back from outside: a change of this interface, in plain words, or nothing."""
    for command in commands:
        is_a_change = command[0] in OBJECTS and command[1] in VERBS and list(command[2:4]) == ["dev", interface]
        if not is_a_change or not all(WORD.fullmatch(word) for word in command):
            raise InvalidRequest("a command of the plan is not one that changes this interface", **request.labels())


def _namespaces() -> list[str]:
    try:
        return [entry.name for entry in os.scandir(netlink.NAMESPACES)]
    except FileNotFoundError:
        return []


def _may_change() -> bool:
    status = Path("/proc/thread-self/status").read_text(encoding="ascii")
    said = next(line for line in status.splitlines() if line.startswith("CapEff:"))
    return bool(int(said.split()[1], 16) >> CAP_NET_ADMIN & 1)
