"""How much happened on GNS3."""

from __future__ import annotations

from dataclasses import asdict

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.gns3 import examples
from common.api.gns3.base import Gns3View
from common.api.gns3.rows import project_relation
from common.api.gns3.serializers import EventStatisticsSerializer
from common.application.gns3.event_statistics import event_statistics
from common.application.gns3.servers import checked_id

MAX_HOURS = 24 * 90
DEFAULT_HOURS = 24.0


class EventStatisticsView(Gns3View):
    """Events of GNS3, counted."""

    error_statuses = (404,)
    query_parameters = ("hours", "project_id")

    @extend_schema(
        operation_id="gns3_event_statistics",
        parameters=[
            OpenApiParameter("hours", float, description=f"Of so many hours until now: 24, at most {MAX_HOURS}."),
            OpenApiParameter("project_id", str, description="Of this project alone."),
        ],
        responses=EventStatisticsSerializer,
        examples=[OpenApiExample("Of a day", examples.EVENT_STATISTICS, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """By type, priority, actor and project. As far back as events are kept; of projects that are gone as well."""
        project_id = request.query_params.get("project_id")
        found = event_statistics(
            hours=_hours(request), project_id=None if project_id is None else checked_id(project_id, "project")
        )
        body = asdict(found)
        body["by_project"] = [
            {"project": project_relation(one.project_id, one.name), "count": one.count} for one in found.by_project
        ]
        return Response(body)


def _hours(request: Request) -> float:
    text = request.query_params.get("hours")
    if text is None:
        return DEFAULT_HOURS
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 0 < hours <= MAX_HOURS:
        message = f"Write a number above 0, at most {MAX_HOURS}."
        raise exceptions.ValidationError({"hours": exceptions.ErrorDetail(message, "out_of_range")})
    return hours
