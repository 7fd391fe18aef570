"""The client of Kibana 8.

    kibana = clients.get("kibana")
    backup = kibana.export_saved_objects(kinds=["dashboard"], space="operations")
    kibana.import_saved_objects(backup, overwrite=True, space="laboratory")

The login is an API key of Elasticsearch (bearer, scheme ApiKey), a token (bearer), or a name and a password (basic).
What a space has is asked for by its name, as the argument `space`; without it, it is the default space.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from api_clients.domain.alerts import Alert
from api_clients.domain.figures import Figure
from api_clients.domain.health import Health
from api_clients.domain.operation import operation
from api_clients.infrastructure.http import as_json
from api_clients.monitoring.kibana import reading
from api_clients.monitoring.kibana.operations.data_views import DataViewOperations
from api_clients.monitoring.kibana.operations.rules import ACTIVE, RuleOperations
from api_clients.monitoring.kibana.operations.saved_objects import SavedObjectOperations
from api_clients.monitoring.kibana.overview import active_alert, figures_of
from api_clients.monitoring.kibana.values import Status


class KibanaClient(SavedObjectOperations, DataViewOperations, RuleOperations):
    examples: ClassVar[Mapping[str, Any]] = {"object_id": "network-overview"}

    def _health(self) -> Health:
        status = self._status()
        if status.level != "available":
            return Health("degraded", status.version, f"{status.level}: {status.summary}")
        return Health(version=status.version)

    @operation(idempotent=True, role="viewer", cache_seconds=5.0, lane="monitoring")
    def status(self) -> Status:
        """Return how Kibana and its parts are; one that is not available raises Overloaded and says why."""
        return self._status()

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def active_alerts(self, space: str = "") -> tuple[Alert, ...]:
        """Return each rule of a space whose last run found alerts, in the shape that all services share."""
        return tuple(active_alert(rule) for rule in self._rules(filter_kql=ACTIVE, space=space) if rule.is_enabled)

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def figures(self) -> tuple[Figure, ...]:
        """Return what Kibana measures of itself, and count the rules of the default space and their alerts."""
        return figures_of(self._status(), self._rules())

    def _status(self) -> Status:
        return self._get("/api/status", read=as_json(reading.status))
