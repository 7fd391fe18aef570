"""Links with their filters and captures, and drawings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import uuid4

from api_clients.domain.errors import Rejected, ServiceError
from api_clients.domain.operation import operation
from api_clients.domain.values import Stream
from api_clients.infrastructure.http import as_json
from api_clients.network.gns3.connection import Gns3Connection
from api_clients.network.gns3.operations.projects import first
from api_clients.network.gns3.reading import active_filters, as_nothing, as_rows, read_drawing, read_filter, read_link
from api_clients.network.gns3.values import Drawing, Filter, Link, LinkEnd

Filters = Mapping[str, Sequence[Any]]
# In GNS3's own words a frequency of 0 drops nothing. As a number the server would leave it out as not active.
DROP_NOTHING: Filters = {"frequency_drop": ("0",)}
QUIET_SECONDS = 3600.0  # a captured link may carry nothing for that long


class LinkOperations(Gns3Connection):
    @operation(idempotent=True, role="viewer")
    def links(self, project_id: str) -> tuple[Link, ...]:
        """List a project's links."""
        return self._links(project_id)

    @operation(idempotent=True, role="viewer")
    def link(self, project_id: str, link_id: str) -> Link:
        """Return one link of an open project."""
        return self._link(project_id, link_id)

    @operation(idempotent=False, role="operator")
    def create_link(self, project_id: str, end: LinkEnd, other: LinkEnd) -> Link:
        """Connect two ports; each can have one link."""
        ends = [_end(end), _end(other)]
        path = self._links_path(project_id)
        return self._surely(
            lambda: self._ask("POST", path, json={"nodes": ends}, read=self._as_link(project_id)),
            lambda: first(link for link in self._links(project_id) if _connects(link, end, other)),
        )

    @operation(idempotent=False, role="operator")
    def delete_link(self, project_id: str, link_id: str) -> None:
        """Delete a link."""
        self._surely(
            lambda: self._ask("DELETE", self._link_path(project_id, link_id), read=as_nothing) or True,
            lambda: self._is_gone(lambda: self._link(project_id, link_id)),
        )

    @operation(idempotent=False, role="operator")
    def suspend_link(self, project_id: str, link_id: str, suspended: bool) -> Link:
        """Cut a link without deleting it, or mend it. Where that is refused, the link stays as it was."""
        before = self._link(project_id, link_id)
        return self._change(before, before.filters, suspended=suspended)

    @operation(idempotent=True, role="viewer")
    def available_filters(self, project_id: str, link_id: str) -> tuple[Filter, ...]:
        """List the filters that this link can have, with the bounds of their arguments."""
        return self._ask("GET", self._link_path(project_id, link_id, "/available_filters"), read=as_rows(read_filter))

    @operation(idempotent=False, role="operator")
    def set_filters(self, project_id: str, link_id: str, filters: Filters) -> Link:
        """Replace a link's filters, {} for none. Where they are refused, the link stays as it was."""
        before = self._link(project_id, link_id)
        return self._change(before, filters, suspended=before.suspended)

    @operation(idempotent=False, role="operator")
    def start_capture(
        self, project_id: str, link_id: str, file_name: str, *, data_link_type: str = "DLT_EN10MB"
    ) -> Link:
        """Record a link's packets into a file of the project."""
        document = {"capture_file_name": file_name, "data_link_type": data_link_type}
        path = self._link_path(project_id, link_id, "/capture/start")
        return self._surely(
            lambda: self._ask("POST", path, json=document, read=self._as_link(project_id)),
            lambda: self._link_where(project_id, link_id, capturing=True),
        )

    @operation(idempotent=False, role="operator")
    def stop_capture(self, project_id: str, link_id: str) -> Link:
        """End the recording; a link that is not recorded stays so."""
        path = self._link_path(project_id, link_id, "/capture/stop")

        def act() -> Link:
            self._ask("POST", path, json={}, read=as_nothing)
            return self._link(project_id, link_id)

        return self._surely(act, lambda: self._link_where(project_id, link_id, capturing=False))

    @operation(idempotent=False, role="operator", lane="monitoring", offered=False)
    def open_capture(self, project_id: str, link_id: str, *, silence_seconds: float = QUIET_SECONDS) -> Stream:
        """Open a running capture as a pcap that grows; `read` it, and close it in the end."""
        return self._stream(self._link_path(project_id, link_id, "/capture/stream"), silence_seconds=silence_seconds)

    @operation(idempotent=True, role="viewer")
    def drawings(self, project_id: str) -> tuple[Drawing, ...]:
        """List a project's drawings: texts, shapes and images on its canvas."""
        return self._ask(
            "GET", self._drawings_path(project_id), read=as_rows(partial(read_drawing, project_id=project_id))
        )

    @operation(idempotent=False, role="operator")
    def create_drawing(
        self, project_id: str, svg: str, *, x: int = 0, y: int = 0, z: int = 0, rotation: int = 0
    ) -> Drawing:
        """Put an SVG document on the canvas."""
        drawing_id = str(uuid4())
        document = {"drawing_id": drawing_id, "svg": svg, "x": x, "y": y, "z": z, "rotation": rotation}
        path = self._drawings_path(project_id)
        return self._surely(
            lambda: self._ask("POST", path, json=document, read=self._as_drawing(project_id)),
            lambda: self._ask("GET", self._drawing_path(project_id, drawing_id), read=self._as_drawing(project_id)),
        )

    @operation(idempotent=True, role="operator")
    def update_drawing(
        self,
        project_id: str,
        drawing_id: str,
        *,
        svg: str | None = None,
        x: int | None = None,
        y: int | None = None,
        z: int | None = None,
        rotation: int | None = None,
    ) -> Drawing:
        """Change what is given, and nothing else."""
        changes = {"svg": svg, "x": x, "y": y, "z": z, "rotation": rotation}
        given = {key: value for key, value in changes.items() if value is not None}
        path = self._drawing_path(project_id, drawing_id)
        return self._ask("PUT", path, json=given, read=self._as_drawing(project_id))

    @operation(idempotent=False, role="operator")
    def delete_drawing(self, project_id: str, drawing_id: str) -> None:
        """Delete a drawing."""
        path = self._drawing_path(project_id, drawing_id)
        self._surely(
            lambda: self._ask("DELETE", path, read=as_nothing) or True,
            lambda: self._is_gone(lambda: self._ask("GET", path, read=self._as_drawing(project_id))),
        )

    def _links(self, project_id: str) -> tuple[Link, ...]:
        return self._ask("GET", self._links_path(project_id), read=as_rows(partial(read_link, project_id=project_id)))

    def _link(self, project_id: str, link_id: str) -> Link:
        return self._ask("GET", self._link_path(project_id, link_id), read=self._as_link(project_id))

    def _link_where(self, project_id: str, link_id: str, *, capturing: bool) -> Link | None:
        link = self._link(project_id, link_id)
        return link if link.capturing == capturing else None

    def _change(self, before: Link, filters: Filters, *, suspended: bool) -> Link:
        """The server remembers what it could not do and takes the same words for done the next time. So nothing is
        sent again as it was, and what was refused is undone.
        """
        wanted = (active_filters(filters), suspended)

        def seen() -> Link | None:
            link = self._link(before.project_id, before.link_id)
            return link if (link.filters, link.suspended) == wanted else None

        try:
            return self._surely(lambda: self._apply(before, filters, suspended=suspended), seen)
        except Rejected as refused:
            self._undo(before, refused)
            raise

    def _apply(self, link: Link, filters: Filters, *, suspended: bool) -> Link:
        if (self._api or self._detected()) == "v3" and not suspended and not active_filters(filters):
            # Computes of v3 ignore an empty set: the link would stay dead, or filtered, and be told to be well.
            self._put(link, DROP_NOTHING, suspended=False)
        return self._put(link, filters, suspended=suspended)

    def _undo(self, before: Link, refused: Rejected) -> None:
        try:
            self._apply(before, before.filters, suspended=before.suspended)
        except ServiceError as error:
            refused.reason += f"; and what was there before could not be put back: {error.reason}"
            refused.args = (refused.reason,)

    def _put(self, link: Link, filters: Filters, *, suspended: bool) -> Link:
        document = {"filters": {name: list(arguments) for name, arguments in filters.items()}, "suspend": suspended}
        path = self._link_path(link.project_id, link.link_id)
        return self._ask("PUT", path, json=document, read=self._as_link(link.project_id))

    def _as_link(self, project_id: str) -> as_json[Link]:
        return as_json(partial(read_link, project_id=project_id))

    def _as_drawing(self, project_id: str) -> as_json[Drawing]:
        return as_json(partial(read_drawing, project_id=project_id))

    def _links_path(self, project_id: str) -> str:
        return self._path("/projects/{project_id}/links", project_id=project_id)

    def _link_path(self, project_id: str, link_id: str, rest: str = "") -> str:
        return self._path("/projects/{project_id}/links/{link_id}", project_id=project_id, link_id=link_id) + rest

    def _drawings_path(self, project_id: str) -> str:
        return self._path("/projects/{project_id}/drawings", project_id=project_id)

    def _drawing_path(self, project_id: str, drawing_id: str) -> str:
        return self._path("/projects/{project_id}/drawings/{drawing_id}", project_id=project_id, drawing_id=drawing_id)


def _end(end: LinkEnd) -> dict[str, Any]:
    document: dict[str, Any] = {
        "node_id": end.node_id,
        "adapter_number": end.adapter_number,
        "port_number": end.port_number,
    }
    if end.label:
        document["label"] = {"text": end.label}
    return document


def _connects(link: Link, end: LinkEnd, other: LinkEnd) -> bool:
    return {_port(item) for item in link.ends} == {_port(end), _port(other)}


def _port(end: LinkEnd) -> tuple[str, int, int]:
    return end.node_id, end.adapter_number, end.port_number
