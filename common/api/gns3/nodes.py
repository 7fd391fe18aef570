"""The nodes of a project: list, make, rename and move, delete; start, stop, suspend and restart one."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from api_clients.network.gns3.values import Node
from common.api.gns3 import examples
from common.api.gns3.base import Gns3View, actor_of, body_of, located, node_answer
from common.api.gns3.bodies import Empty, NewNode, NodeChanges
from common.api.gns3.listing import RowsView, Word, list_parameters
from common.api.gns3.rows import node_row, node_url
from common.api.gns3.serializers import NODE_STATUSES, Gns3LabNodeSerializer, NewNodeSerializer, NodeChangesSerializer
from common.application.gns3 import central, editing

_ONE = OpenApiExample("A node", examples.NODE, response_only=True, status_codes=["200", "201"])


class NodesView(Gns3View, RowsView):
    """The nodes of a project, by name."""

    filters = {
        "status": Word("Those that are so.", NODE_STATUSES),
        "type": Word("Such as vpcs."),
        "name": Word("Those of exactly this name."),
        "compute_id": Word("Those on this compute."),
    }
    ordering_fields = ("name", "type", "status", "compute_id", "x", "y")
    ordering = "name"

    @extend_schema(
        operation_id="gns3_nodes_list",
        parameters=list_parameters(filters, ordering_fields),
        responses=Gns3LabNodeSerializer(many=True),
        examples=[_ONE],
    )
    def get(self, request: Request, project_id: str) -> Response:
        """Those of a closed project are stopped, without ports and console."""
        server, project = located(project_id)
        topology = central.topology(server, project.project_id)
        return self.listed(request, [node_row(node, server) for node in topology.nodes])

    @extend_schema(
        operation_id="gns3_nodes_create",
        request=NewNodeSerializer,
        responses={201: Gns3LabNodeSerializer},
        examples=[OpenApiExample("A virtual PC", examples.NEW_NODE, request_only=True), _ONE],
    )
    def post(self, request: Request, project_id: str) -> Response:
        """Make a node of a template or a type. GNS3 gives it another name where this one is taken."""
        asked = body_of(request, NewNode)
        server, project = located(project_id)
        node = editing.create_node(
            server,
            project.project_id,
            name=asked.name,
            type=asked.type or "",
            template=asked.template or "",
            x=asked.x,
            y=asked.y,
            compute_id=asked.compute_id,
            properties=asked.properties,
            actor=actor_of(request),
        )
        headers = {"Location": node_url(node.project_id, node.node_id)}
        return node_answer(server, node, status=status.HTTP_201_CREATED, headers=headers)


class NodeView(Gns3View):
    """One node of an open project."""

    @extend_schema(operation_id="gns3_nodes_retrieve", responses=Gns3LabNodeSerializer, examples=[_ONE])
    def get(self, request: Request, project_id: str, node_id: str) -> Response:
        server, project = located(project_id)
        return node_answer(server, central.node(server, project.project_id, node_id))

    @extend_schema(
        operation_id="gns3_nodes_update",
        request=NodeChangesSerializer,
        responses=Gns3LabNodeSerializer,
        examples=[OpenApiExample("Another place", examples.NODE_CHANGES, request_only=True), _ONE],
    )
    def patch(self, request: Request, project_id: str, node_id: str) -> Response:
        """Another name or another place. GNS3 3.x renames no node that runs (409)."""
        asked = body_of(request, NodeChanges)
        server, project = located(project_id)
        node = central.node(server, project.project_id, node_id)
        changed = editing.edit_node(server, project.project_id, node.node_id, asked.given(), actor=actor_of(request))
        return node_answer(server, changed)

    @extend_schema(operation_id="gns3_nodes_delete", request=None, responses={204: None})
    def delete(self, request: Request, project_id: str, node_id: str) -> Response:
        """Delete it with its links; it is stopped first."""
        server, project = located(project_id)
        central.delete_node(server, project.project_id, node_id, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class _ActionView(Gns3View):
    act: ClassVar[Callable[..., Node]]

    def post(self, request: Request, project_id: str, node_id: str) -> Response:
        body_of(request, Empty)
        server, project = located(project_id)
        return node_answer(server, type(self).act(server, project.project_id, node_id, actor=actor_of(request)))


def node_action(word: str, act: Callable[..., Node], then: str, description: str) -> type[Gns3View]:
    """The view of one action on one node."""
    described = extend_schema(
        operation_id=f"gns3_nodes_{word}",
        request=None,
        responses=Gns3LabNodeSerializer,
        examples=[OpenApiExample("As it is then", {**examples.NODE, "status": then}, response_only=True)],
    )
    members = {"act": staticmethod(act), "__doc__": description, "__module__": __name__}
    view: type[Gns3View] = type(f"{word.capitalize()}OneNodeView", (_ActionView,), members)
    return extend_schema_view(post=described)(view)


NODE_ACTIONS: dict[str, type[Gns3View]] = {
    "start": node_action("start", central.start_node, "started", "Start the node; one that runs stays as it is."),
    "stop": node_action("stop", central.stop_node, "stopped", "Stop the node; one that is stopped stays as it is."),
    "restart": node_action("restart", central.restart_node, "started", "Stop the node and start it again."),
    "suspend": node_action("suspend", central.suspend_node, "suspended", "Suspend the node; 409 if it does not run."),
}
