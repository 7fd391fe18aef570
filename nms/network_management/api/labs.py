"""Labs over REST: export part of the network as a GNS3 project, compare a project with the network."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.gns3.runs import start_run
from common.api.viewsets import ApiView
from common.api.workflows.examples import RUN
from common.api.workflows.serializers import RunSerializer
from common.application.gns3.servers import server_named
from common.domain.errors import Invalid
from common.domain.manifest import parse
from nms.network_management.api.examples import COMPARISON, EXPORT, LAB_PLAN
from nms.network_management.capabilities.lab_contracts import (
    CompareInput,
    ExportInput,
    ExportOutput,
)
from nms.network_management.labs.comparing import compare_lab
from nms.network_management.labs.export import make_plan
from nms.network_management.models import Device

OUTAGES = (404, 409, 502, 503, 504)
_WORDS = ("site", "role", "vendor", "tag")
_SELECTING = ("device_id", *_WORDS, "source", "all")


DIFFERENCE_KINDS = ("missing_in_lab", "missing_live", "ports", "state")


class SelectionSerializer(serializers.Serializer[Any]):
    """For OpenAPI; what comes in is read by capabilities/lab_contracts.py. So are the others here."""

    device_ids = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False)
    site = serializers.CharField(required=False)
    role = serializers.CharField(required=False)
    vendor = serializers.CharField(required=False)
    tag = serializers.CharField(required=False)
    source = serializers.ChoiceField(  # type: ignore[assignment] # a field may be named like the attribute; DRF keeps them apart
        choices=Device.Source.choices, required=False
    )
    all = serializers.BooleanField(required=False, help_text="Where really all devices are meant.")


class MadeOfSerializer(serializers.Serializer[Any]):
    template = serializers.CharField(required=False, help_text="Its id or name.")
    type = serializers.ChoiceField(choices=("vpcs", "ethernet_switch", "ethernet_hub"), required=False)
    ports = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Of the template, as adapter/port: 0/0, 1/0."
    )


class ExportSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, help_text="Of the new project.")
    server = serializers.CharField(required=False, help_text="Where several GNS3 servers are configured.")
    select = SelectionSerializer()
    roles = serializers.DictField(child=MadeOfSerializer(), required=False, help_text="By role of the inventory.")
    devices = serializers.DictField(child=MadeOfSerializer(), required=False, help_text="By the device's id.")
    positions = serializers.DictField(
        child=serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2),
        required=False,
        help_text="By the device's id: [x, y]. The others are laid out.",
    )
    dry_run = serializers.BooleanField(required=False, help_text="Answer 200 with the plan, and make nothing.")


class PlannedNodeSerializer(serializers.Serializer[Any]):
    device_id = serializers.IntegerField()
    device = serializers.CharField()
    node = serializers.CharField(help_text="Its name in the lab.")
    template = serializers.CharField()
    type = serializers.CharField()
    x = serializers.IntegerField()
    y = serializers.IntegerField()


class PlannedEndSerializer(serializers.Serializer[Any]):
    device_id = serializers.IntegerField()
    device = serializers.CharField()
    interface = serializers.CharField(help_text="On the device.")
    node = serializers.CharField()
    adapter_number = serializers.IntegerField()
    port_number = serializers.IntegerField()
    port = serializers.CharField(help_text="Its name in the lab, where it is known beforehand.")


class PlannedLinkSerializer(serializers.Serializer[Any]):
    link_id = serializers.IntegerField()
    a = PlannedEndSerializer()
    b = PlannedEndSerializer()


class LeftOutSerializer(serializers.Serializer[Any]):
    link_id = serializers.IntegerField()
    reason = serializers.CharField()


class LabPlanSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    nodes = PlannedNodeSerializer(many=True)
    links = PlannedLinkSerializer(many=True)
    left_out = LeftOutSerializer(many=True)
    notes = serializers.ListField(child=serializers.CharField())


class ExportedSerializer(serializers.Serializer[Any]):
    server = serializers.CharField()
    project_id = serializers.CharField(allow_null=True, help_text="Null of a plan.")
    plan = LabPlanSerializer()
    node_ids = serializers.DictField(child=serializers.CharField(), help_text="By the device's id.")


class ExportLabView(ApiView):
    """Make a lab of part of the network."""

    schema_tag = "labs"
    error_statuses: ClassVar = OUTAGES
    required_roles: ClassVar = {"write": "operator"}

    @extend_schema(
        operation_id="network_labs_export",
        request=ExportSerializer,
        responses={200: ExportedSerializer, 202: RunSerializer},
        examples=[
            OpenApiExample("The routers and switches of a site, first as a plan", EXPORT, request_only=True),
            OpenApiExample("The plan", LAB_PLAN, response_only=True, status_codes=["200"]),
            OpenApiExample("The run", RUN, response_only=True, status_codes=["202"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """A new GNS3 project of the selected devices, all of it or nothing: 202 with the run; its `output` names it.

        What cannot be made is refused at once: 400 with an entry for each device, 409 where the name is taken.
        """
        asked = parse(ExportInput, request.data)
        server = server_named(asked.server)
        lab = make_plan(asked, server)
        if asked.dry_run:
            output = ExportOutput(server=server, project_id=None, plan=lab.plan, node_ids={})
            return Response(output.model_dump(mode="json"))
        return start_run(request, "lab_export", asked.model_dump(mode="json", exclude_unset=True))


class PairSerializer(serializers.Serializer[Any]):
    device_id = serializers.IntegerField()
    device = serializers.CharField()
    node_id = serializers.CharField()
    node = serializers.CharField()
    by = serializers.ChoiceField(choices=("export", "reference", "name", "address"))


class DifferenceSerializer(serializers.Serializer[Any]):
    about = serializers.ChoiceField(choices=("node", "link"))
    kind = serializers.ChoiceField(choices=DIFFERENCE_KINDS)
    device_ids = serializers.ListField(child=serializers.IntegerField())
    node_ids = serializers.ListField(child=serializers.CharField())
    link_id = serializers.IntegerField(allow_null=True, help_text="Of the inventory.")
    lab_link_id = serializers.CharField(allow_null=True, help_text="Of GNS3.")
    explanation = serializers.CharField()


class ComparisonSerializer(serializers.Serializer[Any]):
    server = serializers.CharField()
    project_id = serializers.CharField()
    project = serializers.CharField()
    same = serializers.BooleanField()
    compared_with = serializers.ChoiceField(choices=("export", "selection", "all"))
    devices = serializers.IntegerField()
    nodes = serializers.IntegerField()
    live_links = serializers.IntegerField()
    lab_links = serializers.IntegerField()
    matched = PairSerializer(many=True)
    differences = DifferenceSerializer(many=True)


class CompareLabView(ApiView):
    """What a lab and the network differ in."""

    query_parameters = ("project_id", *_SELECTING)
    schema_tag = "labs"
    error_statuses: ClassVar = OUTAGES

    @extend_schema(
        operation_id="network_labs_compare",
        responses=ComparisonSerializer,
        parameters=[
            OpenApiParameter("project_id", str, required=True, description="The GNS3 project."),
            OpenApiParameter("device_id", OpenApiTypes.INT, many=True, description="Compare with these devices."),
            *(OpenApiParameter(name, str, description="Compare with these.") for name in _WORDS),
            OpenApiParameter("source", str, enum=("snmp", "gns3"), description="Compare with these."),
            OpenApiParameter("all", bool, description="Compare with all devices in use."),
        ],
        examples=[OpenApiExample("A link is missing", COMPARISON, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """Without a selection: with the devices that the lab was exported from, else with all in use."""
        return Response(compare_lab(_asked(request)).model_dump(mode="json"))


def _asked(request: Request) -> CompareInput:
    given = request.query_params
    select: dict[str, Any] = {name: given[name] for name in (*_WORDS, "source") if name in given}
    if ids := given.getlist("device_id"):
        select["device_ids"] = [_number(text) for text in ids]
    if "all" in given:
        select["all"] = _flag(given["all"])
    document: dict[str, Any] = {"project_id": given.get("project_id", "")}
    return parse(CompareInput, document | ({"select": select} if select else {}))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise _invalid("device_id", "Write the id of a device.")
    return int(text)


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise _invalid("all", "Write true or false.")
    return text == "true"


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(f"{field}: {message}", details=({"field": field, "code": "invalid", "message": message},))
