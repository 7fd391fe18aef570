"""Snapshots of a project: list, keep, bring back, delete."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.gns3 import examples
from common.api.gns3.base import Gns3View, actor_of, body_of, known_state, located
from common.api.gns3.bodies import Empty, Named
from common.api.gns3.listing import RowsView, Word, list_parameters
from common.api.gns3.rows import snapshot_row, topology_row
from common.api.gns3.serializers import Gns3SnapshotSerializer, Gns3TopologySerializer, NameSerializer
from common.application.gns3 import central, editing
from common.application.gns3.servers import checked_id
from common.domain.errors import Unknown

_ONE = OpenApiExample("A snapshot", examples.SNAPSHOT, response_only=True, status_codes=["200", "201"])


class SnapshotsView(Gns3View, RowsView):
    """The snapshots of a project, oldest first."""

    filters = {"name": Word("Those of exactly this name.")}
    ordering_fields = ("name", "created_at")
    ordering = "created_at"

    @extend_schema(
        operation_id="gns3_snapshots_list",
        parameters=list_parameters(filters, ordering_fields),
        responses=Gns3SnapshotSerializer(many=True),
        examples=[_ONE],
    )
    def get(self, request: Request, project_id: str) -> Response:
        server, project = located(project_id)
        return self.listed(request, [snapshot_row(one) for one in central.snapshots(server, project.project_id)])

    @extend_schema(
        operation_id="gns3_snapshots_create",
        request=NameSerializer,
        responses={201: Gns3SnapshotSerializer},
        examples=[OpenApiExample("Its name", examples.NAME, request_only=True), _ONE],
    )
    def post(self, request: Request, project_id: str) -> Response:
        """Keep the project as it is. 409 where it is closed, the name is taken, or nodes run (GNS3 3.x)."""
        asked = body_of(request, Named)
        server, project = located(project_id)
        made = snapshot_row(editing.create_snapshot(server, project.project_id, asked.name, actor=actor_of(request)))
        return Response(made, status=status.HTTP_201_CREATED, headers={"Location": made["url"]})


class SnapshotView(Gns3View):
    """One snapshot."""

    @extend_schema(operation_id="gns3_snapshots_retrieve", responses=Gns3SnapshotSerializer, examples=[_ONE])
    def get(self, request: Request, project_id: str, snapshot_id: str) -> Response:
        server, project = located(project_id)
        wanted = checked_id(snapshot_id, "snapshot")
        for found in central.snapshots(server, project.project_id):
            if found.snapshot_id == wanted:
                return Response(snapshot_row(found))
        raise Unknown(f"There is no snapshot {wanted} of {project.name}.", code="unknown_snapshot")

    @extend_schema(operation_id="gns3_snapshots_delete", request=None, responses={204: None})
    def delete(self, request: Request, project_id: str, snapshot_id: str) -> Response:
        server, project = located(project_id)
        editing.delete_snapshot(server, project.project_id, snapshot_id, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RestoreSnapshotView(Gns3View):
    """Bring a project back to a snapshot."""

    @extend_schema(
        operation_id="gns3_snapshots_restore",
        request=None,
        responses=Gns3TopologySerializer,
        examples=[OpenApiExample("As it is then", examples.TOPOLOGY, response_only=True)],
    )
    def post(self, request: Request, project_id: str, snapshot_id: str) -> Response:
        """What was changed since is lost. What differs becomes events, and the restoration is one."""
        body_of(request, Empty)
        server, project = located(project_id)
        topology = central.restore_snapshot(server, project.project_id, snapshot_id, actor=actor_of(request))
        return Response(topology_row(server, topology, known_state(server, project.project_id)))
