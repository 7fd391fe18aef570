"""Projects: list, make, open, close, copy, watch, delete; in and out as archives."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.gns3 import examples
from common.api.gns3.archives import ARCHIVE, ArchiveParser, FileView, attachment
from common.api.gns3.base import Gns3View, actor_of, body_of, located, project_answer
from common.api.gns3.bodies import Empty, Named, NewProject
from common.api.gns3.listing import Flag, RowsView, Word, list_parameters, text_of
from common.api.gns3.rows import Row, project_row, project_url
from common.api.gns3.serializers import (
    PROJECT_STATUSES,
    Gns3ProjectSerializer,
    NameSerializer,
    NewProjectSerializer,
)
from common.application.gns3 import central, editing
from common.application.gns3.servers import server_named
from common.domain.manifest import parse
from common.domain.roles import Role

_ONE = OpenApiExample("A project", examples.PROJECT, response_only=True, status_codes=["200", "201"])


class ProjectsView(Gns3View, RowsView):
    """Projects of all servers, by name."""

    filters = {
        "server": Word("Those of this server."),
        "status": Word("Those that are open, or closed.", PROJECT_STATUSES),
        "name": Word("Those of exactly this name."),
        "watched": Flag("Those whose stream the hub was asked to listen to."),
        "made_by_hub": Flag("Those that the hub made."),
    }
    ordering_fields = ("name", "server", "status", "nodes", "running", "changed_at")
    ordering = "name"

    @extend_schema(
        operation_id="gns3_projects_list",
        parameters=list_parameters(filters, ordering_fields),
        responses=Gns3ProjectSerializer(many=True),
        examples=[_ONE],
    )
    def get(self, request: Request) -> Response:
        """503 where one of the servers asked for is away: a list without its projects would be wrong."""
        return self.listed(request, _rows(request.query_params.getlist("server")))

    @extend_schema(
        operation_id="gns3_projects_create",
        request=NewProjectSerializer,
        responses={201: Gns3ProjectSerializer},
        examples=[OpenApiExample("A new one", examples.NEW_PROJECT, request_only=True), _ONE],
    )
    def post(self, request: Request) -> Response:
        """Make an empty project. It does not close by itself, and the hub listens to its stream."""
        asked = body_of(request, NewProject)
        server = server_named(asked.server)
        made = central.create_project(server, asked.name, actor=actor_of(request)).project
        return _created(server, made)


def _rows(wanted: list[str]) -> list[Row]:
    found: list[Row] = []
    for server in [name for name in wanted if central.client(name)] or central.servers():
        known = {state.project_id: state for state in central.project_states(server)}
        found += [project_row(server, one, known.get(one.project_id)) for one in central.projects(server)]
    return found


class ProjectView(Gns3View):
    """One project."""

    required_roles: ClassVar[dict[str, Role]] = {"write": "admin"}

    @extend_schema(operation_id="gns3_projects_retrieve", responses=Gns3ProjectSerializer, examples=[_ONE])
    def get(self, request: Request, project_id: str) -> Response:
        return project_answer(*located(project_id))

    @extend_schema(operation_id="gns3_projects_delete", request=None, responses={204: None})
    def delete(self, request: Request, project_id: str) -> Response:
        """Delete it with everything in it; its nodes are stopped first."""
        server, project = located(project_id)
        central.delete_project(server, project.project_id, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class _ChangeView(Gns3View):
    """A change without a body, answered with the project as it is then."""

    def post(self, request: Request, project_id: str) -> Response:
        body_of(request, Empty)
        server, project = located(project_id)
        self.change(server, project.project_id, actor_of(request))
        return project_answer(server, central.project(server, project.project_id))

    def change(self, server: str, project_id: str, actor: str) -> Any:
        raise NotImplementedError


def _change(operation_id: str, **example: Any) -> Any:
    described = extend_schema(
        operation_id=operation_id,
        request=None,
        responses=Gns3ProjectSerializer,
        examples=[OpenApiExample("As it is then", {**examples.PROJECT, **example}, response_only=True)],
    )
    return extend_schema_view(post=described)


@_change("gns3_projects_open")
class OpenProjectView(_ChangeView):
    """Open a project; one that is open stays so."""

    def change(self, server: str, project_id: str, actor: str) -> Any:
        return central.open_project(server, project_id, actor=actor)


@_change("gns3_projects_close", status="closed", running=0)
class CloseProjectView(_ChangeView):
    """Close a project, which stops its nodes; one that is closed stays so."""

    def change(self, server: str, project_id: str, actor: str) -> Any:
        return central.close_project(server, project_id, actor=actor)


@_change("gns3_projects_watch", watched=True, auto_close=False)
class WatchProjectView(_ChangeView):
    """Listen to a project's own stream: its changes are seen at once, not when it is polled.

    This switches its `auto_close` off, so that it stays open when the hub ends or restarts.
    """

    def change(self, server: str, project_id: str, actor: str) -> Any:
        return editing.watch(server, project_id, watched=True, actor=actor)


@_change("gns3_projects_unwatch")
class UnwatchProjectView(_ChangeView):
    """Leave a project's stream; it is polled as before. Its `auto_close` stays off."""

    def change(self, server: str, project_id: str, actor: str) -> Any:
        return editing.watch(server, project_id, watched=False, actor=actor)


class DuplicateProjectView(Gns3View):
    """Copy a project."""

    @extend_schema(
        operation_id="gns3_projects_duplicate",
        request=NameSerializer,
        responses={201: Gns3ProjectSerializer},
        examples=[OpenApiExample("Its name", examples.NAME, request_only=True), _ONE],
    )
    def post(self, request: Request, project_id: str) -> Response:
        """A closed copy under another name. 409 where nodes run, or the name is taken."""
        asked = body_of(request, Named)
        server, project = located(project_id)
        return _created(
            server, editing.duplicate_project(server, project.project_id, asked.name, actor=actor_of(request))
        )


class ExportProjectView(FileView):
    """A project as an archive."""

    required_roles: ClassVar[dict[str, Role]] = {"read": "operator"}  # configurations are in it

    @extend_schema(operation_id="gns3_projects_export", responses={(200, ARCHIVE): OpenApiTypes.BINARY})
    def get(self, request: Request, project_id: str) -> HttpResponse:
        """A .gns3project (ZIP) without images. 409 where nodes run."""
        server, project = located(project_id)
        archive = editing.export_project(server, project.project_id, actor=actor_of(request))
        return attachment(archive, f"{project.name}.gns3project", ARCHIVE)


class ImportProjectView(Gns3View):
    """A project from an archive."""

    parser_classes = [ArchiveParser]
    query_parameters = ("name", "server")

    @extend_schema(
        operation_id="gns3_projects_import",
        parameters=[
            OpenApiParameter("name", str, required=True, description="Of the new project."),
            OpenApiParameter("server", str, description="Where there are several and none is called main."),
        ],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={201: Gns3ProjectSerializer},
        examples=[_ONE],
    )
    def post(self, request: Request) -> Response:
        """The body is a .gns3project, at most 16 MiB (10 MiB with an Idempotency-Key). The new project is closed."""
        name = parse(Named, {"name": text_of(request, "name")}).name
        server = server_named(request.query_params.get("server"))
        if not isinstance(request.data, bytes) or not request.data:
            raise exceptions.ValidationError("The body is empty: send a .gns3project.", "empty")
        return _created(server, editing.import_project(server, request.data, name, actor=actor_of(request)))


def _created(server: str, project: Any) -> Response:
    headers = {"Location": project_url(project.project_id)}
    return project_answer(server, project, status=status.HTTP_201_CREATED, headers=headers)
