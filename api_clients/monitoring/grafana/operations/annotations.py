"""Annotations: marks on the time axis, on one dashboard or on all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from api_clients.domain.errors import InvalidRequest
from api_clients.domain.operation import operation
from api_clients.domain.values import url_path
from api_clients.infrastructure.documents import rows
from api_clients.infrastructure.http import as_done, as_json
from api_clients.monitoring.grafana.connection import GrafanaConnection
from api_clients.monitoring.grafana.reading import content
from api_clients.monitoring.grafana.values import Annotation
from api_clients.monitoring.grafana.writing import epoch_milliseconds, named

MOST_ROWS = 10_000


class AnnotationOperations(GrafanaConnection):
    @operation(idempotent=True, role="viewer", cache_seconds=5.0, example={"tags": ["maintenance"], "limit": 10})
    def annotations(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        tags: Sequence[str] = (),
        dashboard_uid: str = "",
        kind: Literal["annotation", "alert"] | None = None,
        limit: int = 100,
    ) -> tuple[Annotation, ...]:
        """Return annotations, newest first; those with all of `tags`, of people or of alert rules as `kind` says."""
        if not 1 <= limit <= MOST_ROWS:
            raise InvalidRequest(f"limit should be from 1 to {MOST_ROWS}")
        params = {
            "from": epoch_milliseconds(since) if since else None,
            "to": epoch_milliseconds(until) if until else None,
            "tags": tags,
            "dashboardUID": dashboard_uid or None,
            "type": kind,
            "limit": limit,
        }
        return self._get("/api/annotations", params=params, read=as_json(rows(content.annotation)))

    @operation(
        idempotent=False,
        role="operator",
        example={
            "text": "Core switch replaced",
            "tags": ["maintenance"],
            "starts": datetime.fromisoformat("2026-01-31T12:00:00Z"),
        },
    )
    def create_annotation(
        self,
        text: str,
        tags: Sequence[str] = (),
        starts: datetime | None = None,
        ends: datetime | None = None,
        dashboard_uid: str = "",
        panel_id: int | None = None,
    ) -> int:
        """Mark a moment, or with `ends` a span, and return the annotation's id.

        Without `starts` it is now; without `dashboard_uid` it shows wherever its tags are asked for.
        """
        if ends is not None and (starts is None or ends < starts):
            raise InvalidRequest("ends needs starts, and should not be before it")
        body = {
            "text": named(text, "text"),
            "tags": list(tags),
            "time": epoch_milliseconds(starts) if starts else None,
            "timeEnd": epoch_milliseconds(ends) if ends else None,
            "dashboardUID": dashboard_uid or None,
            "panelId": panel_id,
        }
        body = {name: value for name, value in body.items() if value is not None}
        return self._send("POST", "/api/annotations", json=body, read=as_json(content.made_id))

    @operation(idempotent=True, role="operator", example={"annotation_id": 1})
    def delete_annotation(self, annotation_id: int) -> None:
        """Delete one annotation."""
        self._send("DELETE", url_path("/api/annotations/{id}", id=annotation_id), read=as_done)
