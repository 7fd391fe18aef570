"""Start and stop whole projects: in order, some nodes at a time, and a report of each.

A node that fails fails alone: the report says so and the others go on. Whoever called may stop it in between
(`should_stop`): what has begun is waited for, nothing more begins. Calling again goes on where it was left.
"""

from __future__ import annotations

import contextvars
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from django.db import connections

from api_clients.domain.errors import ServiceError
from api_clients.network.gns3.values import ALWAYS_ON, Node, Template, Topology
from common.application.gns3.intents import ANYTHING, intending
from common.application.gns3.node_actions import start_node, stop_node
from common.application.gns3.observing import observe_node, observe_topology
from common.application.gns3.projects import close_project, open_project
from common.application.gns3.reading import project, topology
from common.application.gns3.reports import NodeOutcome, NodeReport, ProjectOutcome, ProjectReport
from common.application.gns3.roles import WAVES, roles, waves
from common.application.gns3.servers import checked_id, client
from common.domain.errors import HubError, Invalid
from common.infrastructure.gns3.console_ports import TCP_CONSOLES, answers

PARALLEL, MOST_PARALLEL = 4, 32
PROJECTS_AT_ONCE = 4
WAIT_SECONDS = 60.0
LOOK_SECONDS = 0.2

ShouldStop = Callable[[], bool]
T = TypeVar("T")
R = TypeVar("R")


def never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class _Undertaking:
    server: str
    project_id: str
    actor: str
    wait_seconds: float
    should_stop: ShouldStop


def start_project(
    server: str,
    project_id: str,
    *,
    actor: str = "",
    parallel: int = PARALLEL,
    wait_seconds: float = WAIT_SECONDS,
    should_stop: ShouldStop = never,
) -> ProjectReport:
    """Open it and start its nodes, wave by wave (roles.py), `parallel` at once; each until it answers.

    A node answers when the server says that it runs and its console port, where it has one, takes connections;
    `wait_seconds` is the time for one node. The next wave begins when each of the last has answered or failed.
    """
    began = time.monotonic()
    project_id = checked_id(project_id, "project")
    _check(parallel, wait_seconds)
    was = project(server, project_id, fresh=True)
    opened = was.status == "closed"
    if opened:
        open_project(server, project_id, actor=actor)
    whole = topology(server, project_id, fresh=True)
    doing = _Undertaking(server, project_id, actor, wait_seconds, should_stop)
    templates = _templates(server, whole)
    with intending(server, project_id, [node.node_id for node in whole.nodes], actor=actor):
        reports = _in_waves(doing, whole, templates, waves(whole, templates), _start, parallel)
        observe_topology(server, project_id)
    return _report(doing, whole, reports, opened=opened, began=began)


def stop_project(
    server: str,
    project_id: str,
    *,
    actor: str = "",
    close: bool = False,
    parallel: int = PARALLEL,
    wait_seconds: float = WAIT_SECONDS,
    should_stop: ShouldStop = never,
) -> ProjectReport:
    """Stop its nodes, hosts first; then `close` it, unless a node did not stop or somebody stopped it in between.

    A project that is closed already is stopped.
    """
    began = time.monotonic()
    project_id = checked_id(project_id, "project")
    _check(parallel, wait_seconds)
    project(server, project_id, fresh=True)
    whole = topology(server, project_id, fresh=True)
    doing = _Undertaking(server, project_id, actor, wait_seconds, should_stop)
    templates = _templates(server, whole)
    with intending(server, project_id, [ANYTHING, *(node.node_id for node in whole.nodes)], actor=actor):
        backwards = tuple(reversed(waves(whole, templates)))
        reports = _in_waves(doing, whole, templates, backwards, _stop, parallel)
        report = _report(doing, whole, reports, opened=False, began=began)
        if close and report.outcome == "done" and whole.project.status == "opened":
            close_project(server, project_id, actor=actor)
    return replace(report, seconds=round(time.monotonic() - began, 3))


def start_projects(
    projects: Iterable[tuple[str, str]],
    *,
    actor: str = "",
    parallel: int = PARALLEL,
    wait_seconds: float = WAIT_SECONDS,
    should_stop: ShouldStop = never,
) -> tuple[ProjectReport, ...]:
    """Several (server, project_id) at once, a report for each in the same order; one that cannot be has its `error`."""

    def start(one: tuple[str, str]) -> ProjectReport:
        server, project_id = one
        try:
            return start_project(
                server,
                project_id,
                actor=actor,
                parallel=parallel,
                wait_seconds=wait_seconds,
                should_stop=should_stop,
            )
        except HubError as error:
            return ProjectReport(server, project_id, "", "failed", False, 0.0, (), error=str(error))

    _check(parallel, wait_seconds)
    return tuple(_side_by_side(start, list(dict.fromkeys(projects)), PROJECTS_AT_ONCE))


