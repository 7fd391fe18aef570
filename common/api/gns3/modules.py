"""What modules hear of GNS3: each subscribes to projects and events, on the hub's own subscriptions of modules.

The events come as every event does: signed to the module's callback URL, durable, and live over
ws/gns3/module/<name>/ (docs/modules.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.gns3 import examples
from common.api.gns3.base import Gns3View, actor_of, body_of, located
from common.api.gns3.bodies import NewSubscription
from common.api.gns3.listing import RowsView, Word, list_parameters
from common.api.gns3.rows import PREFIX, Row
from common.api.gns3.serializers import (
    Gns3SubscriptionSerializer,
    ModuleInterfaceSerializer,
    NewSubscriptionSerializer,
)
from common.api.modules.authentication import SIGNED, SignedRolePermission, refuse_other_modules
from common.application.modules import registry
from common.application.modules.subscribing import need_subscription, subscribe, unsubscribe
from common.domain.errors import Unknown
from common.domain.events import event_types, source_of
from common.domain.hub_events.gns3 import SOURCE
from common.domain.known_modules import KnownModule, Subscribed
from common.domain.topics import topic_matches
from common.models import ModuleSubscription

_ONE = OpenApiExample("One project", examples.SUBSCRIPTION, response_only=True, status_codes=["200", "201"])
SUBJECT = "gns3:"


class ModuleInterfacesView(Gns3View, RowsView):
    """The modules that hear of GNS3, by name."""

    error_statuses = ()
    filters = {
        "kind": Word("Of this program, or elsewhere.", ("local", "remote")),
        "state": Word("Those that are so.", ("active", "lost")),
    }
    ordering_fields = ("kind", "state", "subscriptions")

    @extend_schema(
        operation_id="gns3_modules_list",
        parameters=list_parameters(filters, ordering_fields),
        responses=ModuleInterfaceSerializer(many=True),
        examples=[OpenApiExample("A module", examples.MODULE_INTERFACE, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        asked = list(ModuleSubscription.objects.filter(source=SOURCE).values_list("module_id", flat=True))
        rows = [_interface(module, asked.count(module.name)) for module in registry.modules()]
        return self.listed(request, [row for row in rows if row["topics"]])


def _interface(module: KnownModule, subscriptions: int) -> Row:
    hears = [wanted for wanted in module.subscriptions if _is_about_gns3(wanted)]
    subjects = [wanted.subject for wanted in hears]
    return {
        "module": {"id": module.name, "name": module.name, "url": reverse("module", args=[module.name])},
        "kind": module.kind,
        "state": module.state,
        "topics": sorted({topic for wanted in hears for topic in wanted.topics}),
        "projects": None if None in subjects else sorted({_project_of(subject or "") for subject in subjects}),
        "subscriptions": subscriptions,
        "subscriptions_url": _url(module.name),
        "websocket": f"/ws/gns3/module/{module.name}/",
    }


def _is_about_gns3(wanted: Subscribed) -> bool:
    if wanted.source not in (None, SOURCE) or not (wanted.subject or SUBJECT).startswith(SUBJECT):
        return False
    return any(topic_matches(topic, name) for topic in wanted.topics for name in _types())


def _types() -> Iterable[str]:
    return (name for name, kind in event_types().items() if source_of(kind) == SOURCE)


class SubscriptionsView(Gns3View, RowsView):
    """What a remote module asked to hear of GNS3. A module signs for itself."""

    authentication_classes = SIGNED
    permission_classes = [SignedRolePermission]
    module_methods = ("GET", "POST")
    filters = {"project_id": Word("Those for this project.")}
    ordering_fields = ("id", "created_at")
    ordering = "id"

    @extend_schema(
        operation_id="gns3_subscriptions_list",
        parameters=list_parameters(filters, ordering_fields),
        responses=Gns3SubscriptionSerializer(many=True),
        examples=[_ONE],
    )
    def get(self, request: Request, name: str) -> Response:
        refuse_other_modules(request, name)
        if registry.find_module(name) is None:
            raise Unknown(f"There is no module {name}.", code="module_unknown")
        rows = ModuleSubscription.objects.filter(module_id=name, source=SOURCE)
        return self.listed(request, [_row(row) for row in rows])

    @extend_schema(
        operation_id="gns3_subscriptions_create",
        request=NewSubscriptionSerializer,
        responses={201: Gns3SubscriptionSerializer, 200: Gns3SubscriptionSerializer},
        examples=[OpenApiExample("One project", examples.NEW_SUBSCRIPTION, request_only=True), _ONE],
    )
    def post(self, request: Request, name: str) -> Response:
        """Hear of a project, or of all; 200 where the module asked for exactly that already.

        It stays when the module registers again. 409 for a module of this program: its code says what it hears.
        """
        refuse_other_modules(request, name)
        asked = body_of(request, NewSubscription)
        subject = "" if asked.project_id is None else f"{SUBJECT}{located(asked.project_id)[1].project_id}"
        row, created = subscribe(
            name, asked.topics, priority=asked.priority, source=SOURCE, subject=subject, by=actor_of(request)
        )
        body = _row(row)
        headers = {"Location": body["url"]} if created else {}
        return Response(body, status=status.HTTP_201_CREATED if created else status.HTTP_200_OK, headers=headers)


class SubscriptionView(Gns3View):
    """One subscription of a module."""

    error_statuses = (409,)
    authentication_classes = SIGNED
    permission_classes = [SignedRolePermission]
    module_methods: ClassVar = ("GET", "DELETE")

    @extend_schema(operation_id="gns3_subscriptions_retrieve", responses=Gns3SubscriptionSerializer, examples=[_ONE])
    def get(self, request: Request, name: str, subscription: int) -> Response:
        refuse_other_modules(request, name)
        return Response(_row(_of_gns3(name, subscription)))

    @extend_schema(operation_id="gns3_subscriptions_delete", request=None, responses={204: None})
    def delete(self, request: Request, name: str, subscription: int) -> Response:
        """Hear no more of it, unless another subscription says so."""
        refuse_other_modules(request, name)
        unsubscribe(name, _of_gns3(name, subscription).pk, by=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _of_gns3(name: str, subscription: int) -> ModuleSubscription:
    row = need_subscription(name, subscription)
    if row.source != SOURCE:
        raise Unknown(f"{name} has no subscription {subscription} to GNS3.", code="unknown_subscription")
    return row


def _row(row: ModuleSubscription) -> Row:
    return {
        "id": row.pk,
        "url": f"{_url(row.module_id)}{row.pk}/",
        "module": row.module_id,
        "topics": row.topics,
        "project_id": _project_of(row.subject) if row.subject else None,
        "priority": row.priority,
        "created_at": row.created_at,
        "created_by": row.created_by,
    }


def _project_of(subject: str) -> str:
    return subject.removeprefix(SUBJECT).partition("/")[0]


def _url(module: str) -> str:
    return f"{PREFIX}/modules/{module}/subscriptions/"
