"""Saved objects: all that people make in Kibana, dashboards and visualisations among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from api_clients.domain.errors import InvalidRequest, Rejected
from api_clients.domain.operation import operation
from api_clients.domain.values import url_path
from api_clients.infrastructure.client import ParamValue
from api_clients.infrastructure.http import as_done, as_json
from api_clients.monitoring.kibana import reading
from api_clients.monitoring.kibana.connection import KibanaConnection, within
from api_clients.monitoring.kibana.values import ImportResult, SavedObject, SavedObjectPage

PAGE_ROWS = 1_000
MOST_ROWS = 10_000  # Elasticsearch gives no page past that (index.max_result_window)
OBJECTS = "/api/saved_objects"
OBJECT = f"{OBJECTS}/{{kind}}/{{id}}"
VISUALISATIONS = ("visualization", "lens", "map")
NO_BULK = (400, 404)  # before 8.5 _bulk_delete was taken for the type of a new object
EXAMPLE = b'{"id":"imported","type":"dashboard","attributes":{"title":"Imported"},"references":[]}\n'


class SavedObjectOperations(KibanaConnection):
    @operation(idempotent=True, role="viewer", example={"kinds": ["dashboard", "lens"], "search": "network*"})
    def find_saved_objects(
        self,
        kinds: Sequence[str],
        search: str = "",
        search_fields: Sequence[str] = ("title^3", "description"),
        page: int = 1,
        per_page: int = 20,
        space: str = "",
    ) -> SavedObjectPage:
        """Find saved objects of some `kinds` (Kibana's types: dashboard, lens, index-pattern, tag), page by page.

        `search` is in Elasticsearch's simple query syntax, such as network*. Past 10 000 objects no page is given.
        """
        if not kinds or page < 1 or not 1 <= per_page <= MOST_ROWS:
            raise InvalidRequest(f"kinds should name one, page be from 1, per_page from 1 to {MOST_ROWS}")
        words: dict[str, ParamValue] = {"search": search, "search_fields": search_fields} if search else {}
        params: dict[str, ParamValue] = {"type": kinds, "page": page, "per_page": per_page, **words}
        return self._get(within(space, f"{OBJECTS}/_find"), params=params, read=as_json(reading.saved_object_page))

    @operation(idempotent=True, role="viewer", cache_seconds=5.0)
    def dashboards(self, space: str = "") -> tuple[SavedObject, ...]:
        """List the dashboards of a space, at most 10 000."""
        return self._all_objects(("dashboard",), space)

    @operation(idempotent=True, role="viewer", cache_seconds=5.0)
    def visualisations(self, space: str = "") -> tuple[SavedObject, ...]:
        """List the visualisations of a space, those of Lens and maps too; those inside a dashboard are not apart."""
        return self._all_objects(VISUALISATIONS, space)

    @operation(idempotent=True, role="viewer", example={"kind": "dashboard"})
    def saved_object(self, kind: str, object_id: str, space: str = "") -> SavedObject:
        """Return one saved object."""
        return self._get(within(space, url_path(OBJECT, kind=kind, id=object_id)), read=as_json(reading.saved_object))

    @operation(
        idempotent=False, role="operator", example={"kind": "dashboard", "attributes": {"title": "Edge traffic"}}
    )
    def create_saved_object(
        self,
        kind: str,
        attributes: Mapping[str, Any],
        references: Sequence[Mapping[str, str]] = (),
        object_id: str = "",
        overwrite: bool = False,
        space: str = "",
    ) -> SavedObject:
        """Make a saved object. `references` have type, id and name each; an `object_id` that is taken is refused (409),
        unless `overwrite`.
        """
        _check_references(references)
        if overwrite and not object_id:
            raise InvalidRequest("overwrite needs the object_id of what is overwritten")
        path = url_path(OBJECT, kind=kind, id=object_id) if object_id else url_path(f"{OBJECTS}/{{kind}}", kind=kind)
        body = {"attributes": dict(attributes), "references": [dict(item) for item in references]}
        params = {"overwrite": True if overwrite else None}
        return self._send("POST", within(space, path), params=params, json=body, read=as_json(reading.saved_object))

    @operation(idempotent=True, role="operator", example={"kind": "dashboard", "attributes": {"title": "Edge"}})
    def update_saved_object(self, kind: str, object_id: str, attributes: Mapping[str, Any], space: str = "") -> str:
        """Change some attributes of a saved object and return its new revision; the others stay."""
        if not attributes:
            raise InvalidRequest("attributes is empty")
        path = within(space, url_path(OBJECT, kind=kind, id=object_id))
        return self._send("PUT", path, json={"attributes": dict(attributes)}, read=as_json(reading.updated_object))

    @operation(idempotent=True, role="admin", example={"kind": "dashboard"})
    def delete_saved_object(self, kind: str, object_id: str, force: bool = False, space: str = "") -> None:
        """Delete one saved object; one that is in several spaces is refused, unless `force`."""
        path, params = within(space, f"{OBJECTS}/_bulk_delete"), {"force": True if force else None}
        wanted = [{"type": kind, "id": object_id}]
        try:
            # The way to delete one alone is deprecated since 8.7, and left out of the description.
            error = self._send("POST", path, params=params, json=wanted, read=as_json(reading.not_deleted))
        except Rejected as refused:
            if refused.status not in NO_BULK:
                raise
            self._send("DELETE", within(space, url_path(OBJECT, kind=kind, id=object_id)), params=params, read=as_done)
            return
        if error is not None:
            raise error

    @operation(idempotent=True, role="viewer", example={"kinds": ["dashboard"]})
    def export_saved_objects(
        self,
        kinds: Sequence[str] = (),
        objects: Sequence[Mapping[str, str]] = (),
        with_references: bool = True,
        space: str = "",
    ) -> bytes:
        """Return saved objects as lines of JSON (ndjson), which an import takes; the last line counts them.

        Either all of some `kinds`, or some `objects`, each by type and id; with what they refer to.
        """
        if bool(kinds) == bool(objects):
            raise InvalidRequest("either kinds or objects should be given")
        wanted = {"type": list(kinds)} if kinds else {"objects": [_named(item) for item in objects]}
        body = {**wanted, "includeReferencesDeep": with_references}
        return self._send("POST", within(space, f"{OBJECTS}/_export"), json=body, read=reading.exported)

    @operation(idempotent=False, role="admin", example={"content": EXAMPLE})
    def import_saved_objects(
        self, content: bytes, overwrite: bool = False, as_copies: bool = False, space: str = ""
    ) -> ImportResult:
        """Import what was exported. Conflicts are in the result, not imported, unless `overwrite`; `as_copies` gives
        every object a new id.
        """
        if overwrite and as_copies:
            raise InvalidRequest("overwrite and as_copies exclude each other")
        if not content.strip():
            raise InvalidRequest("content is empty")
        boundary = f"nms-{sha256(content).hexdigest()[:40]}"  # which the content cannot hold
        return self._send(
            "POST",
            within(space, f"{OBJECTS}/_import"),
            params={"overwrite": True if overwrite else None, "createNewCopies": True if as_copies else None},
            body=_form(content, boundary),
            headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
            read=as_json(reading.import_result),
        )

    def _all_objects(self, kinds: Sequence[str], space: str) -> tuple[SavedObject, ...]:
        found: list[SavedObject] = []
        for number in range(1, MOST_ROWS // PAGE_ROWS + 1):
            params: dict[str, ParamValue] = {"type": kinds, "page": number, "per_page": PAGE_ROWS}
            page = self._get(within(space, f"{OBJECTS}/_find"), params=params, read=as_json(reading.saved_object_page))
            found.extend(page.objects)
            if len(found) >= page.total or not page.objects:
                break
        return tuple(found)


def _named(item: Mapping[str, str]) -> dict[str, str]:
    if set(item) != {"type", "id"}:
        raise InvalidRequest("objects should have type and id each")
    return dict(item)


def _check_references(references: Sequence[Mapping[str, str]]) -> None:
    if any(set(item) != {"type", "id", "name"} for item in references):
        raise InvalidRequest("references should have type, id and name each")


def _form(content: bytes, boundary: str) -> bytes:
    """RFC 7578, with the one file; Kibana goes by its ending."""
    head = (
        f"--{boundary}\r\n"
        'Content-Disposition: form-data; name="file"; filename="import.ndjson"\r\n'
        "Content-Type: application/ndjson\r\n\r\n"
    )
    return head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
