"""The server itself: its state, its configuration, and what an administrator does with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from api_clients.domain.errors import InvalidRequest
from api_clients.domain.operation import operation
from api_clients.infrastructure.http import as_done
from api_clients.monitoring.prometheus.connection import API, PrometheusConnection, span
from api_clients.monitoring.prometheus.reading import state
from api_clients.monitoring.prometheus.reading.envelope import as_data
from api_clients.monitoring.prometheus.values import BuildInfo, RuntimeInfo, TsdbStatus

# A remote write that is taken away first sends what it holds, for a minute at most (its flush deadline).
RELOAD_SECONDS = 90.0


class ServerOperations(PrometheusConnection):
    @operation(idempotent=True, role="viewer", cache_seconds=30.0, lane="monitoring")
    def build(self) -> BuildInfo:
        """Return the server's version."""
        return self._get(API + "/status/buildinfo", read=as_data(state.build_info))

    @operation(idempotent=True, role="viewer", lane="monitoring")
    def runtime(self) -> RuntimeInfo:
        """Return since when the server runs, and whether it could load its configuration."""
        return self._get(API + "/status/runtimeinfo", read=as_data(state.runtime_info))

    @operation(idempotent=True, role="viewer", lane="monitoring")  # not cached: an address may hold a login
    def flags(self) -> Mapping[str, str]:
        """Return the server's command line flags, with <secret> in the place of secrets."""
        return self._get(API + "/status/flags", read=as_data(state.flags))

    @operation(idempotent=True, role="viewer", lane="monitoring")
    def configuration(self) -> str:
        """Return the configuration in YAML, with <secret> in the place of secrets, also where the server shows them."""
        return self._get(API + "/status/config", read=as_data(state.configuration))

    @operation(idempotent=True, role="viewer", cache_seconds=30.0, lane="monitoring")
    def tsdb(self, limit: int | None = None) -> TsdbStatus:
        """Return what the head block holds, and which metrics and labels have most of it."""
        return self._get(API + "/status/tsdb", params={"limit": limit}, read=as_data(state.tsdb))

    @operation(idempotent=True, role="operator", deadline_seconds=RELOAD_SECONDS)
    def reload(self) -> None:
        """Have the server read its configuration and rules again.

        Rejected with the server's reason where the file is wrong (the one before runs on), or where it was started
        without --web.enable-lifecycle.
        """
        self._send("POST", "/-/reload", read=as_done, silence_seconds=RELOAD_SECONDS)

    @operation(idempotent=True, role="admin", example={"match": ['{job="retired"}']})
    def delete_series(self, match: Sequence[str], start: datetime | None = None, end: datetime | None = None) -> None:
        """Delete the samples of the series that one of the selectors matches. Needs --web.enable-admin-api."""
        if not match:
            raise InvalidRequest("match is empty, and should name the series to delete")
        self._send(
            "POST", API + "/admin/tsdb/delete_series", params={"match[]": match, **span(start, end)}, read=as_done
        )

    @operation(idempotent=True, role="admin")
    def clean_tombstones(self) -> None:
        """Free the space of deleted samples now, rather than at the next compaction. Needs --web.enable-admin-api."""
        self._send("POST", API + "/admin/tsdb/clean_tombstones", read=as_done)

    @operation(idempotent=False, role="admin")
    def snapshot(self, skip_head: bool = False) -> str:
        """Write all blocks to a new folder below snapshots/ of the data; return its name.

        Needs --web.enable-admin-api.
        """
        return self._send(
            "POST", API + "/admin/tsdb/snapshot", params={"skip_head": skip_head}, read=as_data(state.snapshot)
        )
