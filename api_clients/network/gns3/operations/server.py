"""The server itself: its version, its computes, its templates, its notifications."""

from __future__ import annotations

from api_clients.domain.errors import Rejected
from api_clients.domain.health import Health
from api_clients.domain.operation import operation
from api_clients.domain.values import Stream
from api_clients.infrastructure.http import as_json
from api_clients.network.gns3.connection import Gns3Connection
from api_clients.network.gns3.reading import as_rows, read_compute, read_compute_statistics, read_template
from api_clients.network.gns3.values import Compute, ComputeStatistics, Template, Version

SILENCE_SECONDS = 15.0  # a stream says ping after five seconds without news


class ServerOperations(Gns3Connection):
    @operation(idempotent=True, role="viewer", lane="monitoring")
    def version(self) -> Version:
        """Return the server's version, asked for now."""
        return self._detect()

    def _health(self) -> Health:
        return Health(version=self._detect().version)

    @operation(idempotent=True, role="viewer")
    def computes(self) -> tuple[Compute, ...]:
        """List the computes, with "local", which is always there although v3 does not list it."""
        found = self._ask("GET", "/computes", read=as_rows(read_compute))
        if any(compute.compute_id == "local" for compute in found):
            return found
        return (*(self._local()), *found)

    @operation(idempotent=True, role="viewer", lane="monitoring")
    def compute_statistics(self) -> tuple[ComputeStatistics, ...]:
        """Tell how busy the computes are that answer."""
        return self._ask("GET", "/statistics", read=as_rows(read_compute_statistics))

    @operation(idempotent=True, role="viewer")
    def templates(self) -> tuple[Template, ...]:
        """List the templates that nodes are made from; built-in ones have other ids in each version."""
        return self._ask("GET", "/templates", read=as_rows(read_template))

    @operation(idempotent=True, role="viewer")
    def template(self, template_id: str) -> Template:
        """Return one template."""
        path = self._path("/templates/{template_id}", template_id=template_id)
        try:
            return self._ask("GET", path, read=as_json(read_template))
        except Rejected as error:
            # 2.2 lists its NAT template, and then refuses to show it because it knows no such type.
            listed = self.templates() if error.status == 400 else ()
            for template in listed:
                if template.template_id == template_id:
                    return template
            raise

    @operation(idempotent=False, role="viewer", lane="monitoring", offered=False)
    def open_notifications(self, project_id: str | None = None, *, silence_seconds: float = SILENCE_SECONDS) -> Stream:
        """Open the controller's stream or a project's; `Notifications` reads them and comes back after an outage.

        Listening to a project with auto_close closes it, and stops its nodes, when the last listener leaves.
        """
        path = "/notifications"
        if project_id is not None:
            path = self._path("/projects/{project_id}/notifications", project_id=project_id)
        return self._stream(path, silence_seconds=silence_seconds)

    def _local(self) -> tuple[Compute, ...]:
        statistics = self._ask("GET", "/statistics", read=as_rows(read_compute_statistics))
        return tuple(
            Compute(item.compute_id, item.name, True, item.cpu_usage_percent, item.memory_usage_percent)
            for item in statistics
            if item.compute_id == "local"
        )
