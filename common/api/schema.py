"""OpenAPI by drf-spectacular, completed with what it cannot see: error answers, 304, bulk bodies, request ids, tags."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, build_object_type
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from common.api.bulk import MAX_ROWS
from common.api.idempotency import HEADER as HEADER_OF_KEY
from common.api.permissions import required_role
from common.api.request_id import HEADER

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
ID: Schema = {"type": "integer", "minimum": 1}
ERROR: Schema = build_object_type(
    description="The one shape of every error.",
    required=["error", "code", "message", "type", "details", "request_id", "documentation_url"],
    properties={
        "error": {"type": "boolean", "enum": [True]},
        "code": {**TEXT, "description": "The precise reason, for programs.", "example": "invalid"},
        "message": {**TEXT, "description": "What happened and what to do, for people.", "example": "name: Too long."},
        "type": {**TEXT, "description": "The family of the error.", "example": "validation_error"},
        "details": {
            "type": "array",
            "description": "One entry for each wrong field, wrong row of a bulk request, or kind of dependent.",
            "items": {"type": "object", "additionalProperties": {}},
            "example": [{"field": "name", "code": "max_length", "message": "Too long."}],
        },
        "request_id": {**TEXT, "description": "Stands in the answer's header and in each log line."},
        "documentation_url": {**TEXT, "format": "uri-reference", "example": "/api/docs/"},
    },
)
DESCRIPTIONS = {
    "400": "Something in the request is not valid; `details` says what.",
    "401": "Not signed in, or the token has expired.",
    "403": "Signed in, but the role does not suffice.",
    "404": "There is no such thing, or no such page of a list (`no_such_page`).",
    "409": "It is in use, or another change came first; `details` names what stands in the way.",
    "413": "The body is too large.",
    "422": "The Idempotency-Key was used for another request.",
    "415": "The body is not JSON.",
    "429": "Too many attempts; Retry-After says how long to wait.",
    "502": "It was tried, and the module failed; `code` and `message` are its own words.",
    "503": "Nobody can do it now: a module is lost, or nobody offers what is needed.",
    "504": "It was not done in time.",
    "default": "Any other error, in the same shape.",
}


KEY_DESCRIPTION = (
    "Sent again with the same key within 24 hours, the request is answered as the first time and not done again."
)
KEY_PATTERN = r"^[\x21-\x7e]{1,255}$"


class NmsAutoSchema(AutoSchema):
    """A view names what it answers besides the usual in `error_statuses`: (404, 409, 503)."""

    def get_tags(self) -> list[str]:
        """The view's `schema_tag`, else the first word after /api/."""
        words = [word for word in self.path.strip("/").split("/") if not word.startswith("{")]
        return [str(getattr(self.view, "schema_tag", None) or (words[1] if len(words) > 1 else words[0]))]

    def get_operation_id(self) -> str:
        """A bulk write has the path's verb of the single one; its own action tells them apart."""
        name = str(super().get_operation_id())
        if self._action.startswith("bulk_"):
            return name.removesuffix("_partial_update").removesuffix("_destroy") + f"_{self._action}"
        return name

    def get_description(self) -> str:  # type: ignore[override] # drf-spectacular's signature, not DRF's
        text = str(super().get_description() or "")
        if not self.get_auth():
            return text
        return f"{text}\n\nNeeds the role {required_role(self.view, self.method)}.".strip()

    def get_override_parameters(self) -> list[Any]:
        if self.method != "POST" or not getattr(self.view, "honours_idempotency_key", False):
            return []
        return [
            OpenApiParameter(
                HEADER_OF_KEY,
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                description=KEY_DESCRIPTION,
                pattern=KEY_PATTERN,
            )
        ]

    def _get_request_body(self, direction: Any = "request") -> Any:
        if self._action == "bulk_destroy":
            return _body(_rows({"oneOf": [ID, _with_id({})]}))
        body = super()._get_request_body(direction)  # type: ignore[no-untyped-call] # typed in part
        if body and self._action in {"create", "bulk_update"} and hasattr(self.view, "bulk_update"):
            one = body["content"]["application/json"]["schema"]
            media = body["content"]["application/json"]
            media["schema"] = {"oneOf": [one, _rows(one)]} if self._action == "create" else _rows(_with_id(one))
        return body

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        responses = dict(super()._get_response_bodies(direction))
        if hasattr(self.view, "bulk_update"):
            self._describe_bulk(responses)
        if self.method == "GET" and "200" in responses:
            responses["304"] = {"description": "Unchanged since the answer whose ETag came in If-None-Match."}
        error = self._error_reference()
        for code in self._error_codes():
            responses.setdefault(
                code, {"description": DESCRIPTIONS[code], "content": {"application/json": {"schema": error}}}
            )
        for response in responses.values():
            response.setdefault("headers", {})[HEADER] = {"schema": TEXT, "description": "The request's id."}
        return responses

    @property
    def _action(self) -> str:
        return str(getattr(self.view, "action", None) or "")

    @property
    def _is_paged(self) -> bool:
        """A list in pages: one beyond the last is not there. (Plain views page their lists by themselves.)"""
        return self.method == "GET" and "page" in {
            parameter["name"] for parameter in self._get_parameters() if parameter["in"] == "query"
        }

    def _describe_bulk(self, responses: Schema) -> None:
        if self._action == "create" and "201" in responses:
            media = responses["201"]["content"]["application/json"]
            media["schema"] = {"oneOf": [media["schema"], _data(media["schema"])]}
        elif self._action == "bulk_update" and "200" in responses:
            media = responses["200"]["content"]["application/json"]
            media["schema"] = _data(media["schema"])

    def _error_codes(self) -> list[str]:
        codes = ["400"]
        if self.get_auth():
            codes += ["401", "403"]
        if "{" in self.path or self._is_paged:
            codes.append("404")
        if self.method in {"POST", "PUT", "PATCH", "DELETE"} and hasattr(self.view, "queryset"):
            codes.append("409")
        if self.method in {"POST", "PUT", "PATCH"}:
            codes += ["413", "415"]
        if self.method == "POST" and getattr(self.view, "honours_idempotency_key", False):
            codes += [code for code in ("409", "422") if code not in codes]
        codes += [str(status) for status in getattr(self.view, "error_statuses", ()) if str(status) not in codes]
        return [*codes, "default"]

    def _error_reference(self) -> Schema:
        component = ResolvedComponent(  # type: ignore[no-untyped-call] # typed in part
            name="Error", type=ResolvedComponent.SCHEMA, schema=ERROR, object="nms-error"
        )
        self.registry.register_on_missing(component)
        reference: Schema = component.ref
        return reference


def _rows(row: Schema) -> Schema:
    return {"type": "array", "items": row, "minItems": 1, "maxItems": MAX_ROWS}


def _with_id(row: Schema) -> Schema:
    identity = {"type": "object", "required": ["id"], "properties": {"id": ID}}
    return {"allOf": [identity, row]} if row else identity


def _data(row: Schema) -> Schema:
    return {"type": "object", "required": ["data"], "properties": {"data": {"type": "array", "items": row}}}


def _body(schema: Schema) -> Schema:
    return {"required": True, "content": {"application/json": {"schema": schema}}}
