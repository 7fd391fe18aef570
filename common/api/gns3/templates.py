"""Templates: what nodes can be made of."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.gns3 import examples
from common.api.gns3.base import Gns3View
from common.api.gns3.listing import Flag, RowsView, Word, list_parameters
from common.api.gns3.rows import template_row
from common.api.gns3.serializers import Gns3TemplateSerializer
from common.application.gns3 import central


class TemplatesView(Gns3View, RowsView):
    """The templates of all servers, by name."""

    filters = {
        "server": Word("Those of this server."),
        "type": Word("Such as vpcs."),
        "name": Word("Those of exactly this name."),
        "category": Word("Such as guest, router or switch."),
        "builtin": Flag("Those that come with GNS3."),
    }
    ordering_fields = ("name", "type", "category", "server")
    ordering = "name"

    @extend_schema(
        operation_id="gns3_templates_list",
        parameters=list_parameters(filters, ordering_fields),
        responses=Gns3TemplateSerializer(many=True),
        examples=[OpenApiExample("A virtual PC", examples.TEMPLATE, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        asked = request.query_params.getlist("server")
        servers = [name for name in asked if central.client(name)] or central.servers()
        return self.listed(
            request, [template_row(one, server) for server in servers for one in central.templates(server)]
        )
