"""What the views of GNS3 share: whose project it is, who asks, and how an action is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from rest_framework.request import Request
from rest_framework.response import Response

from api_clients.network.gns3.values import Node, Project
from common.api.gns3.bodies import Body
from common.api.gns3.rows import node_row, project_row
from common.api.viewsets import ApiView
from common.application.gns3 import central
from common.application.gns3.reports import ProjectState
from common.domain.manifest import parse
from common.domain.roles import Role

B = TypeVar("B", bound=Body)
OUTAGES = (409, 502, 503, 504)


class Gns3View(ApiView):
    """Viewers read, operators act."""

    schema_tag = "gns3"
    error_statuses: tuple[int, ...] = (404, *OUTAGES)
    required_roles: ClassVar[dict[str, Role]] = {"write": "operator"}


def actor_of(request: Request) -> str:
    return str(request.user.get_username())


def body_of(request: Request, kind: type[B]) -> B:
    """Raises Invalid. A request without a body is one with {}; [] and null are bodies, and no objects."""
    given = request.data
    return parse(kind, given or {} if isinstance(given, Mapping) else given)


def located(project_id: str) -> tuple[str, Project]:
    """Where a project is. Raises Unknown, or Unavailable."""
    return central.find(project_id)


def known_state(server: str, project_id: str) -> ProjectState | None:
    """What the hub has recorded of a project."""
    return next((state for state in central.project_states(server) if state.project_id == project_id), None)


def project_answer(server: str, project: Project, **options: Any) -> Response:
    return Response(project_row(server, project, known_state(server, project.project_id)), **options)


def node_answer(server: str, node: Node, **options: Any) -> Response:
    return Response(node_row(node, server), **options)
