"""The overview over REST."""

from __future__ import annotations

from typing import ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.viewsets import ApiView
from nms.monitoring.api.examples import OVERVIEW
from nms.monitoring.api.serializers import OverviewSerializer
from nms.monitoring.overview.reading import overview


class OverviewView(ApiView):
    """All services at a glance."""

    schema_tag = "monitoring"
    error_statuses: ClassVar = (503,)

    @extend_schema(
        operation_id="monitoring_overview",
        responses=OverviewSerializer,
        examples=[OpenApiExample("Two services, one of which does not answer", OVERVIEW, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """Status of all services, their active alerts in one shape, their figures and what resources they use.

        Nobody is asked for it: it is collected in the background, and each part tells its age. The header Age tells
        how many seconds ago the last round ended.
        """
        document = overview()
        as_of = document["as_of"]
        headers = {"Age": str(max(0, int((timezone.now() - as_of).total_seconds())))} if as_of else {}
        return Response(document, headers=headers)
