"""What every operation needs: Grafana's refusals and login pages told apart, lists read page by page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from api_clients.domain.errors import Malformed, Rejected, ServiceError, Unauthorized
from api_clients.domain.values import Method, Response
from api_clients.infrastructure.client import ParamValue
from api_clients.infrastructure.http import HttpClient, as_json
from api_clients.monitoring.grafana.reading.frames import query_errors

T = TypeVar("T")
PAGE_ROWS = 500
ORGANISATION = "X-Grafana-Org-Id"
# Without it Grafana holds what is written to be provisioned, and nobody may edit it in its pages any more.
EDITABLE = {"X-Disable-Provenance": "true"}
# What the field `status` of a 412 means (Grafana, "Dashboard HTTP API"); for folders newer versions say 409.
CONFLICTS = {
    "version-mismatch": "somebody else changed it since; read it again and repeat the change, or overwrite",
    "name-exists": "there is another of this title in the folder",
    "plugin-dashboard": "it belongs to a plugin; overwrite to change it all the same",
}


class GrafanaOptions(BaseModel):
    """`organisation_id` is the one to act in, for a login by password that belongs to several; a token has its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    organisation_id: int | None = Field(None, ge=1)


class GrafanaConnection(HttpClient):
    service: ClassVar[str] = "grafana"
    Options: ClassVar[type[BaseModel] | None] = GrafanaOptions

    def redirected(self, response: Response) -> ServiceError:
        """Grafana, or the proxy that signs in for it, sends strangers to a page; some go on to an identity provider."""
        path = urlsplit(response.headers.get("location", "")).path
        if "/login" in path or "/oauth" in path:
            return Unauthorized("sent us to its login page", status=response.status)
        return super().redirected(response)

    def refused(self, error: ServiceError, body: bytes) -> ServiceError:
        """Say what a conflict of versions is about, and what the queries of a refused request failed with.

        Queries that failed are Rejected whatever the status: they would fail again, and the fault of a data source
        must not open the circuit of Grafana.
        """
        document = _document(body)
        errors = query_errors(document)
        if errors:
            return Rejected(f"answered {error.status}: {errors}", status=error.status)
        meaning = CONFLICTS.get(str(document.get("status", ""))) if error.status in (409, 412) else None
        return Rejected(f"{error.reason}: {meaning}", status=error.status) if meaning else error

    def _own_headers(self, method: Method) -> Mapping[str, str]:
        organisation_id = self._options.organisation_id if self._options else None
        return {ORGANISATION: str(organisation_id)} if organisation_id else {}

    def _all(
        self,
        path: str,
        *,
        read: Callable[[Any], tuple[T, ...]],
        rows_name: str,
        params: Mapping[str, ParamValue] | None = None,
        first_page: int | None = 1,
    ) -> tuple[T, ...]:
        """Return every row of a list, page by page; `rows_name` is the parameter that says how many a page has.

        Without a `first_page` Grafana begins where it counts from, which may be 0 or 1: page 1 may be the same again.
        """
        found: list[T] = []
        last: tuple[T, ...] = ()
        page = first_page
        while True:
            rows = self._get(path, params={**(params or {}), rows_name: PAGE_ROWS, "page": page}, read=as_json(read))
            is_same = bool(rows) and rows == last
            if is_same and page != 1:
                raise Malformed(f"answered page {page} with the rows of the page before")
            if not is_same:
                found.extend(rows)
            if len(rows) < PAGE_ROWS:
                return tuple(found)
            last, page = rows, (page or 0) + 1


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
