"""Messages over REST: send, broadcast, ask, look; dead letters and their replay (docs/messages.md)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar
from uuid import UUID

import django_filters
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from pydantic import BaseModel, ConfigDict, Field, model_validator
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.errors import RowsInvalid, field_error
from common.api.idempotency import HEADER
from common.api.messages import serializers as shapes
from common.api.messages.serializers import MessageSerializer
from common.api.modules.authentication import SIGNED, SignedRolePermission, module_of
from common.api.request_id import request_id_of
from common.api.viewsets import ApiView, ReadViewSet
from common.application.messages import dead_letters, requests
from common.application.messages import sending as messages
from common.domain.manifest import parse
from common.domain.messages import DEFAULT_ATTEMPTS
from common.domain.modules import JsonObject
from common.domain.topics import PRIORITIES, Priority
from common.models import Message

UUID_PATTERN = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
MAX_WAIT_SECONDS = 60.0


class _Sending(BaseModel):
    """The fields that all ways of sending share; what they may hold is for common/domain/messages.py to say."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    type: str
    body: JsonObject = Field(default_factory=dict)
    priority: Priority = "normal"
    correlation_id: str = ""
    causation_id: str = ""
    idempotency_key: str | None = None
    max_attempts: int = DEFAULT_ATTEMPTS


class Broadcast(_Sending):
    expires_in_seconds: float | None = None
    delay_seconds: float = 0.0


class Send(Broadcast):
    recipient: str


class Ask(_Sending):
    recipient: str
    timeout_seconds: Annotated[float, Field(gt=0, le=MAX_WAIT_SECONDS, allow_inf_nan=False)] = 30.0


class _SendingView(ApiView):
    schema_tag = "messages"
    authentication_classes = SIGNED
    permission_classes = [SignedRolePermission]
    module_methods = ("POST",)
    required_roles: ClassVar[dict[str, Any]] = {"write": "operator"}


def _fields(request: Request, asked: _Sending) -> dict[str, Any]:
    """What is asked for and who asks. The key of the request is the message's too: so even one whose first attempt
    died between the sending and its answer is sent once."""
    username = request.user.get_username()
    return {
        **asked.model_dump(exclude={"timeout_seconds"}),
        "sender": module_of(request) or f"user:{username}",
        "actor": username,
        "correlation_id": asked.correlation_id or request_id_of(request)[:100],
        "idempotency_key": request.headers.get(HEADER) if asked.idempotency_key is None else asked.idempotency_key,
    }


