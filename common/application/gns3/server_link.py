"""How it stands with one server: whether it is there, which computes it has, and what is recorded of both.

Connected is told once, and what follows asks the server and the database, both of which may fail: so greeting it is
owed until it is done. An outage is recorded once it has lasted.
"""

from __future__ import annotations

import time
from typing import Any

from api_clients.domain.errors import ServiceError
from api_clients.network.gns3.client import Gns3Client
from common.application.gns3.recording import forget_compute, record_computes, record_lost, record_reachable

LOST_SECONDS = 2.0  # away for so long: lost


class ServerLink:
    """Moments are monotonic. While `is_on` and not `is_greeted`, `greet` is to be called until it raises nothing."""

    def __init__(self, server: str, client: Gns3Client) -> None:
        self._server = server
        self._client = client
        self.is_on = False
        self.is_greeted = False
        self._lost_since: float | None = None
        self._reason = ""
        self._told_lost = False

    def connected(self) -> None:
        self.is_on, self.is_greeted = True, False
        self._lost_since, self._told_lost = None, False

    def greet(self) -> None:
        record_reachable(self._server, self._client.version())
        computes = {
            item.compute_id: {"name": item.name, "connected": item.connected} for item in self._client.computes()
        }
        record_computes(self._server, computes, all_of_them=True)
        self.is_greeted = True

    def lost(self, error: ServiceError, at: float) -> None:
        self.is_on = False
        self._reason = error.reason
        if self._lost_since is None:
            self._lost_since = at

    def conclude_loss(self) -> None:
        if self._told_lost or self._lost_since is None or time.monotonic() < self._lost_since + LOST_SECONDS:
            return
        record_lost(self._server, self._reason)
        self._told_lost = True

    def hears_of_compute(self, action: str, event: Any) -> None:
        if not self.is_greeted:
            return  # the greeting reads them all
        compute_id = str(event.get("compute_id", ""))
        if action == "compute.deleted":
            forget_compute(self._server, compute_id)
        elif "connected" in event:
            said = {"name": str(event.get("name", "")), "connected": bool(event["connected"])}
            record_computes(self._server, {compute_id: said}, all_of_them=False)
