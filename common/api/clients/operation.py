"""One view for all operations: which one it is stands in the path, what it takes and who may in its endpoint."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from api_clients.gateway.endpoints import Endpoint
from common.api.clients.answers import answer_of
from common.api.clients.bodies import OctetsParser, arguments_of, known_parameters, merge_of
from common.api.parsers import OrjsonParser
from common.api.viewsets import ApiView
from common.application.gateway import listing
from common.application.gateway.calls import call
from common.domain.errors import Unknown
from common.domain.roles import Role


class _AsItComes(BaseContentNegotiation):
    """JSON, or the file that the operation returns: whatever the request accepts, there is no other form."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == kind), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


@extend_schema(exclude=True)  # common/api/clients/schema.py describes each operation by itself
class OperationView(ApiView):
    """Before who may is asked, the path says what; a path that names nothing is told to whoever is signed in."""

    schema_tag = "clients"
    parser_classes = [OrjsonParser, OctetsParser]
    content_negotiation_class = _AsItComes
    required_roles: ClassVar[dict[str, Role]] = {"write": "viewer"}
    endpoint: Endpoint | None = None
    missing: Unknown | None = None

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self._find(kwargs["service"], kwargs["operation"])

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.missing is not None:
            raise self.missing
        if request.method not in self.allowed_methods:
            raise exceptions.MethodNotAllowed(str(request.method))

    @property
    def allowed_methods(self) -> list[str]:
        verbs = self.endpoint.verbs if self.endpoint else ("GET", "POST")
        return [*verbs, *(["HEAD"] if "GET" in verbs else []), "OPTIONS"]

    def get(self, request: Request, service: str, operation: str) -> Response | HttpResponse:
        return self._call(request)

    def post(self, request: Request, service: str, operation: str) -> Response | HttpResponse:
        return self._call(request)

    def _find(self, service: str, operation: str) -> None:
        try:
            self.endpoint = listing.endpoint(service, operation)
        except Unknown as error:
            self.missing = error
            return
        self.query_parameters = known_parameters(self.endpoint)
        self.honours_idempotency_key = self.endpoint.keeps_answer
        role = self.endpoint.operation.role
        if self.request.method in self.allowed_methods:  # any other is a 405, whoever asks
            self.required_roles = {"read": role, "write": role}  # type: ignore[misc] # of this request alone

    def _call(self, request: Request) -> Response | HttpResponse:
        assert self.endpoint is not None
        result = call(
            self.endpoint,
            arguments_of(request, self.endpoint),
            actor=request.user.get_username(),
            over="rest",
            target=request.query_params.get("target"),
            fallback=request.query_params.get("fallback"),
            merge=merge_of(request),
        )
        return answer_of(self.endpoint, result)
