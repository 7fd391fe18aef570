"""Healing over REST: the policies that admins write, and what was done by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

import django_filters
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request

from common.api.services import examples
from common.api.strict import refuse_unknown_fields
from common.api.viewsets import ModelViewSet, ReadViewSet
from common.application.healing import policies
from common.application.service_health.reading import SERVICES_PATH
from common.models import HealingAction, HealingPolicy

_WRITTEN = ("service", "target", "docker_target", "container", "enabled", "after_failures", "restarts_per_hour")


class HealingPolicySerializer(serializers.ModelSerializer[HealingPolicy]):
    url = serializers.SerializerMethodField()
    service = serializers.CharField(max_length=64)
    target = serializers.CharField(max_length=64, required=False, default="main")
    docker_target = serializers.CharField(
        max_length=64, required=False, default="main", help_text="The engine, a configured target of docker."
    )
    container = serializers.RegexField(
        r"^[a-zA-Z0-9][a-zA-Z0-9_.-]*$", max_length=200, help_text="Its name or id in that engine."
    )
    enabled = serializers.BooleanField(required=False, default=False)
    after_failures = serializers.IntegerField(
        min_value=1, max_value=policies.MAX_FAILURES, required=False, default=3, help_text="Unhealthy looks in a row."
    )
    restarts_per_hour = serializers.IntegerField(
        min_value=1, max_value=policies.MAX_RESTARTS_PER_HOUR, required=False, default=2
    )
    restarts_in_hour = serializers.IntegerField(read_only=True, default=0, help_text="Begun within the last hour.")
    last_action_at = serializers.DateTimeField(read_only=True, allow_null=True, default=None)

    class Meta:
        model = HealingPolicy
        fields = ("id", "url", *_WRITTEN, "restarts_in_hour", "last_action_at", "created_by", "created_at")
        read_only_fields = ("created_by", "created_at")

    def get_url(self, policy: HealingPolicy) -> str:
        return f"{SERVICES_PATH}/healing-policies/{policy.pk}/"

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        refuse_unknown_fields(self, self.initial_data)
        defaults = {"target": "main", "docker_target": "main"}
        self._refuse_another(attrs)
        known = {name: getattr(self.instance, name, defaults.get(name)) for name in _WRITTEN}
        errors = {
            problem["field"]: serializers.ErrorDetail(problem["message"], problem["code"])
            for problem in policies.problems_of(known | attrs)
        }
        if errors:
            raise serializers.ValidationError(errors)
        return attrs

    def _refuse_another(self, attrs: Mapping[str, Any]) -> None:
        """What was done by a policy stays with what it was done to."""
        if self.instance is None:
            return
        changed = [name for name in policies.IDENTITY if name in attrs and attrs[name] != getattr(self.instance, name)]
        if changed:
            told = "A policy stays with its service and container; make another one, and delete this."
            raise serializers.ValidationError({name: serializers.ErrorDetail(told, "immutable") for name in changed})


class HealingPolicyFilter(django_filters.FilterSet):  # type: ignore[misc] # django-filter ships no types
    service = django_filters.CharFilter()
    target = django_filters.CharFilter()
    enabled = django_filters.BooleanFilter()

    class Meta:
        model = HealingPolicy
        fields: ClassVar[list[str]] = []


_WRITE = extend_schema(
    examples=[
        OpenApiExample("Restart the proxy of the edge", examples.POLICY_REQUEST, request_only=True),
        OpenApiExample("A policy", examples.POLICY, response_only=True),
    ]
)
_READ = extend_schema(examples=[OpenApiExample("A policy", examples.POLICY, response_only=True)])


@extend_schema_view(list=_READ, retrieve=_READ, create=_WRITE, partial_update=_WRITE)
class HealingPolicyViewSet(ModelViewSet):
    """Which container is restarted when a service stays unhealthy, and how often at most; off until it is enabled."""

    schema_tag = "services"
    queryset = HealingPolicy.objects.all()
    serializer_class = HealingPolicySerializer
    filterset_class = HealingPolicyFilter
    ordering_fields: ClassVar = ["id", "service", "target", "created_at"]

    def get_queryset(self) -> QuerySet[Any]:
        begun = Q(actions__at__gt=timezone.now() - timedelta(hours=1))
        return HealingPolicy.objects.annotate(
            restarts_in_hour=Count("actions", filter=begun), last_action_at=Max("actions__at")
        )

    def perform_create(self, serializer: Any) -> None:
        (serializer.instance,) = policies.create([serializer.validated_data], by=_who(self.request))

    def perform_update(self, serializer: Any) -> None:
        policies.change([(serializer.instance, serializer.validated_data)], by=_who(self.request))

    def perform_destroy(self, instance: HealingPolicy) -> None:
        policies.delete([instance], by=_who(self.request))

    def perform_bulk_create(self, serializer: Any, rows: Sequence[dict[str, Any]]) -> list[Any]:
        return policies.create(rows, by=_who(self.request))

    def perform_bulk_update(self, serializer: Any, instances: Sequence[Any], rows: Sequence[dict[str, Any]]) -> None:
        policies.change(list(zip(instances, rows, strict=True)), by=_who(self.request))

    def perform_bulk_destroy(self, instances: Sequence[Any]) -> None:
        policies.delete(instances, by=_who(self.request))


class PolicyRelationSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    url = serializers.CharField()


class HealingActionSerializer(serializers.ModelSerializer[HealingAction]):
    policy = serializers.SerializerMethodField()
    service = serializers.SerializerMethodField(help_text="service/target.")
    container = serializers.CharField(source="policy.container", read_only=True)
    outcome = serializers.ChoiceField(
        choices=HealingAction.Outcome.choices, read_only=True, help_text="begun: it runs, or its worker died."
    )

    class Meta:
        model = HealingAction
        fields = ("id", "policy", "service", "container", "at", "failures", "reason", "outcome", "error", "ended_at")
        read_only_fields = fields

    @extend_schema_field(PolicyRelationSerializer)
    def get_policy(self, action: HealingAction) -> dict[str, Any]:
        url = f"{SERVICES_PATH}/healing-policies/{action.policy_id}/"
        return {"id": action.policy_id, "name": str(action.policy), "url": url}

    def get_service(self, action: HealingAction) -> str:
        return str(action.policy)


class HealingActionFilter(django_filters.FilterSet):  # type: ignore[misc] # django-filter ships no types
    policy = django_filters.NumberFilter(field_name="policy_id")
    service = django_filters.CharFilter(field_name="policy__service")
    target = django_filters.CharFilter(field_name="policy__target")
    outcome = django_filters.MultipleChoiceFilter(choices=HealingAction.Outcome.choices)

    class Meta:
        model = HealingAction
        fields: ClassVar[list[str]] = []


_ACTION = extend_schema(examples=[OpenApiExample("A restart", examples.ACTION, response_only=True)])


@extend_schema_view(list=_ACTION, retrieve=_ACTION)
class HealingActionViewSet(ReadViewSet):
    """What policies have done, newest first."""

    schema_tag = "services"
    queryset = HealingAction.objects.select_related("policy").order_by("-at", "-id")
    serializer_class = HealingActionSerializer
    filterset_class = HealingActionFilter
    ordering_fields: ClassVar = ["id", "at"]


def _who(request: Request) -> str:
    return str(request.user.get_username())
