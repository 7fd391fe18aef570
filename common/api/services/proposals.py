"""Found services over REST: looking for them, accepting and dismissing what was found."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.hub.examples import WAITING_TASK
from common.api.hub.tasks import TaskSerializer
from common.api.services import examples
from common.api.strict import StrictSerializer
from common.api.viewsets import ApiView, ReadViewSet
from common.application.service_discovery import finding, proposals
from common.application.service_discovery.tasks import DISCOVER
from common.application.service_health.reading import SERVICES_PATH
from common.application.work.recorded_tasks import request_task
from common.models import ServiceProposal


class ProposalSerializer(serializers.ModelSerializer[ServiceProposal]):
    url = serializers.SerializerMethodField()
    address = serializers.CharField(source="url", read_only=True, help_text="Of the service.")
    target = serializers.CharField(read_only=True, help_text="The name it would have in the clients' file.")
    needs_login = serializers.BooleanField(read_only=True, help_text="It turns strangers away.")
    yaml = serializers.SerializerMethodField(help_text="What to add to the clients' file.")
    state = serializers.ChoiceField(choices=ServiceProposal.State.choices, read_only=True)
    source = serializers.ChoiceField(  # type: ignore[assignment] # may be named like DRF's own; it keeps them apart
        choices=ServiceProposal.Source.choices, read_only=True
    )

    class Meta:
        model = ServiceProposal
        fields = (
            *("id", "url", "service", "address", "target", "source", "state", "version", "evidence", "needs_login"),
            *("container", "yaml", "found_at", "seen_at", "decided_at", "decided_by"),
        )
        read_only_fields = fields

    def get_url(self, proposal: ServiceProposal) -> str:
        return f"{SERVICES_PATH}/proposals/{proposal.pk}/"

    def get_yaml(self, proposal: ServiceProposal) -> str:
        return proposals.yaml_of(proposal)


class AcceptSerializer(StrictSerializer):
    target = serializers.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", required=False, help_text="Another name than the proposed one."
    )
    auth = serializers.DictField(
        required=False, help_text="As in the clients' file; secrets by reference (token_file, password_env) alone."
    )


class AcceptedSerializer(serializers.Serializer[Any]):
    written = serializers.BooleanField()
    file = serializers.CharField()
    configured_as = serializers.CharField(help_text="service/target.")
    next = serializers.CharField()
    proposal = ProposalSerializer()


class DiscoverServicesSerializer(StrictSerializer):
    hosts = serializers.ListField(
        child=serializers.CharField(max_length=253),
        required=False,
        max_length=finding.MOST_HOSTS,
        help_text="Addresses, networks (10.0.0.0/24), ranges (10.0.0.1-20) and names, inside NMS_DISCOVERY_RANGES.",
    )
    ports = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=65_535),
        required=False,
        min_length=1,
        max_length=100,
        help_text="Instead of those that services are known for.",
    )
    docker = serializers.BooleanField(required=False, help_text="Ask the Docker engines that are configured: true.")


class ProposalFilter(django_filters.FilterSet):  # type: ignore[misc] # django-filter ships no types
    service = django_filters.CharFilter()
    state = django_filters.MultipleChoiceFilter(choices=ServiceProposal.State.choices)
    source = django_filters.MultipleChoiceFilter(choices=ServiceProposal.Source.choices)

    class Meta:
        model = ServiceProposal
        fields: ClassVar[list[str]] = []


_PROPOSAL = extend_schema(examples=[OpenApiExample("A Prometheus", examples.PROPOSAL, response_only=True)])


@extend_schema_view(list=_PROPOSAL, retrieve=_PROPOSAL)
class ProposalViewSet(ReadViewSet):
    """Services that were found and are not configured, newest first. Nothing uses one before it is accepted."""

    schema_tag = "services"
    queryset = ServiceProposal.objects.all()
    serializer_class = ProposalSerializer
    filterset_class = ProposalFilter
    ordering_fields: ClassVar = ["id", "service", "found_at", "seen_at"]
    required_roles: ClassVar = {"accept": "admin", "dismiss": "operator"}
    error_statuses: ClassVar = (404, 409)

    @extend_schema(
        request=AcceptSerializer,
        responses=AcceptedSerializer,
        examples=[
            OpenApiExample("With a login", examples.ACCEPT, request_only=True),
            OpenApiExample("Written", examples.ACCEPTED, response_only=True),
        ],
    )
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Write it into the clients' file, with everything else there left as it is; it is in use within a second.

        Without a file that can be written that is a 409 whose message has the lines to add.
        """
        wanted = AcceptSerializer(data=request.data or {})
        wanted.is_valid(raise_exception=True)
        done = proposals.accept(int(pk), by=request.user.get_username(), **wanted.validated_data)
        return Response(
            {
                "written": True,
                "file": str(done.file),
                "configured_as": f"{done.proposal.service}/{done.target}",
                "next": "It is in use within a second.",
                "proposal": ProposalSerializer(done.proposal).data,
            }
        )

    @extend_schema(
        request=None,
        responses=ProposalSerializer,
        examples=[
            OpenApiExample("Dismissed", {**examples.PROPOSAL, "state": "dismissed"}, response_only=True),
        ],
    )
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: str) -> Response:
        """Never propose it again."""
        return Response(ProposalSerializer(proposals.dismiss(int(pk), by=request.user.get_username())).data)


class DiscoveryView(ApiView):
    """Look for services."""

    schema_tag = "services"
    required_roles: ClassVar = {"write": "operator"}

    @extend_schema(
        operation_id="services_discover",
        request=DiscoverServicesSerializer,
        responses={202: TaskSerializer},
        examples=[
            OpenApiExample("A few hosts, and the containers", examples.DISCOVER, request_only=True),
            OpenApiExample("Accepted", {**WAITING_TASK, "name": DISCOVER}, response_only=True, status_codes=["202"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """Look at hosts, at the labels of containers and at the hub's own configuration: a task, whose result names the
        proposals. Addresses outside of the allowed ranges are refused at once; a name is looked up by the task, which
        fails where its address is.
        """
        wanted = DiscoverServicesSerializer(data=request.data or {})
        wanted.is_valid(raise_exception=True)
        finding.check_hosts(wanted.validated_data.get("hosts", ()), by_form=True)
        record = request_task(DISCOVER, wanted.validated_data, actor=request.user.get_username())
        headers = {"Location": reverse("task-detail", args=[record.pk])}
        return Response(TaskSerializer(record).data, status=202, headers=headers)
