"""The services: what they are, which targets are configured and how they are, what can be asked of them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api_clients.gateway.endpoints import Endpoint
from common.api.clients.serializers import ClientServiceSerializer, ClientServicesSerializer
from common.api.viewsets import ApiView
from common.application.gateway import listing
from common.application.gateway.listing import Service

EXAMPLE = {
    "name": "gns3",
    "family": "network",
    "summary": "labs on GNS3 servers 2.2 and 3.x",
    "url": "/api/clients/gns3/",
    "targets": [{"name": "main", "circuit": "closed"}],
    "operations": [
        {
            "name": "projects",
            "url": "/api/clients/gns3/projects/",
            "methods": ["GET"],
            "role": "viewer",
            "cache_seconds": None,
            "summary": "List all projects, open and closed; on v3 those that we may see.",
            "arguments": [],
        }
    ],
}


class ServicesView(ApiView):
    """Every service of the catalogue, whether or not it is configured."""

    schema_tag = "clients"
    error_statuses = (503,)

    @extend_schema(
        operation_id="clients_list",
        responses=ClientServicesSerializer,
        examples=[OpenApiExample("One service", {"data": [EXAMPLE]}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """With the targets that are configured, the state of their circuits, and the operations of each."""
        return Response({"data": [service_row(service) for service in listing.services()]})


class ServiceView(ApiView):
    """One service."""

    schema_tag = "clients"
    error_statuses = (404, 503)

    @extend_schema(
        operation_id="clients_retrieve",
        responses=ClientServiceSerializer,
        examples=[OpenApiExample("One service", EXAMPLE, response_only=True)],
    )
    def get(self, request: Request, service: str) -> Response:
        """Its targets, and its operations with what they take."""
        return Response(service_row(listing.service(service)))


def service_row(service: Service) -> dict[str, Any]:
    name = service.entry.name
    return {
        "name": name,
        "family": service.entry.family,
        "summary": service.entry.summary,
        "url": f"/api/clients/{name}/",
        "targets": [{"name": target.name, "circuit": target.circuit} for target in service.targets],
        "operations": [_operation(endpoint) for endpoint in service.endpoints],
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "name": endpoint.name,
        "url": f"/api/clients/{endpoint.service}/{endpoint.name}/",
        "methods": list(endpoint.verbs),
        "role": endpoint.operation.role,
        "cache_seconds": endpoint.operation.cache_seconds,
        "summary": endpoint.operation.summary,
        "arguments": [
            {"name": one.name, "required": one.required, "description": one.description}
            for one in endpoint.signature.parameters
        ],
    }
