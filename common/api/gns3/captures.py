"""Recordings of links: which there are, start, stop, and the packets themselves as they come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from api_clients.network.gns3.values import Project
from common.api.gns3 import examples
from common.api.gns3.archives import PCAP, FileView, disposition
from common.api.gns3.base import Gns3View, actor_of, body_of, located
from common.api.gns3.bodies import Empty, NewCapture
from common.api.gns3.links import link_answer
from common.api.gns3.listing import RowsView, Word, list_parameters
from common.api.gns3.rows import Row, link_rows
from common.api.gns3.serializers import Gns3LinkSerializer, NewCaptureSerializer
from common.application.gns3 import central, editing
from common.domain.roles import Role
from common.infrastructure.streaming import Limits, hand_on

_ONE = OpenApiExample("A link", examples.CAPTURED_LINK, response_only=True, status_codes=["200", "201"])
MAX_SECONDS = 86_400.0
DEFAULT_BYTES = MAX_BYTES = 1024 * 1024 * 1024


class CapturesView(Gns3View, RowsView):
    """The links that are recorded, in all open projects or in one."""

    filters = {"server": Word("Those on this server."), "project_id": Word("Those of this project.")}
    ordering_fields = ("link_id", "project_id", "capture_file")
    ordering = "project_id,link_id"

    @extend_schema(
        operation_id="gns3_captures_list",
        parameters=list_parameters(filters, ordering_fields),
        responses=Gns3LinkSerializer(many=True),
        examples=[_ONE],
    )
    def get(self, request: Request) -> Response:
        wanted = request.query_params.getlist("project_id")
        places = [located(project_id) for project_id in wanted] if wanted else list(_open_projects())
        found: list[Row] = []
        for server, project in places:
            found += [
                row for row in link_rows(server, central.topology(server, project.project_id)) if row["capturing"]
            ]
        return self.listed(request, found)


def _open_projects() -> Iterator[tuple[str, Project]]:
    for server in central.servers():
        for project in central.projects(server):
            if project.status == "opened":
                yield server, project


class StartCaptureView(Gns3View):
    """Record a link."""

    @extend_schema(
        operation_id="gns3_captures_start",
        request=NewCaptureSerializer,
        responses={201: Gns3LinkSerializer},
        examples=[OpenApiExample("A name", examples.NEW_CAPTURE, request_only=True), _ONE],
    )
    def post(self, request: Request, project_id: str, link_id: str) -> Response:
        """Record its packets into a file of the project. 409 where that is done already."""
        asked = body_of(request, NewCapture)
        server, project = located(project_id)
        link = editing.start_capture(
            server, project.project_id, link_id, file_name=asked.file_name, actor=actor_of(request)
        )
        return link_answer(server, link, status=status.HTTP_201_CREATED)


class StopCaptureView(Gns3View):
    """End the recording of a link."""

    @extend_schema(
        operation_id="gns3_captures_stop",
        request=None,
        responses=Gns3LinkSerializer,
        examples=[OpenApiExample("As it is then", examples.LINK, response_only=True)],
    )
    def post(self, request: Request, project_id: str, link_id: str) -> Response:
        """Its file stays in the project. 409 where it is not recorded."""
        body_of(request, Empty)
        server, project = located(project_id)
        return link_answer(server, editing.stop_capture(server, project.project_id, link_id, actor=actor_of(request)))


class CaptureStreamView(FileView):
    """The packets of a recording."""

    required_roles: ClassVar[dict[str, Role]] = {"read": "operator"}  # passwords are in them
    query_parameters = ("seconds", "quiet_seconds", "max_bytes")

    @extend_schema(
        operation_id="gns3_captures_stream",
        parameters=[
            OpenApiParameter("seconds", float, description="End after so many seconds; at most a day, the default."),
            OpenApiParameter("quiet_seconds", float, description="End when nothing came for so long: a download."),
            OpenApiParameter("max_bytes", int, description="End after so many bytes; a GiB, which is the default."),
        ],
        responses={(200, PCAP): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, project_id: str, link_id: str) -> StreamingHttpResponse:
        """A pcap from the first packet of the recording on, which grows until the recording ends or you leave.

        For a file of what there is so far, send `quiet_seconds=1`.
        """
        limits = Limits(
            seconds=_number(request, "seconds", default=MAX_SECONDS, maximum=MAX_SECONDS),
            quiet_seconds=_number(request, "quiet_seconds", default=MAX_SECONDS, maximum=MAX_SECONDS),
            bytes=int(_number(request, "max_bytes", default=DEFAULT_BYTES, maximum=MAX_BYTES)),
        )
        server, project = located(project_id)
        stream = editing.open_capture(server, project.project_id, link_id, actor=actor_of(request))
        return StreamingHttpResponse(
            hand_on(stream, limits),
            content_type=PCAP,
            headers={**disposition(f"{project.name}-{link_id}.pcap"), "Cache-Control": "no-store"},
        )


def _number(request: Request, name: str, *, default: float, maximum: float) -> float:
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= maximum:
        message = f"Write a number above 0, at most {maximum:g}."
        raise exceptions.ValidationError({name: exceptions.ErrorDetail(message, "out_of_range")})
    return number