class SendView(_SendingView):
    """Send a message to one module."""

    error_statuses = (404, 409)

    @extend_schema(
        operation_id="messages_send",
        request=shapes.SendSerializer,
        responses={202: MessageSerializer},
        examples=[
            OpenApiExample("Limit a device", shapes.BODY, request_only=True),
            OpenApiExample("Accepted", shapes.EXAMPLE, response_only=True, status_codes=["202"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """Store the message and answer; a worker delivers it."""
        fields = _fields(request, parse(Send, request.data))
        message = messages.send(fields.pop("type"), fields.pop("body"), **fields)
        return _accepted(message)


class BroadcastView(_SendingView):
    """Send a message to every module that takes its type."""

    error_statuses = (409,)

    @extend_schema(
        operation_id="messages_broadcast",
        request=shapes.BroadcastSerializer,
        responses={202: shapes.BroadcastAnswerSerializer},
        examples=[
            OpenApiExample("Tell all", {"type": "site.closing", "body": {"site": "Berlin"}}, request_only=True),
            OpenApiExample(
                "Accepted",
                {"correlation_id": "4f1c2d3e", "recipients": ["qos_management"], "messages": [shapes.EXAMPLE]},
                response_only=True,
                status_codes=["202"],
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Store a message for each module that takes the type; `recipients` is empty where none does."""
        fields = _fields(request, parse(Broadcast, request.data))
        sent = messages.broadcast(fields.pop("type"), fields.pop("body"), **fields)
        answer = {
            "correlation_id": sent[0].correlation_id if sent else fields["correlation_id"],
            "recipients": [message.recipient for message in sent],
            "messages": MessageSerializer(sent, many=True).data,
        }
        return Response(answer, status=status.HTTP_202_ACCEPTED)


class RequestView(_SendingView):
    """Send a message to one module and wait for its answer."""

    error_statuses = (404, 409, 502, 504)

    @extend_schema(
        operation_id="messages_request",
        request=shapes.RequestSerializer,
        responses=MessageSerializer,
        examples=[
            OpenApiExample("Ask", {**shapes.BODY, "timeout_seconds": 5}, request_only=True),
            OpenApiExample("Answered", shapes.ANSWERED, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """Wait for the `reply` for at most `timeout_seconds`; 504 `request_timed_out` where none came, and then the
        message is handled no more; 502 `request_failed` where the module refused or failed."""
        asked = parse(Ask, request.data)
        fields = _fields(request, asked)
        answered = requests.ask(fields.pop("type"), fields.pop("body"), timeout_seconds=asked.timeout_seconds, **fields)
        return Response(MessageSerializer(answered).data)


class MessageFilter(django_filters.FilterSet):  # type: ignore[misc] # django-filter ships no types
    state = django_filters.MultipleChoiceFilter(choices=Message.State.choices)
    kind = django_filters.ChoiceFilter(choices=Message.Kind.choices)
    type = django_filters.CharFilter()
    sender = django_filters.CharFilter()
    recipient = django_filters.CharFilter()
    priority = django_filters.ChoiceFilter(choices=[(name, name) for name in PRIORITIES])
    correlation_id = django_filters.CharFilter()
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lte")

    class Meta:
        model = Message
        fields: ClassVar[list[str]] = []


class DeadLetterFilter(MessageFilter):
    state = None


@extend_schema_view(
    list=extend_schema(examples=[OpenApiExample("A message", shapes.DELIVERED, response_only=True)]),
    retrieve=extend_schema(examples=[OpenApiExample("A message", shapes.DELIVERED, response_only=True)]),
)
class MessageViewSet(ReadViewSet):
    """Messages between modules, the newest first."""

    queryset = Message.objects.order_by("-id")
    serializer_class = MessageSerializer
    filterset_class = MessageFilter
    ordering_fields: ClassVar[Any] = {"created_at": "id", "due_at": "due_at", "finished_at": "finished_at"}
    lookup_field = "uuid"
    lookup_value_regex = UUID_PATTERN
    schema_tag = "messages"


class LetterFilter(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    type: str | None = None
    sender: str | None = None
    recipient: str | None = None
    kind: str | None = None
    priority: Priority | None = None


class Replay(BaseModel):
    """Which letters to replay: by name, or all that match (all, with an empty filter)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    uuids: Annotated[list[UUID], Field(min_length=1, max_length=dead_letters.REPLAY_LIMIT)] | None = None
    filter: LetterFilter | None = None

    @model_validator(mode="after")
    def _one(self) -> Replay:
        if (self.uuids is None) == (self.filter is None):
            raise ValueError("give either `uuids` or a `filter`; an empty filter stands for all")
        return self


@extend_schema_view(
    list=extend_schema(examples=[OpenApiExample("A dead letter", shapes.DEAD, response_only=True)]),
    retrieve=extend_schema(examples=[OpenApiExample("A dead letter", shapes.DEAD, response_only=True)]),
)
class DeadLetterViewSet(MessageViewSet):
    """Messages that are tried no more, the newest first; `error` says why."""

    queryset = dead_letters.dead_letters().order_by("-id")
    filterset_class = DeadLetterFilter
    required_roles: ClassVar[dict[str, Any]] = {"write": "operator"}
    error_statuses = (404, 409)

    @extend_schema(
        request=None,
        responses={202: MessageSerializer},
        examples=[OpenApiExample("It waits again", shapes.EXAMPLE, response_only=True, status_codes=["202"])],
    )
    @action(detail=True, methods=["post"], url_path="replay")
    def replay(self, request: Request, uuid: str) -> Response:
        """Have it delivered again, with its attempts counted anew."""
        return _accepted(dead_letters.replay(UUID(uuid), actor=request.user.get_username()))

    @extend_schema(
        operation_id="dead_letters_replay_many",
        request=shapes.ReplaySerializer,
        responses={202: shapes.ReplayedSerializer},
        filters=False,
        examples=[
            OpenApiExample("Everything for one module", {"filter": {"recipient": "qos_management"}}, request_only=True),
            OpenApiExample("Done", {"replayed": 12, "remaining": 0}, response_only=True, status_codes=["202"]),
        ],
    )
    @action(detail=False, methods=["post"], url_path="replay", url_name="replay-many", pagination_class=None)
    def replay_many(self, request: Request) -> Response:
        """Replay the named ones, all or none of them, or those that match the filter, 1,000 at most."""
        wanted = parse(Replay, request.data)
        letters = Message.objects.all()
        if wanted.uuids is not None:
            letters = letters.filter(uuid__in=_all_dead(wanted.uuids))
        elif wanted.filter is not None:
            letters = letters.filter(**wanted.filter.model_dump(exclude_none=True))
        replayed = dead_letters.replay_many(letters, actor=request.user.get_username())
        remaining = letters.filter(state=Message.State.DEAD).count()
        return Response({"replayed": len(replayed), "remaining": remaining}, status=status.HTTP_202_ACCEPTED)


def _all_dead(uuids: list[UUID]) -> list[UUID]:
    """Raises RowsInvalid with one entry for each that is no dead letter."""
    states = dict(Message.objects.filter(uuid__in=uuids).values_list("uuid", "state"))
    problems = []
    for index, uuid in enumerate(uuids):
        if uuid not in states:
            error = field_error("uuids", "not_found", f"There is no message {uuid}.")
        elif states[uuid] != Message.State.DEAD:
            error = field_error("uuids", "not_dead", f"The message {uuid} is {states[uuid]}, not dead.")
        else:
            continue
        problems.append({"index": index, "id": str(uuid), "errors": [error]})
    if problems:
        raise RowsInvalid(f"{len(problems)} of these are no dead letters; nothing was done.", details=problems)
    return uuids


def _accepted(message: Message) -> Response:
    data = MessageSerializer(message).data
    return Response(data, status=status.HTTP_202_ACCEPTED, headers={"Location": data["url"]})
