"""What the module "gns3" can do for workflows and other modules: central.py behind checked JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime

from api_clients.network.gns3.values import Link, Node, Topology
from common.application.gns3 import central
from common.application.gns3 import contracts as c
from common.application.gns3.reports import ProjectReport
from common.application.gns3.servers import server_named
from common.domain.errors import Conflict, HubError, Invalid, Unknown
from common.domain.modules import Call, CapabilityFailed

LASTING = frozenset({"gns3_unconfigured", "gns3_unauthorized", "configuration"})  # until somebody changes a file
RESERVE_SECONDS = 2.0  # of the time limit, to report in


@contextmanager
def _told() -> Iterator[None]:
    """Errors of the hub as a capability's; only what may pass by itself is worth another try."""
    try:
        yield
    except (Unknown, Invalid, Conflict) as error:
        raise CapabilityFailed(str(error), code=error.code, retryable=False) from error
    except HubError as error:
        raise CapabilityFailed(str(error), code=error.code, retryable=error.code not in LASTING) from error


def detect_equipment(asked: c.SomeProjects, call: Call) -> c.EquipmentFound:
    """The nodes of a project, or of all open ones, as equipment."""
    with _told():
        return c.EquipmentFound(
            equipment=[
                _equipment(server, topology, node) for server, topology in _read(asked) for node in topology.nodes
            ]
        )


def sync_topology(asked: c.SomeProjects, call: Call) -> c.ProjectsFound:
    """Read a project, or all open ones, from their servers now; what differs from what was known becomes events."""
    with _told():
        return c.ProjectsFound(projects=[_project(server, topology) for server, topology in _read(asked)])


def topology(asked: c.OneProjectFresh, call: Call) -> c.ProjectFound:
    """A project with its nodes and links."""
    with _told():
        server = _server_of(asked)
        return _project(server, central.topology(server, asked.project_id, fresh=asked.fresh))


def start_project(asked: c.StartProject, call: Call) -> c.ProjectOutcome:
    """Open a project and start its nodes: switches, routers, hosts, each until it answers; a report of each."""
    with _told():
        report = central.start_project(
            _server_of(asked),
            asked.project_id,
            actor=call.actor,
            parallel=asked.parallel,
            wait_seconds=asked.wait_seconds,
            should_stop=_until(call),
        )
    bad = [node for node in report.nodes if node.outcome not in ("already", "done")]
    if bad and asked.require_all:
        told = "; ".join(f"{node.name}: {node.error or node.outcome}" for node in bad[:5])
        raise CapabilityFailed(f"{len(bad)} of {len(report.nodes)} nodes do not answer: {told}", code="not_started")
    return _outcome(report)


def stop_project(asked: c.StopProject, call: Call) -> c.ProjectOutcome:
    """Stop the nodes of a project, hosts first, and close it if that is wanted."""
    with _told():
        return _outcome(
            central.stop_project(
                _server_of(asked),
                asked.project_id,
                actor=call.actor,
                close=asked.close,
                wait_seconds=asked.wait_seconds,
                should_stop=_until(call),
            )
        )


def start_node(asked: c.OneNode, call: Call) -> c.NodeState:
    """Start a node; one that runs stays as it is."""
    return _act(central.start_node, asked, call)


def stop_node(asked: c.OneNode, call: Call) -> c.NodeState:
    """Stop a node; one that is stopped stays as it is."""
    return _act(central.stop_node, asked, call)


def restart_node(asked: c.OneNode, call: Call) -> c.NodeState:
    """Stop a node and start it again."""
    return _act(central.restart_node, asked, call)


def suspend_node(asked: c.OneNode, call: Call) -> c.NodeState:
    """Suspend a node that runs."""
    return _act(central.suspend_node, asked, call)


def create_project(asked: c.CreateProject, call: Call) -> c.ProjectMade:
    """Make a new project with nodes and links, all of it or nothing."""
    with _told():
        made = central.create_project(
            server_named(asked.server),
            asked.name,
            nodes=[central.NewNode(**node.model_dump()) for node in asked.nodes],
            links=[_wanted(link) for link in asked.links],
            actor=call.actor,
        )
    return c.ProjectMade(
        server=made.server,
        project_id=made.project.project_id,
        name=made.project.name,
        node_ids=dict(made.node_ids),
        link_ids=list(made.link_ids),
    )


def _server_of(asked: c.OneProject) -> str:
    if asked.server:
        central.client(asked.server)
        return asked.server
    return central.find(asked.project_id)[0]


def _read(asked: c.SomeProjects) -> Iterator[tuple[str, Topology]]:
    """A server that is away fails the whole: an empty answer would look like equipment that is gone."""
    if asked.project_id:
        one = c.OneProject(project_id=asked.project_id, server=asked.server)
        server = _server_of(one)
        yield server, central.topology(server, asked.project_id, fresh=True)
        return
    for server in (asked.server,) if asked.server else central.servers():
        yield from ((server, topology) for topology in central.refresh(server))


def _act(act: Callable[..., Node], asked: c.OneNode, call: Call) -> c.NodeState:
    with _told():
        server = _server_of(asked)
        node = act(server, asked.project_id, asked.node_id, actor=call.actor)
    return c.NodeState(
        server=server,
        project_id=node.project_id,
        node_id=node.node_id,
        name=node.name,
        type=node.type,
        status=node.status,
        console=node.console_address,
    )


def _until(call: Call) -> Callable[[], bool]:
    """Cancelled, or so near the deadline that there is time for the report alone."""

    def stop() -> bool:
        if call.should_stop():
            return True
        return call.deadline is not None and (call.deadline - datetime.now(UTC)).total_seconds() < RESERVE_SECONDS

    return stop


def _outcome(report: ProjectReport) -> c.ProjectOutcome:
    told = asdict(report)
    return c.ProjectOutcome(**{**told, "nodes": [c.NodeOutcome(**node) for node in told["nodes"]]})


def _project(server: str, topology: Topology) -> c.ProjectFound:
    project = topology.project
    return c.ProjectFound(
        server=server,
        project_id=project.project_id,
        name=project.name,
        status=project.status,
        nodes=[_node(node) for node in topology.nodes],
        links=[_link(link) for link in topology.links],
    )


def _node(node: Node) -> c.NodeFound:
    return c.NodeFound(
        node_id=node.node_id,
        name=node.name,
        type=node.type,
        status=node.status,
        console=node.console_address,
        console_type=node.console_type,
        x=node.x,
        y=node.y,
        ports=[
            c.PortFound(adapter_number=port.adapter_number, port_number=port.port_number, name=port.name, mac=port.mac)
            for port in node.ports
        ],
    )


def _link(link: Link) -> c.LinkFound:
    return c.LinkFound(
        link_id=link.link_id,
        ends=[
            c.LinkEndFound(node_id=end.node_id, adapter_number=end.adapter_number, port_number=end.port_number)
            for end in link.ends
        ],
        suspended=link.suspended,
        filters={name: list(arguments) for name, arguments in link.filters.items()},
    )


def _equipment(server: str, topology: Topology, node: Node) -> c.Equipment:
    return c.Equipment(
        equipment_id=node.node_id,
        project_id=topology.project.project_id,
        server=server,
        name=node.name,
        type=node.type,
        status=node.status,
        address="",  # GNS3 knows none; equipment discovery finds them (common/application/equipment/)
    )


def _wanted(link: c.LinkWanted) -> central.NewLink:
    first, second = (central.NewLinkEnd(end.node, end.adapter_number, end.port_number) for end in link.ends)
    return central.NewLink((first, second))
