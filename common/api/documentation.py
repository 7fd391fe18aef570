"""The API describes itself: OpenAPI at /api/schema/, Swagger UI and Redoc from files of our own (no network needed).

Everything needs a login: programs get 401, people are sent to the sign-in page and back.
"""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, path
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView

from common.api.etags import ConditionalGetMixin


class SchemaView(ConditionalGetMixin, SpectacularAPIView):
    """OpenAPI 3 description of this API, as JSON or (Accept: application/vnd.oai.openapi) YAML."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer]


urlpatterns: list[URLPattern] = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", login_required(SpectacularSwaggerView.as_view(url_name="schema")), name="docs"),
    path(
        "redoc/",
        login_required(SpectacularRedocView.as_view(url_name="schema", template_name="common/redoc.html")),
        name="redoc",
    ),
]
