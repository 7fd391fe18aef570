"""Equipment over REST: all of a project, one piece of it, and the start of a discovery."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.equipment import examples
from common.api.equipment.bodies import DiscoverBody
from common.api.equipment.serializers import NODE_STATUSES, DiscoverSerializer, EquipmentSerializer
from common.api.gns3.listing import RowsView, Word, list_parameters
from common.api.gns3.runs import start_run
from common.api.viewsets import ApiView
from common.api.workflows.examples import RUN
from common.api.workflows.serializers import RunSerializer
from common.application.equipment.asking import check_credentials, check_discovery
from common.application.equipment.showing import get_equipment, list_equipment
from common.domain.manifest import parse
from common.domain.roles import Role

_ONE = OpenApiExample("A node of the type VPCS", examples.EQUIPMENT, response_only=True, status_codes=["200"])


class _EquipmentView(ApiView):
    """Viewers read, operators discover."""

    schema_tag = "equipment"
    error_statuses: tuple[int, ...] = (404, 409, 502, 503, 504)
    required_roles: ClassVar[dict[str, Role]] = {"write": "operator"}


class EquipmentListView(_EquipmentView, RowsView):
    """Everything in a GNS3 project, profiled or not, and what was profiled and is gone."""

    filters = {
        "name": Word("Those of exactly this name."),
        "type": Word("Those of this kind, in GNS3's words: vpcs, ethernet_switch, qemu, ..."),
        "status": Word("Those that run, or do not.", NODE_STATUSES),
    }
    ordering_fields = ("name", "type", "status")
    ordering = "name"

    @extend_schema(
        operation_id="equipment_list",
        parameters=list_parameters(filters, ordering_fields),
        responses=EquipmentSerializer(many=True),
        examples=[_ONE],
    )
    def get(self, request: Request, project_id: str) -> Response:
        """The stored profiles, with the status that GNS3 tells now; what is out of date says so."""
        return self.listed(request, list_equipment(project_id))


class EquipmentView(_EquipmentView):
    """One piece of equipment."""

    @extend_schema(operation_id="equipment_retrieve", responses=EquipmentSerializer, examples=[_ONE])
    def get(self, request: Request, project_id: str, equipment_id: str) -> Response:
        """Its profile, as the last discovery found it."""
        return Response(get_equipment(project_id, equipment_id))


class DiscoverView(_EquipmentView):
    """Go and look."""

    @extend_schema(
        operation_id="equipment_discover",
        request=DiscoverSerializer,
        responses={202: RunSerializer},
        examples=[
            OpenApiExample("One node", examples.DISCOVER, request_only=True),
            OpenApiExample("Accepted", RUN, response_only=True, status_codes=["202"]),
        ],
    )
    def post(self, request: Request, project_id: str) -> Response:
        """Start the workflow equipment_discovery for the project or one node: 202, and Location is the run."""
        asked = parse(DiscoverBody, request.data)
        found = check_discovery(project_id, asked.equipment_id)
        check_credentials(asked.credentials or (), actor=str(request.user.get_username()))
        given = {"equipment_id": found.equipment_id, "port": asked.port, "credentials": asked.credentials}
        values = {name: value for name, value in given.items() if value is not None}
        return start_run(request, "equipment_discovery", {"project_id": found.project_id, **values})
