"""Workflow definitions over REST, and the start of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.db import transaction
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import exceptions, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.errors import EXAMPLES, Conflict, RowsInvalid, field_error
from common.api.filters import refuse_unknown_parameters
from common.api.permissions import role_of
from common.api.viewsets import ApiView, ReadViewSet
from common.api.workflows.examples import DEFINITION, EXECUTE, RUN, VALIDATION, WORKFLOW, WORKFLOW_DETAIL
from common.api.workflows.runs import accepted
from common.api.workflows.serializers import HUB, DefinitionSerializer, ExecuteSerializer, Row, RunSerializer
from common.application.workflows import definitions, engine
from common.application.workflows.definitions import Definition
from common.domain.errors import HubError, Invalid
from common.models import WorkflowRun

ORIGINS = ("predefined", "module", "user")
MAX_ROWS = 1000


class WorkflowSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    url = serializers.CharField()
    origin = serializers.ChoiceField(choices=ORIGINS)
    module = serializers.CharField(help_text="Whose it is, where a module brings it.")
    version = serializers.IntegerField(help_text="Raised by each change.")
    description = serializers.CharField()
    input_schema = serializers.DictField()
    step_count = serializers.IntegerField()
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField(allow_null=True)
    changed_at = serializers.DateTimeField(allow_null=True)


class WorkflowDetailSerializer(WorkflowSerializer):
    missing_capabilities = serializers.ListField(
        child=serializers.CharField(), help_text="Named by its steps, and offered by no module at present."
    )
    body = DefinitionSerializer()


class ValidationSerializer(serializers.Serializer[Any]):
    valid = serializers.BooleanField()
    problems = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))
    missing_capabilities = serializers.ListField(child=serializers.CharField())


_WRITE: dict[str, Any] = {
    "request": DefinitionSerializer,
    "examples": [
        OpenApiExample("A workflow", DEFINITION, request_only=True),
        OpenApiExample("As kept", WORKFLOW_DETAIL, response_only=True, status_codes=["200", "201"]),
    ],
}


@extend_schema_view(
    list=extend_schema(
        responses=WorkflowSerializer(many=True),
        parameters=[
            OpenApiParameter("origin", enum=ORIGINS, description="Who brings it."),
            OpenApiParameter("capability", str, description="Those with a step that names it."),
        ],
        examples=[OpenApiExample("A user's", WORKFLOW, response_only=True)],
    ),
    retrieve=extend_schema(
        responses=WorkflowDetailSerializer, examples=[OpenApiExample("A user's", WORKFLOW_DETAIL, response_only=True)]
    ),
    create=extend_schema(responses={201: WorkflowDetailSerializer}, **_WRITE),
    partial_update=extend_schema(responses=WorkflowDetailSerializer, **_WRITE),
)
class WorkflowViewSet(ReadViewSet):
    """Definitions: those that come with NMS, those of modules, and those of users, which alone can be changed."""

    lookup_field = "name"
    lookup_value_regex = "[A-Za-z0-9_.-]{1,100}"
    serializer_class = WorkflowDetailSerializer
    filter_backends = []  # the list is of no table
    required_roles: ClassVar = {"validate": "operator"}
    schema_tag = "workflows"

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """All of them, by name."""
        refuse_unknown_parameters(request, ("origin", "capability", "page", "page_size"))
        found = definitions.list_definitions()
        if (origin := request.query_params.get("origin")) is not None:
            if origin not in ORIGINS:
                message = f"Write one of {', '.join(ORIGINS)}."
                raise exceptions.ValidationError({"origin": exceptions.ErrorDetail(message, "invalid_choice")})
            found = [definition for definition in found if definition.origin == origin]
        if (capability := request.query_params.get("capability")) is not None:
            found = [one for one in found if any(step.capability == capability for step in one.workflow.steps)]
        page = self.paginate_queryset(found) or []
        return self.get_paginated_response([_row(definition) for definition in page])

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(definition_detail(definitions.find_definition(kwargs["name"])))

    def create(self, request: Request) -> Response:
        """Keep a definition; 400 has one entry for each problem."""
        if isinstance(request.data, list):
            made = _all_or_nothing(request.data, lambda row: definitions.create_definition(row, by=_who(request)))
            return Response({"data": [definition_detail(one) for one in made]}, status=status.HTTP_201_CREATED)
        body = definition_detail(definitions.create_definition(request.data, by=_who(request)))
        return Response(body, status=status.HTTP_201_CREATED, headers={"Location": body["url"]})

    def partial_update(self, request: Request, name: str) -> Response:
        """Replace the keys that are given, as a new version; runs that go on keep theirs."""
        if not isinstance(request.data, dict):
            raise exceptions.ValidationError("Send an object with the keys to replace.")
        return Response(definition_detail(definitions.change_definition(name, request.data, by=_who(request))))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, name: str) -> Response:
        """Runs that go on keep it. 409 where a schedule, a trigger or another workflow names it."""
        try:
            definitions.delete_definition(name, by=_who(request))
        except definitions.InUse as error:
            raise Conflict(str(error), code=error.code, details=_dependents(error)) from error
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        request=DefinitionSerializer,
        responses=ValidationSerializer,
        examples=[
            OpenApiExample("A workflow", DEFINITION, request_only=True),
            OpenApiExample("Not valid", VALIDATION, response_only=True),
        ],
    )
    @action(detail=False, methods=["post"])
    def validate(self, request: Request) -> Response:
        """Look at a definition without keeping it."""
        try:
            workflow = definitions.check_body(request.data)
        except Invalid as error:
            return Response({"valid": False, "problems": list(error.details), "missing_capabilities": []})
        missing = definitions.missing_capabilities(workflow)
        return Response({"valid": True, "problems": [], "missing_capabilities": missing})


class ExecuteView(ApiView):
    """Start a workflow."""

    required_roles: ClassVar = {"write": "operator"}
    error_statuses = (404,)
    schema_tag = "workflows"

    @extend_schema(
        operation_id="workflows_execute",
        request=ExecuteSerializer,
        responses={202: RunSerializer},
        examples=[
            OpenApiExample("Discover a range", EXECUTE, request_only=True),
            OpenApiExample("Accepted", RUN, response_only=True, status_codes=["202"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """Start a run: 202, and Location is its address. It may call what your role may."""
        asked = ExecuteSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        with transaction.atomic():
            run = engine.start_workflow(
                values["workflow"],
                values["input"],
                actor=_who(request),
                role=role_of(request.user) or "viewer",
                priority=values["priority"],
                correlation_id=values["correlation_id"],
            )
        return accepted(WorkflowRun.objects.select_related("parent__run").get(pk=run.pk))


def _who(request: Request) -> str:
    return str(request.user.get_username())


def _row(definition: Definition) -> Row:
    return {
        "name": definition.name,
        "url": f"{HUB}/workflows/{definition.name}/",
        "origin": definition.origin,
        "module": definition.module,
        "version": definition.version,
        "description": definition.workflow.description,
        "input_schema": definition.workflow.input_schema,
        "step_count": len(definition.workflow.steps),
        "created_by": definition.created_by,
        "created_at": definition.created_at,
        "changed_at": definition.changed_at,
    }


def definition_detail(definition: Definition) -> Row:
    """The definition as GET shows it."""
    return {
        **_row(definition),
        "missing_capabilities": definitions.missing_capabilities(definition.workflow),
        "body": definition.body,
    }


def _all_or_nothing(rows: Sequence[Any], make: Callable[[Any], Definition]) -> list[Definition]:
    """Every row by itself, so that each wrong one is told of; nothing is kept unless all are right."""
    if not 0 < len(rows) <= MAX_ROWS:
        raise exceptions.ValidationError(f"Send a list of 1 to {MAX_ROWS} definitions.", "rows_expected")
    made: list[Definition] = []
    problems = []
    with transaction.atomic():
        for index, row in enumerate(rows):
            try:
                made.append(make(row))
            except HubError as error:
                name = row.get("name") if isinstance(row, dict) else None
                errors = list(getattr(error, "details", ())) or [field_error("name", error.code, str(error))]
                problems.append({"index": index, "id": name, "errors": errors})
        if problems:
            count = f"{len(problems)} row is" if len(problems) == 1 else f"{len(problems)} rows are"
            raise RowsInvalid(f"{count} not valid; nothing was done.", details=problems)
    return made


def _dependents(error: definitions.InUse) -> list[Row]:
    resources = {"schedule": "schedules", "trigger": "triggers", "workflow": "workflows"}
    return [
        {
            "kind": kind,
            "count": len(named),
            "examples": [
                {"id": pk, "name": name, "url": f"{HUB}/{resources[kind]}/{pk}/"} for pk, name in named[:EXAMPLES]
            ],
        }
        for kind, named in error.dependents.items()
    ]
