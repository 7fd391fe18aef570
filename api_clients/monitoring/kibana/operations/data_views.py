"""Data views: which indices people look at, and spaces: who looks at what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api_clients.domain.errors import InvalidRequest
from api_clients.domain.operation import operation
from api_clients.domain.values import url_path
from api_clients.infrastructure.http import as_done, as_json
from api_clients.monitoring.kibana import reading
from api_clients.monitoring.kibana.connection import SPACE, KibanaConnection, within
from api_clients.monitoring.kibana.values import DataView, Space

VIEW = "/api/data_views/data_view/{id}"
SPACES = "/api/spaces/space"


class DataViewOperations(KibanaConnection):
    @operation(idempotent=True, role="viewer", cache_seconds=10.0)
    def data_views(self, space: str = "") -> tuple[DataView, ...]:
        """List the data views of a space."""
        return self._get(within(space, "/api/data_views"), read=as_json(reading.data_views))

    @operation(idempotent=True, role="viewer", example={"view_id": "logs"})
    def data_view(self, view_id: str, space: str = "") -> DataView:
        """Return one data view."""
        return self._get(within(space, url_path(VIEW, id=view_id)), read=as_json(reading.data_view))

    @operation(idempotent=True, role="viewer", cache_seconds=10.0)
    def default_data_view(self, space: str = "") -> str:
        """Return the id of the data view that a space begins with, "" where it has none."""
        return self._get(within(space, "/api/data_views/default"), read=as_json(reading.default_data_view))

    @operation(
        idempotent=False,
        role="operator",
        example={"pattern": "nms-events-*", "name": "NMS", "time_field": "@timestamp"},
    )
    def create_data_view(
        self, pattern: str, name: str = "", time_field: str = "", overwrite: bool = False, space: str = ""
    ) -> DataView:
        """Make a data view of the indices that `pattern` names; one of the same pattern is refused, or overwritten."""
        if not pattern.strip():
            raise InvalidRequest("pattern is empty")
        view: dict[str, Any] = {"title": pattern, "name": name or pattern}
        if time_field:
            view["timeFieldName"] = time_field
        body = {"data_view": view, "override": overwrite}
        path = within(space, "/api/data_views/data_view")
        return self._send("POST", path, json=body, read=as_json(reading.data_view))

    @operation(idempotent=True, role="admin", example={"view_id": "logs"})
    def delete_data_view(self, view_id: str, space: str = "") -> None:
        """Delete a data view; what is drawn from it shows nothing then, the data stay."""
        self._send("DELETE", within(space, url_path(VIEW, id=view_id)), read=as_done)

    @operation(idempotent=True, role="viewer")
    def spaces(self) -> tuple[Space, ...]:
        """List the spaces that the login may see."""
        # Described as needed, and as taking no false; what it adds to the answer is passed over.
        return self._get(SPACES, params={"include_authorized_purposes": True}, read=as_json(reading.spaces))

    @operation(idempotent=True, role="viewer", example={"space_id": "operations"})
    def space(self, space_id: str) -> Space:
        """Return one space."""
        return self._get(url_path(f"{SPACES}/{{id}}", id=space_id), read=as_json(reading.space))

    @operation(idempotent=False, role="admin", example={"space_id": "network", "name": "Network"})
    def create_space(
        self, space_id: str, name: str, description: str = "", disabled_features: Sequence[str] = ()
    ) -> Space:
        """Make a space and return it."""
        if not SPACE.match(space_id) or not name.strip():
            raise InvalidRequest("space_id should be lower-case letters, digits, _ and -, and name not be empty")
        body = {"id": space_id, "name": name, "description": description, "disabledFeatures": list(disabled_features)}
        return self._send("POST", SPACES, json=body, read=as_json(reading.space))

    @operation(idempotent=True, role="admin", example={"space_id": "operations"})
    def delete_space(self, space_id: str) -> None:
        """Delete a space with everything in it."""
        self._send("DELETE", url_path(f"{SPACES}/{{id}}", id=space_id), read=as_done)
