"""The published paths: status, actions on nodes and whole projects, the topology."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import ClassVar

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from api_clients.network.gns3.values import Node, Topology
from common.api.gns3 import examples
from common.api.gns3.base import Gns3View, actor_of, body_of, known_state, located, node_answer
from common.api.gns3.bodies import OnNode, Refresh, StartProject, StopProject
from common.api.gns3.listing import flag_of, text_of
from common.api.gns3.rows import Row, project_relation, topology_row
from common.api.gns3.runs import start_run
from common.api.gns3.serializers import (
    Gns3LabNodeSerializer,
    Gns3RefreshSerializer,
    Gns3StatusSerializer,
    Gns3TopologySerializer,
    OnNodeSerializer,
    RefreshedSerializer,
    StartProjectSerializer,
    StopProjectSerializer,
)
from common.api.workflows.examples import RUN
from common.api.workflows.serializers import RunSerializer
from common.application.gns3 import central
from common.application.gns3.servers import server_named

START_WORKFLOW = "start_gns3_project_complete"
STOP_WORKFLOW = "stop_gns3_project"
_ACCEPTED = OpenApiExample("The run", RUN, response_only=True, status_codes=["202"])


class StatusView(Gns3View):
    """The GNS3 service: its servers with their breakers, its cache, its calls and events."""

    error_statuses = (503,)

    @extend_schema(
        operation_id="gns3_status",
        responses=Gns3StatusSerializer,
        examples=[OpenApiExample("One server", examples.STATUS, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """Asks no server: an outage is told, not waited for."""
        return Response(asdict(central.status()))


class _NodeActionView(Gns3View):
    act: ClassVar[Callable[..., Node]]

    def post(self, request: Request) -> Response:
        asked = body_of(request, OnNode)
        server, project = located(asked.project_id)
        node = type(self).act(server, project.project_id, asked.node_id, actor=actor_of(request))
        return node_answer(server, node)


def _node_action(operation_id: str, status: str) -> Callable[[type], type]:
    example = {**examples.NODE, "status": status}
    schema = extend_schema(
        operation_id=operation_id,
        request=OnNodeSerializer,
        responses=Gns3LabNodeSerializer,
        examples=[
            OpenApiExample("A node", examples.ON_NODE, request_only=True),
            OpenApiExample("As it is then", example, response_only=True),
        ],
    )
    return extend_schema_view(post=schema)


@_node_action("gns3_start_node", "started")
class StartNodeView(_NodeActionView):
    """Start a node; one that runs stays as it is. 409 in a closed project."""

    act = staticmethod(central.start_node)


@_node_action("gns3_stop_node", "stopped")
class StopNodeView(_NodeActionView):
    """Stop a node; one that is stopped stays as it is."""

    act = staticmethod(central.stop_node)


@_node_action("gns3_restart_node", "started")
class RestartNodeView(_NodeActionView):
    """Stop a node and start it again; one that is stopped is started."""

    act = staticmethod(central.restart_node)


@_node_action("gns3_suspend_node", "suspended")
class SuspendNodeView(_NodeActionView):
    """Suspend a node that runs; 409 where it does not, or where its kind cannot be suspended."""

    act = staticmethod(central.suspend_node)


class StartProjectView(Gns3View):
    """Start a whole project."""

    @extend_schema(
        operation_id="gns3_start_project",
        request=StartProjectSerializer,
        responses={202: RunSerializer},
        examples=[OpenApiExample("A project", examples.START_PROJECT, request_only=True), _ACCEPTED],
    )
    def post(self, request: Request) -> Response:
        """Open it, start its nodes in the order of their dependencies, wait until they answer, discover them.

        202 with the run of the workflow `start_gns3_project_complete`; its output is the report.
        """
        asked = body_of(request, StartProject)
        _, project = located(asked.project_id)
        return start_run(request, START_WORKFLOW, {**asked.model_dump(), "project_id": project.project_id})


class StopProjectView(Gns3View):
    """Stop a whole project."""

    @extend_schema(
        operation_id="gns3_stop_project",
        request=StopProjectSerializer,
        responses={202: RunSerializer},
        examples=[OpenApiExample("A project", examples.STOP_PROJECT, request_only=True), _ACCEPTED],
    )
    def post(self, request: Request) -> Response:
        """Stop its nodes, hosts first; with `close` close it then. 202 with the run."""
        asked = body_of(request, StopProject)
        _, project = located(asked.project_id)
        return start_run(request, STOP_WORKFLOW, {**asked.model_dump(), "project_id": project.project_id})


class TopologyView(Gns3View):
    """A project with its nodes, links and drawings."""

    query_parameters = ("project_id", "fresh")

    @extend_schema(
        operation_id="gns3_topology",
        parameters=[
            OpenApiParameter("project_id", str, required=True, description="Whose."),
            OpenApiParameter("fresh", bool, description="Ask the server rather than the cache of 300 s."),
        ],
        responses=Gns3TopologySerializer,
        examples=[OpenApiExample("Two hosts at a switch", examples.TOPOLOGY, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        server, project = located(text_of(request, "project_id"))
        topology = central.topology(server, project.project_id, fresh=flag_of(request, "fresh"))
        return Response(topology_row(server, topology, known_state(server, project.project_id)))


class RefreshTopologyView(Gns3View):
    """Read projects anew."""

    @extend_schema(
        operation_id="gns3_refresh_topology",
        request=Gns3RefreshSerializer,
        responses=RefreshedSerializer,
        examples=[
            OpenApiExample("A project", examples.ON_PROJECT, request_only=True),
            OpenApiExample("It was read", examples.REFRESHED, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """Ask the server what there is, whatever the cache holds; what differs becomes events.

        One node, one project, or all open projects of a server.
        """
        asked = body_of(request, Refresh)
        if asked.project_id is None:
            server = server_named(asked.server)
            return Response({"refreshed": [_refreshed(server, found) for found in central.refresh(server)]})
        server, project = located(asked.project_id)
        if asked.node_id is not None:
            central.node(server, project.project_id, asked.node_id, fresh=True)
            found = (central.topology(server, project.project_id),)
        else:
            found = (central.topology(server, project.project_id, fresh=True),)
        return Response({"refreshed": [_refreshed(server, one) for one in found]})


def _refreshed(server: str, topology: Topology) -> Row:
    project = topology.project
    return {
        "server": server,
        "project": project_relation(project.project_id, project.name),
        "status": project.status,
        "nodes": len(topology.nodes),
        "links": len(topology.links),
    }
