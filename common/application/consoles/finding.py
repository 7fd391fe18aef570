"""Where the console of a node is, or why there is none to speak to now."""

from __future__ import annotations

from dataclasses import dataclass

from api_clients.network.gns3.values import Node
from common.application.gns3 import central
from common.domain.errors import Conflict, HubError, TimedOut, Unavailable, Unknown
from common.domain.hub_events.consoles import Ending

TEXT_CONSOLES = ("telnet",)


@dataclass(frozen=True, slots=True)
class FoundConsole:
    """`host` and `port` hold until the node stops or its project closes: ask again each time."""

    server: str
    project_id: str
    node_id: str
    node_name: str
    node_type: str
    console_type: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Farewell:
    """Why a session ends, for programs and for people."""

    reason: Ending
    message: str


def find_console(project_id: str, node_id: str) -> FoundConsole:
    """Raises Unknown, Conflict (stopped, closed, no terminal), or what the server's outage is."""
    node = _node(project_id, node_id, fresh=True)
    if node.console_type not in TEXT_CONSOLES:
        kind = "no console" if node.console_type in ("", "none") else f"a console of the type {node.console_type}"
        raise Conflict(f"{node.name} has {kind}; a terminal needs telnet.", code="console_not_text")
    if node.status != "started":
        raise Conflict(f"{node.name} is {node.status}: start it, then open its console.", code="node_not_started")
    if node.console is None:
        raise Conflict(f"{node.name} has no console port now.", code="console_missing")
    server, _ = central.find(node.project_id)
    return FoundConsole(
        server, node.project_id, node.node_id, node.name, node.type, node.console_type, node.console_host, node.console
    )


def why_ended(console: FoundConsole, *, fresh: bool) -> Farewell | None:
    """What happened to the node of a console that hung up, or went silent; None where it runs as before."""
    try:
        node = _node(console.project_id, console.node_id, fresh=fresh)
    except Unknown:
        return Farewell("node_deleted", f"{console.node_name} or its project is gone.")
    except Conflict:
        return Farewell("project_closed", f"The project of {console.node_name} was closed.")
    if node.status == "stopped":
        return Farewell("node_stopped", f"{node.name} was stopped.")
    if node.status == "suspended":
        return Farewell("node_suspended", f"{node.name} was suspended.")
    if node.console != console.port:
        return Farewell("console_closed", f"The console of {node.name} has moved: connect again.")
    return None


def why_hung_up(console: FoundConsole) -> Farewell:
    """Like why_ended, for a connection that has ended, whatever the node says."""
    hung_up = Farewell("console_closed", f"The console of {console.node_name} hung up: connect again.")
    try:
        return why_ended(console, fresh=True) or hung_up
    except (Unavailable, TimedOut):
        return Farewell("failed", f"The console of {console.node_name} hung up, and GNS3 does not answer.")
    except HubError:
        return hung_up


def _node(project_id: str, node_id: str, *, fresh: bool) -> Node:
    server, project = central.find(project_id)
    if project.status != "opened":
        raise Conflict(f"The project {project.name} is closed: open it first.", code="project_closed")
    return central.node(server, project.project_id, node_id, fresh=fresh)
