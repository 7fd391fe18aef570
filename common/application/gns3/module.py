"""GNS3 as a module of the hub: its capabilities, and how it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from common.application.gns3 import capabilities as act
from common.application.gns3 import contracts as c
from common.application.gns3.drills.capabilities import DRILL_CAPABILITIES
from common.application.gns3.status import status
from common.application.gns3.workflows import WORKFLOWS
from common.domain.modules import Capability, Health, Module
from common.domain.roles import Role


def _capability(
    function: Callable[[Any, Any], BaseModel],
    input: type[BaseModel],
    output: type[BaseModel],
    *,
    seconds: float,
    role: Role = "operator",
    queue: str | None = None,
) -> Capability:
    name, description = f"gns3.{function.__name__}", function.__doc__ or ""
    return Capability(name, function, input, output, description, role, queue, timeout_seconds=seconds)


CAPABILITIES = (
    _capability(act.detect_equipment, c.SomeProjects, c.EquipmentFound, seconds=120.0, role="viewer"),
    _capability(act.sync_topology, c.SomeProjects, c.ProjectsFound, seconds=300.0),
    _capability(act.topology, c.OneProjectFresh, c.ProjectFound, seconds=60.0, role="viewer"),
    _capability(act.start_project, c.StartProject, c.ProjectOutcome, seconds=1800.0, queue="discovery"),
    _capability(act.stop_project, c.StopProject, c.ProjectOutcome, seconds=1800.0, queue="discovery"),
    _capability(act.start_node, c.OneNode, c.NodeState, seconds=90.0),
    _capability(act.stop_node, c.OneNode, c.NodeState, seconds=90.0),
    _capability(act.restart_node, c.OneNode, c.NodeState, seconds=180.0),
    _capability(act.suspend_node, c.OneNode, c.NodeState, seconds=90.0),
    _capability(act.create_project, c.CreateProject, c.ProjectMade, seconds=900.0, queue="discovery"),
    *DRILL_CAPABILITIES,
)


def health() -> Health:
    """From the records alone: no server is asked."""
    now = status()
    away = [f"{server.name}: {server.reason}" for server in now.servers if server.reachable is False]
    match now.status:
        case "unconfigured":
            return Health("healthy", "no GNS3 server is configured")
        case "unknown":
            return Health("healthy", "no GNS3 server has been looked at yet")
        case "healthy":
            return Health("healthy", f"{len(now.servers)} of {len(now.servers)} servers answer")
        case _:
            return Health("degraded", f"away: {'; '.join(away)}"[:500])


MODULE = Module(
    name="gns3",
    version="1.0",
    description="Labs on GNS3 servers 2.2 and 3.x: projects, nodes, links, and what happens to them.",
    capabilities=CAPABILITIES,
    health=health,
    workflows=WORKFLOWS,
)
