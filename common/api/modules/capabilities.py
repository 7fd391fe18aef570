"""Capabilities over REST: what is offered, and calls of one module's capability by another, or by a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from pydantic import BaseModel, ConfigDict, Field
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.modules import examples
from common.api.modules.authentication import SIGNED, SignedRolePermission
from common.api.modules.serializers import CapabilityCallSerializer, CapabilityOutputSerializer, CapabilitySerializer
from common.api.modules.views import PAGE_PARAMETERS, ListView
from common.api.permissions import role_of
from common.api.request_id import request_id_of
from common.api.viewsets import ApiView
from common.application import services
from common.application.modules import activity, registry
from common.application.modules.capabilities import call_capability
from common.domain.errors import Failed, HubError, TimedOut, Unknown
from common.domain.known_modules import OfferedCapability
from common.domain.manifest import MAX_TIMEOUT_SECONDS, parse
from common.domain.modules import Call, CapabilityFailed, JsonObject
from common.domain.roles import includes

MAX_KEY_LENGTH = 255


class CapabilitiesView(ListView):
    """Every capability by name, and who offers it."""

    schema_tag = "modules"
    query_parameters = (*PAGE_PARAMETERS, "module")

    @extend_schema(
        operation_id="capabilities_list",
        parameters=[OpenApiParameter("module", str, description="Only those that this module offers.")],
        responses=CapabilitySerializer(many=True),
        examples=[OpenApiExample("Of a remote module", examples.CAPABILITY, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        module = request.query_params.get("module")
        found = [offered for offered in registry.capabilities() if module in (None, offered.module)]
        return self.page(request, found, CapabilitySerializer)


class CapabilityView(ApiView):
    """One capability."""

    schema_tag = "modules"

    @extend_schema(
        operation_id="capabilities_retrieve",
        responses=CapabilitySerializer,
        examples=[OpenApiExample("Of a remote module", examples.CAPABILITY, response_only=True)],
    )
    def get(self, request: Request, name: str) -> Response:
        found = registry.find_capability(name)
        if found is None:
            raise Unknown(f"No module offers the capability {name}.", code="capability_unknown")
        return Response(CapabilitySerializer(found).data)


class CapabilityCall(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    input: JsonObject = {}
    timeout_seconds: Annotated[float, Field(gt=0, le=MAX_TIMEOUT_SECONDS, allow_inf_nan=False)] | None = None


class CallView(ApiView):
    """Call a capability and wait for its answer."""

    schema_tag = "modules"
    error_statuses = (502, 503, 504)
    authentication_classes = SIGNED
    permission_classes = [SignedRolePermission]
    module_methods = ("POST",)
    required_roles = {"write": "viewer"}  # and the capability's own, below

    @extend_schema(
        operation_id="capabilities_call",
        request=CapabilityCallSerializer,
        responses=CapabilityOutputSerializer,
        examples=[
            OpenApiExample("Ask for the weather", {"input": {"city": "Berlin"}}, request_only=True),
            OpenApiExample("It is cold", {"output": {"celsius": -3.5}}, response_only=True),
        ],
    )
    def post(self, request: Request, name: str) -> Response:
        """Call a capability and answer with its output; what takes long belongs into a workflow.

        Needs the role that the capability names. 400 for an input against its schema, 503 `capability_unavailable`
        where nobody offers it or its module is lost, 504 where its time was up, 502 for any other failure of the
        module, with its own code and words.
        """
        asked = parse(CapabilityCall, request.data)
        offered = registry.need_capability(name)
        _refuse_role(request, offered)
        try:
            output = call_capability(name, asked.input, _call(request, asked, offered))
        except CapabilityFailed as error:
            raise _failure(error) from error
        finally:
            activity.flush()  # a web process may have nothing more to do for long
        return Response({"output": output})


def _failure(error: CapabilityFailed) -> HubError:
    """The capability was tried, and could not."""
    return (TimedOut if error.code == "timeout" else Failed)(str(error), code=error.code)


def _refuse_role(request: Request, offered: OfferedCapability) -> None:
    role = role_of(request.user)
    if not includes(role, offered.role):
        raise exceptions.PermissionDenied(
            f"{offered.name} needs the role {offered.role}; you have the role {role}.", "role_required"
        )


def _call(request: Request, asked: CapabilityCall, offered: OfferedCapability) -> Call:
    seconds = min(asked.timeout_seconds or offered.timeout_seconds, offered.timeout_seconds)
    deadline = datetime.now(UTC) + timedelta(seconds=seconds)

    def should_stop() -> bool:
        return services.stopping.is_set() or datetime.now(UTC) >= deadline

    return Call(
        actor=request.user.get_username(),
        correlation_id=request_id_of(request)[:100],
        idempotency_key=_key(request),
        deadline=deadline,
        should_stop=should_stop,
    )


def _key(request: Any) -> str:
    key = str(request.headers.get("Idempotency-Key", ""))
    if len(key) > MAX_KEY_LENGTH:
        message = f"An Idempotency-Key has at most {MAX_KEY_LENGTH} characters."
        raise exceptions.ValidationError({"Idempotency-Key": exceptions.ErrorDetail(message, "max_length")})
    return key
