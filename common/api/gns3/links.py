"""The links of a project: list, make, delete, cut and mend; what they do to packets, and recordings of them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from api_clients.network.gns3.values import Link, LinkEnd
from common.api.gns3 import examples
from common.api.gns3.base import Gns3View, actor_of, body_of, located
from common.api.gns3.bodies import Empty, Filters, NewLink
from common.api.gns3.listing import Flag, RowsView, Word, list_parameters
from common.api.gns3.rows import filter_row, link_row, link_rows, link_url
from common.api.gns3.serializers import (
    FiltersSerializer,
    Gns3LinkSerializer,
    LinkFiltersSerializer,
    NewLinkSerializer,
)
from common.application.gns3 import central, editing
from common.application.gns3.servers import checked_id

_ONE = OpenApiExample("A link", examples.LINK, response_only=True, status_codes=["200", "201"])


def link_answer(server: str, link: Link, **options: Any) -> Response:
    """The names of what it connects come from the cache."""
    nodes = {node.node_id: node for node in central.topology(server, link.project_id).nodes}
    return Response(link_row(link, nodes, server), **options)


class LinksView(Gns3View, RowsView):
    """The links of a project."""

    filters = {
        "type": Word("Such as ethernet."),
        "suspended": Flag("Those that are cut."),
        "capturing": Flag("Those that are recorded."),
    }
    ordering_fields = ("link_id", "type", "suspended", "capturing")
    ordering = "link_id"

    @extend_schema(
        operation_id="gns3_links_list",
        parameters=list_parameters(filters, ordering_fields),
        responses=Gns3LinkSerializer(many=True),
        examples=[_ONE],
    )
    def get(self, request: Request, project_id: str) -> Response:
        server, project = located(project_id)
        return self.listed(request, link_rows(server, central.topology(server, project.project_id)))

    @extend_schema(
        operation_id="gns3_links_create",
        request=NewLinkSerializer,
        responses={201: Gns3LinkSerializer},
        examples=[OpenApiExample("Two ports", examples.NEW_LINK, request_only=True), _ONE],
    )
    def post(self, request: Request, project_id: str) -> Response:
        """Connect two ports. 409 where one has a link already, 404 where it is not there."""
        asked = body_of(request, NewLink)
        server, project = located(project_id)
        one, other = (
            LinkEnd(checked_id(end.node_id, "node"), end.adapter_number, end.port_number) for end in asked.ends
        )
        made = central.create_link(server, project.project_id, (one, other), actor=actor_of(request))
        headers = {"Location": link_url(made.project_id, made.link_id)}
        return link_answer(server, made, status=status.HTTP_201_CREATED, headers=headers)


class LinkView(Gns3View):
    """One link."""

    @extend_schema(operation_id="gns3_links_retrieve", responses=Gns3LinkSerializer, examples=[_ONE])
    def get(self, request: Request, project_id: str, link_id: str) -> Response:
        server, project = located(project_id)
        return link_answer(server, editing.link(server, project.project_id, link_id))

    @extend_schema(operation_id="gns3_links_delete", request=None, responses={204: None})
    def delete(self, request: Request, project_id: str, link_id: str) -> Response:
        server, project = located(project_id)
        central.delete_link(server, project.project_id, link_id, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class _CutView(Gns3View):
    suspended: bool

    def post(self, request: Request, project_id: str, link_id: str) -> Response:
        body_of(request, Empty)
        server, project = located(project_id)
        changed = central.suspend_link(
            server, project.project_id, link_id, suspended=self.suspended, actor=actor_of(request)
        )
        return link_answer(server, changed)


def _cut(operation_id: str, suspended: bool) -> Any:
    described = extend_schema(
        operation_id=operation_id,
        request=None,
        responses=Gns3LinkSerializer,
        examples=[OpenApiExample("As it is then", {**examples.LINK, "suspended": suspended}, response_only=True)],
    )
    return extend_schema_view(post=described)


@_cut("gns3_links_suspend", True)
class SuspendLinkView(_CutView):
    """Cut a link without deleting it."""

    suspended = True


@_cut("gns3_links_resume", False)
class ResumeLinkView(_CutView):
    """Mend a link that was cut."""

    suspended = False


class FiltersView(Gns3View):
    """What a link does to its packets: loss, delay, corruption."""

    @extend_schema(
        operation_id="gns3_links_filters",
        responses=LinkFiltersSerializer,
        examples=[OpenApiExample("None is set", examples.FILTERS, response_only=True)],
    )
    def get(self, request: Request, project_id: str, link_id: str) -> Response:
        """Those that are set, and those that this link can have with the bounds of their arguments."""
        server, project = located(project_id)
        link = editing.link(server, project.project_id, link_id)
        available = editing.available_filters(server, project.project_id, link.link_id)
        row = {name: list(arguments) for name, arguments in link.filters.items()}
        return Response({"filters": row, "available": [filter_row(one) for one in available]})

    @extend_schema(
        operation_id="gns3_links_set_filters",
        request=FiltersSerializer,
        responses=Gns3LinkSerializer,
        examples=[OpenApiExample("Loss and delay", examples.SET_FILTERS, request_only=True), _ONE],
    )
    def post(self, request: Request, project_id: str, link_id: str) -> Response:
        """Replace all filters of the link; {} takes them away. Where one is refused, those from before stay."""
        asked = body_of(request, Filters)
        server, project = located(project_id)
        filters = {name: tuple(arguments) for name, arguments in asked.filters.items()}
        changed = editing.set_filters(server, project.project_id, link_id, filters, actor=actor_of(request))
        return link_answer(server, changed)
