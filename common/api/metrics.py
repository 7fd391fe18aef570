"""/metrics in Prometheus' text format. Scrapers sign in with HTTP Basic or a bearer token, role viewer."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication


class _Unnegotiated(BaseContentNegotiation):
    """Prometheus asks for its own media types, which the encoder below understands."""

    def select_renderer(self, request: Request, renderers, format_suffix=None):  # type: ignore[no-untyped-def] # as DRF
        return renderers[0], renderers[0].media_type


@extend_schema(exclude=True)
class MetricsView(APIView):
    authentication_classes = [JWTAuthentication, BasicAuthentication, SessionAuthentication]
    content_negotiation_class = _Unnegotiated

    def get(self, request: Request) -> HttpResponse:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return HttpResponse(encode(REGISTRY), content_type=content_type)
