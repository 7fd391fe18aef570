"""The operations of the clients in OpenAPI: in the API's own document, and one document for each service.

Examples of answers come from docs/openapi/<service>.json, where `manage.py clients_openapi` has put what the services'
simulators answer; no simulator runs when the API's document is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from api_clients.catalog import CATALOG, ServiceEntry
from api_clients.gateway.endpoints import Endpoint, endpoints_of
from api_clients.gateway.examples import response_example
from api_clients.gateway.openapi import NO_EXAMPLE, SHARED, describe_endpoint
from api_clients.gateway.schemas import Schema
from common.api.idempotency import HEADER as HEADER_OF_KEY
from common.api.request_id import HEADER
from common.api.schema import DESCRIPTIONS, ERROR, KEY_DESCRIPTION, KEY_PATTERN, TEXT

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "openapi"
FAMILIES = {
    "network": "Clients of what runs or carries a network: GNS3.",
    "monitoring": "Clients of monitoring: Prometheus, Grafana, Elasticsearch and others; and the overview of them.",
    "security": "Clients of what guards the network: Suricata, Fail2ban.",
    "qos": "Clients of what shares out traffic: HAProxy, Linux traffic control.",
    "datastores": "Clients of databases: PostgreSQL, Redis.",
    "platforms": "Clients of what runs services: Docker, any HTTP backend.",
}
OWN_ERROR = deepcopy(ERROR)  # drf-spectacular puts references into the other
_HEADERS = {HEADER: {"schema": TEXT, "description": "The request's id."}}
_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
_READ_ERRORS = ("400", "401", "403", "404", "409", "502", "503", "504", "default")
_POST_ERRORS = (*_READ_ERRORS, "413", "415", "422")
_RESPONSES = {
    f"ClientError{status}": {"description": DESCRIPTIONS[status], "content": _ERROR, "headers": _HEADERS}
    for status in _POST_ERRORS
}
_KEY: Schema = {
    "in": "header",
    "name": HEADER_OF_KEY,
    "description": KEY_DESCRIPTION,
    "schema": {"type": "string", "pattern": KEY_PATTERN},
}
_SECURITY: list[dict[str, list[str]]] = [{"jwtAuth": []}, {"cookieAuth": []}]
_SCHEMES = {
    "jwtAuth": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "cookieAuth": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
}


def add_operations(result: Schema, generator: Any, request: Any, public: bool) -> Schema:
    """drf-spectacular's hook: add what its views do not show."""
    paths, schemas = _of_the_catalogue()
    result["paths"] = dict(sorted({**result["paths"], **paths}.items()))
    components = result.setdefault("components", {})
    components["schemas"] = dict(sorted({"Error": OWN_ERROR, **schemas, **components.get("schemas", {})}.items()))
    components["responses"] = {**components.get("responses", {}), **_RESPONSES}
    known = {tag["name"] for tag in result.get("tags", ())}
    result["tags"] = [*result.get("tags", ()), *(tag for tag in _tags(CATALOG.values()) if tag["name"] not in known)]
    return result


def document_of(entry: ServiceEntry) -> Schema:
    """The whole document of one service, with the answers of its simulator. Raises ExampleFailed."""
    answers = {name: response_example(entry, one) for name, one in endpoints_of(entry).items()}
    paths, schemas = _described(entry, answers)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": f"NMS: {entry.name}",
            "version": "1",
            "description": f"{entry.summary[:1].upper()}{entry.summary[1:]}, asked through the hub (docs/gateway.md).",
        },
        "security": _SECURITY,
        "tags": list(_tags([entry])),
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Error": OWN_ERROR},
            "responses": _RESPONSES,
            "securitySchemes": _SCHEMES,
        },
    }


def written_document(entry: ServiceEntry) -> str:
    return json.dumps(document_of(entry), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


@cache
def _of_the_catalogue() -> tuple[Schema, dict[str, Schema]]:
    paths: Schema = {}
    schemas: dict[str, Schema] = {}
    for entry in CATALOG.values():
        if entry.kind == "service":
            more, named = _described(entry, _kept_answers(entry.name))
            paths |= more
            schemas |= named
    return paths, schemas


def _described(entry: ServiceEntry, answers: Mapping[str, Any]) -> tuple[Schema, dict[str, Schema]]:
    paths: Schema = {}
    schemas: dict[str, Schema] = dict(SHARED)
    for name, endpoint in endpoints_of(entry).items():
        described = describe_endpoint(endpoint, answer=answers.get(name, NO_EXAMPLE))
        schemas |= described.schemas
        paths[f"/api/clients/{entry.name}/{name}/"] = {
            verb.lower(): _completed(endpoint, operation, verb) for verb, operation in described.operations.items()
        }
    return paths, schemas


def _completed(endpoint: Endpoint, operation: Schema, verb: str) -> Schema:
    """With its errors, the request's id, who may sign in, and the key under which an answer is kept."""
    success = {**operation["responses"]["200"], "headers": _HEADERS}
    errors = {
        status: {"$ref": f"#/components/responses/ClientError{status}"}
        for status in (_POST_ERRORS if verb == "POST" else _READ_ERRORS)
    }
    keys = [_KEY] if verb == "POST" and endpoint.keeps_answer else []
    parameters = [*operation["parameters"], *keys]
    return {**operation, "parameters": parameters, "responses": {"200": success, **errors}, "security": _SECURITY}


def _kept_answers(service: str) -> dict[str, Any]:
    """The examples of the document that was written last; none where there is none."""
    try:
        document = json.loads((FOLDER / f"{service}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return dict(_answers_in(document))


def _answers_in(document: Schema) -> Iterator[tuple[str, Any]]:
    for path, item in document["paths"].items():
        for operation in item.values():
            media = operation["responses"]["200"]["content"].get("application/json", {})
            example = media.get("examples", {}).get("example")
            if example:
                yield path.strip("/").rpartition("/")[2], example["value"]["data"]


def _tags(entries: Any) -> Iterator[Schema]:
    for family in sorted({entry.family for entry in entries if entry.kind == "service"}):
        yield {"name": family, "description": FAMILIES.get(family, f"Clients of the family {family}.")}
