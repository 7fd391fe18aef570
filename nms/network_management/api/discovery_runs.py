"""Discovery runs over REST: start one (202), follow it, read what went wrong where, end it early."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import OuterRef, Subquery
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import exceptions, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.errors import Conflict
from common.api.strict import StrictSerializer
from common.api.viewsets import ReadViewSet
from common.models import WorkflowRun
from nms.network_management.api.rows import PREFIX, RelationSerializer, Row, relation
from nms.network_management.discovery.limits import DEFAULT_CRAWL_DEPTH, MAX_CRAWL_DEPTH, MAX_EXPRESSIONS
from nms.network_management.discovery.run import cancel_discovery, start_discovery
from nms.network_management.discovery.spec import DiscoverySpec, SpecInvalid
from nms.network_management.models import Device, DiscoveryProblem, DiscoveryRun

WORKFLOW_RUNS = "/api/common/api/v1/hub/workflow-runs/"
RUNS_PATH = f"{PREFIX}/discovery-runs/"
PAGE_PARAMETERS = ("page", "page_size")

REQUEST_EXAMPLE = {"targets": ["10.20.0.0/24", "10.20.1.1-10.20.1.20"], "credentials": [3, 1]}
CRAWL_EXAMPLE = {"seeds": ["10.255.0.1"], "crawl_depth": 8}
RUN_EXAMPLE = {
    "id": 12,
    "url": "/api/network/discovery-runs/12/",
    "state": "running",
    "spec": {
        "targets": ["10.20.0.0/24"],
        "seeds": [],
        "crawl_depth": 0,
        "port": 161,
        "credentials": [3, 1],
        "timeout_seconds": 1.0,
        "retries": 1,
    },
    "requested_by": "admin",
    "workflow_run": {"id": 31, "name": "network_discovery", "url": "/api/common/api/v1/hub/workflow-runs/31/"},
    "cancel_requested": False,
    "progress": {"addresses_total": 254, "addresses_done": 120, "alive": 31, "profiled": 24, "percent": 47},
    "result": {"devices_new": 20, "devices_changed": 1, "devices_unchanged": 3, "problems": 2, "unreachable": []},
    "devices_url": "/api/network/discovery-runs/12/devices/",
    "problems_url": "/api/network/discovery-runs/12/problems/",
    "error": "",
    "created_at": "2026-01-31T12:00:00Z",
    "started_at": "2026-01-31T12:00:00.1Z",
    "finished_at": None,
}
PROBLEM_EXAMPLE = {
    "id": 4,
    "address": "10.20.0.9",
    "port": 161,
    "step": "credentials",
    "code": "wrong_credentials",
    "message": "unknown user name; add the device's SNMP user or community to the credentials, or correct them",
    "created_at": "2026-01-31T12:00:01Z",
}


class DiscoverySerializer(StrictSerializer):
    """What to discover. At least one target or seed; each is an address, a CIDR range or `first-last`."""

    targets = serializers.ListField(
        child=serializers.CharField(max_length=100), required=False, default=list, max_length=MAX_EXPRESSIONS
    )
    seeds = serializers.ListField(
        child=serializers.CharField(max_length=100),
        required=False,
        default=list,
        max_length=MAX_EXPRESSIONS,
        help_text="Like targets, and crawling begins: their neighbours are followed even without a crawl_depth.",
    )
    crawl_depth = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=MAX_CRAWL_DEPTH,
        help_text="How many hops of LLDP and CDP neighbours to follow from every device found. "
        f"Without it: {DEFAULT_CRAWL_DEPTH} where there are seeds, else 0.",
    )
    port = serializers.IntegerField(required=False, default=161, min_value=1, max_value=65535)
    credentials = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        required=False,
        default=list,
        max_length=100,
        help_text="Ids of credentials in the order in which to try them. Without it: all that are stored.",
    )
    timeout_seconds = serializers.FloatField(required=False, default=1.0, min_value=0.05, max_value=60)
    retries = serializers.IntegerField(required=False, default=1, min_value=0, max_value=10)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        attrs.setdefault("crawl_depth", DEFAULT_CRAWL_DEPTH if attrs["seeds"] else 0)
        return attrs

    def to_spec(self) -> DiscoverySpec:
        data = self.validated_data
        return DiscoverySpec(
            targets=tuple(data["targets"]),
            seeds=tuple(data["seeds"]),
            crawl_depth=data["crawl_depth"],
            port=data["port"],
            credential_ids=tuple(data["credentials"]),
            timeout_seconds=data["timeout_seconds"],
            retries=data["retries"],
        )


class SpecSerializer(serializers.Serializer[Any]):
    targets = serializers.ListField(child=serializers.CharField())
    seeds = serializers.ListField(child=serializers.CharField())
    crawl_depth = serializers.IntegerField()
    port = serializers.IntegerField()
    credentials = serializers.ListField(child=serializers.IntegerField(), source="credential_ids")
    timeout_seconds = serializers.FloatField()
    retries = serializers.IntegerField()

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any]:
        """A run stored by an older version may lack fields that came later."""
        return super().to_representation(DiscoverySpec.from_json(instance).to_json())


class ProgressSerializer(serializers.Serializer[Any]):
    addresses_total = serializers.IntegerField(help_text="Grows while neighbours are followed.")
    addresses_done = serializers.IntegerField()
    alive = serializers.IntegerField(help_text="Addresses that answered anything.")
    profiled = serializers.IntegerField(help_text="Addresses whose device was read completely.")
    percent = serializers.SerializerMethodField()

    def get_percent(self, run: DiscoveryRun) -> int:
        if run.state == DiscoveryRun.State.SUCCEEDED:
            return 100
        return 100 * run.addresses_done // run.addresses_total if run.addresses_total else 0


class ResultSerializer(serializers.Serializer[Any]):
    devices_new = serializers.IntegerField()
    devices_changed = serializers.IntegerField()
    devices_unchanged = serializers.IntegerField()
    problems = serializers.IntegerField(source="problem_count")
    unreachable = serializers.SerializerMethodField(
        help_text="Addresses that were named or announced and did not answer; silent ones of a range are not listed."
    )

    def get_unreachable(self, run: DiscoveryRun) -> list[str]:
        addresses: list[str] = run.result.get("unreachable", [])
        return addresses


class DiscoveryRunSerializer(serializers.ModelSerializer[DiscoveryRun]):
    url = serializers.SerializerMethodField()
    spec = SpecSerializer()
    progress = ProgressSerializer(source="*")
    result = ResultSerializer(source="*")
    workflow_run = serializers.SerializerMethodField(
        help_text="Whose steps do it. Null where it runs without one, or that was cleaned up."
    )
    devices_url = serializers.SerializerMethodField()
    problems_url = serializers.SerializerMethodField()

    class Meta:
        model = DiscoveryRun
        fields: ClassVar = [
            "id",
            "url",
            "state",
            "spec",
            "requested_by",
            "workflow_run",
            "cancel_requested",
            "progress",
            "result",
            "devices_url",
            "problems_url",
            "error",
            "created_at",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields

    def get_url(self, run: DiscoveryRun) -> str:
        return f"{RUNS_PATH}{run.pk}/"

    @extend_schema_field(RelationSerializer(allow_null=True))
    def get_workflow_run(self, run: DiscoveryRun) -> Row | None:
        if run.workflow_run_id is None or (name := run.workflow_name) is None:  # type: ignore[attr-defined] # annotated
            return None
        return {"id": run.workflow_run_id, "name": name, "url": f"{WORKFLOW_RUNS}{run.workflow_run_id}/"}

    def get_devices_url(self, run: DiscoveryRun) -> str:
        return f"{RUNS_PATH}{run.pk}/devices/"

    def get_problems_url(self, run: DiscoveryRun) -> str:
        return f"{RUNS_PATH}{run.pk}/problems/"


class DiscoveryProblemSerializer(serializers.ModelSerializer[DiscoveryProblem]):
    code = serializers.CharField(source="kind", help_text="The kind of problem, for programs.")

    class Meta:
        model = DiscoveryProblem
        fields: ClassVar = ["id", "address", "port", "step", "code", "message", "created_at"]
        read_only_fields = fields


class DiscoveryRunFilter(django_filters.FilterSet):  # type: ignore[misc] # django-filter ships no types
    state = django_filters.MultipleChoiceFilter(choices=DiscoveryRun.State.choices)
    requested_by = django_filters.CharFilter()
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lte")

    class Meta:
        model = DiscoveryRun
        fields: ClassVar[list[str]] = []


@extend_schema_view(
    list=extend_schema(examples=[OpenApiExample("A run", RUN_EXAMPLE, response_only=True)]),
    retrieve=extend_schema(examples=[OpenApiExample("A run", RUN_EXAMPLE, response_only=True)]),
)
class DiscoveryRunViewSet(ReadViewSet):
    """Discovery runs, newest first. Progress also arrives as events `discovery.*` over ws/events/."""

    queryset = DiscoveryRun.objects.annotate(
        workflow_name=Subquery(WorkflowRun.objects.filter(pk=OuterRef("workflow_run_id")).values("workflow")[:1])
    )
    serializer_class = DiscoveryRunSerializer
    filterset_class = DiscoveryRunFilter
    ordering_fields = ["id", "created_at", "started_at", "finished_at", "state"]
    required_roles: ClassVar = {"create": "operator", "cancel": "operator"}
    schema_tag = "discovery"

    @extend_schema(
        request=DiscoverySerializer,
        responses={202: DiscoveryRunSerializer},
        examples=[
            OpenApiExample("Sweep ranges", REQUEST_EXAMPLE, request_only=True),
            OpenApiExample("Crawl from a seed", CRAWL_EXAMPLE, request_only=True),
            OpenApiExample("Accepted", {**RUN_EXAMPLE, "state": "queued"}, response_only=True, status_codes=["202"]),
        ],
    )
    def create(self, request: Request) -> Response:
        """Start a discovery; Location is the run's address. Only ranges that the settings allow are accepted."""
        asked = DiscoverySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            run = start_discovery(asked.to_spec(), actor=request.user.get_username())
        except SpecInvalid as error:
            raise exceptions.ValidationError(error.problems) from error
        body = DiscoveryRunSerializer(self.get_queryset().get(pk=run.pk)).data
        return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Location": body["url"]})

    @extend_schema(
        request=None,
        responses={202: DiscoveryRunSerializer},
        examples=[
            OpenApiExample(
                "Asked to end", {**RUN_EXAMPLE, "cancel_requested": True}, response_only=True, status_codes=["202"]
            )
        ],
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str | None = None) -> Response:
        """End a run: a queued one at once, a running one within a second or two. What was stored stays."""
        run = self.get_object()
        cancelled = cancel_discovery(run.pk, actor=request.user.get_username())
        run = self.get_object()
        if not cancelled:
            raise Conflict(f"The run has ended already: {run.state}.", code="run_ended")
        return Response(DiscoveryRunSerializer(run).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        responses=DiscoveryProblemSerializer(many=True),
        examples=[OpenApiExample("Wrong credentials", PROBLEM_EXAMPLE, response_only=True)],
        filters=False,
    )
    @action(detail=True, query_parameters=PAGE_PARAMETERS)
    def problems(self, request: Request, pk: str | None = None) -> Response:
        """What went wrong with which address, and what to do about it."""
        rows = DiscoveryProblem.objects.filter(run=self.get_object()).order_by("id")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(DiscoveryProblemSerializer(page, many=True).data)

    @extend_schema(
        responses=RelationSerializer(many=True),
        examples=[OpenApiExample("A device", {"id": 7, "name": "core-1", "url": "/api/network/devices/7/"})],
        filters=False,
    )
    @action(detail=True, query_parameters=PAGE_PARAMETERS)
    def devices(self, request: Request, pk: str | None = None) -> Response:
        """The devices that the run found, by name."""
        ids = self.get_object().result.get("device_ids", [])
        page = self.paginate_queryset(Device.objects.filter(id__in=ids).order_by("name", "id"))
        return self.get_paginated_response([relation("devices", device.pk, device.name) for device in page or ()])