def _check(parallel: int, wait_seconds: float) -> None:
    if not 1 <= parallel <= MOST_PARALLEL:
        raise Invalid(f"parallel is {parallel}; it must be from 1 to {MOST_PARALLEL}.", code="out_of_range")
    if not 0 < wait_seconds <= 3600:
        raise Invalid(f"wait_seconds is {wait_seconds:g}; it must be over 0 and at most 3600.", code="out_of_range")


def _templates(server: str, whole: Topology) -> dict[str, Template]:
    """Those that the roles of nodes hang on; none where nothing hangs on them, or the server will not tell."""
    if not any(node.template_id for node in whole.nodes):
        return {}
    try:
        return {template.template_id: template for template in client(server).templates()}
    except ServiceError:
        return {}  # the links say enough


def _in_waves(
    doing: _Undertaking,
    whole: Topology,
    templates: dict[str, Template],
    ordered: Sequence[Sequence[Node]],
    act: Callable[[_Undertaking, Node, NodeReport], NodeReport],
    parallel: int,
) -> tuple[NodeReport, ...]:
    known = roles(whole, templates)
    reports: list[NodeReport] = []
    for number, wave in enumerate(ordered):

        def one(node: Node, number: int = number) -> NodeReport:
            role = known[node.node_id]
            blank = NodeReport(node.node_id, node.name, node.type, role, number, "not_tried", node.status)
            return blank if doing.should_stop() else _timed(doing, node, blank, act)

        reports += _side_by_side(one, wave, parallel)
    assert len(WAVES) == len(ordered), "every role has its wave"
    return tuple(reports)


def _timed(
    doing: _Undertaking, node: Node, blank: NodeReport, act: Callable[[_Undertaking, Node, NodeReport], NodeReport]
) -> NodeReport:
    began = time.monotonic()
    try:
        report = act(doing, node, blank)
    except HubError as error:
        report = replace(blank, outcome="failed", error=str(error))
    return replace(report, seconds=round(time.monotonic() - began, 3))


def _start(doing: _Undertaking, node: Node, blank: NodeReport) -> NodeReport:
    before = node.status
    if node.type not in ALWAYS_ON and before != "started":
        node = start_node(doing.server, doing.project_id, node.node_id, actor=doing.actor)
    outcome, node = _answered(doing, node)
    if outcome == "done" and before == "started":
        outcome = "already"
    error = "" if outcome in ("done", "already") else _why_not(outcome, node, doing.wait_seconds)
    return replace(blank, outcome=outcome, status=node.status, console=node.console_address, error=error)


def _stop(doing: _Undertaking, node: Node, blank: NodeReport) -> NodeReport:
    if node.type in ALWAYS_ON or node.status == "stopped":
        return replace(blank, outcome="already")
    after = stop_node(doing.server, doing.project_id, node.node_id, actor=doing.actor)
    return replace(blank, outcome="done", status=after.status)


def _answered(doing: _Undertaking, node: Node) -> tuple[NodeOutcome, Node]:
    until = time.monotonic() + doing.wait_seconds
    while True:
        if node.status == "started" and _reached(node):
            return "done", node
        if doing.should_stop():
            return "cancelled", node
        if time.monotonic() >= until:
            return "timed_out", node
        time.sleep(LOOK_SECONDS)
        node = observe_node(doing.server, doing.project_id, node.node_id)[0]


def _reached(node: Node) -> bool:
    if node.type in ALWAYS_ON or node.console is None or node.console_type not in TCP_CONSOLES:
        return True
    return answers(node.console_host, node.console)


def _why_not(outcome: NodeOutcome, node: Node, wait_seconds: float) -> str:
    if outcome == "cancelled":
        return "stopped while it was waited for"
    where = (
        f"nothing takes connections at its console {node.console_address}" if node.status == "started" else node.status
    )
    return f"no answer within {wait_seconds:g} s: {where}"


def _report(
    doing: _Undertaking, whole: Topology, reports: tuple[NodeReport, ...], *, opened: bool, began: float
) -> ProjectReport:
    return ProjectReport(
        server=doing.server,
        project_id=doing.project_id,
        name=whole.project.name,
        outcome=_outcome(reports),
        opened=opened,
        seconds=round(time.monotonic() - began, 3),
        nodes=reports,
    )


def _outcome(reports: Sequence[NodeReport]) -> ProjectOutcome:
    outcomes = {report.outcome for report in reports}
    if outcomes & {"cancelled", "not_tried"}:
        return "cancelled"
    if outcomes <= {"done", "already"}:
        return "done"
    return "partial" if outcomes & {"done", "already"} else "failed"


def _side_by_side(do: Callable[[T], R], things: Sequence[T], at_once: int) -> list[R]:
    """Do it with each, so many at a time, in the order of `things`; on behalf of whoever this thread works for."""
    if len(things) < 2 or at_once == 1:
        return [do(thing) for thing in things]

    def one(context: contextvars.Context, thing: T) -> R:
        try:
            return context.run(do, thing)
        finally:
            connections.close_all()  # nobody else would, in a thread of the pool's

    with ThreadPoolExecutor(min(at_once, len(things)), thread_name_prefix="gns3") as pool:
        return list(pool.map(one, [contextvars.copy_context() for _ in things], things))
