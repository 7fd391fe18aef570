"""The client of Grafana 10 to 13.

    grafana = clients.get("grafana")
    seen = grafana.dashboard("network-overview")
    grafana.update_dashboard(seen.uid, {**seen.model, "tags": ["core"]}, version=seen.version)

The login is a service account's token or an API key (bearer), or a name and a password (basic), which what concerns
the whole server needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from api_clients.domain.alerts import Alert
from api_clients.domain.figures import Figure
from api_clients.domain.health import Health
from api_clients.domain.operation import operation
from api_clients.infrastructure.http import as_json
from api_clients.monitoring.grafana.operations.access import AccessOperations
from api_clients.monitoring.grafana.operations.alerts import AlertOperations
from api_clients.monitoring.grafana.operations.annotations import AnnotationOperations
from api_clients.monitoring.grafana.operations.dashboards import DashboardOperations, read_hits
from api_clients.monitoring.grafana.operations.datasources import DatasourceOperations
from api_clients.monitoring.grafana.operations.rules import RuleOperations
from api_clients.monitoring.grafana.overview import active_alert, figures_of
from api_clients.monitoring.grafana.reading import content


class GrafanaClient(
    DashboardOperations, DatasourceOperations, AnnotationOperations, RuleOperations, AlertOperations, AccessOperations
):
    examples: ClassVar[Mapping[str, Any]] = {"uid": "network-overview"}

    def _health(self) -> Health:
        version, database = self._get("/api/health", read=as_json(content.version))
        # /api/health answers strangers too; a search is the one thing that every login may do, whatever its role.
        self._get("/api/search", params={"limit": 1}, read=as_json(read_hits))
        if database != "ok":
            return Health("degraded", version, f"its database is {database}")
        return Health(version=version)

    @operation(idempotent=True, role="viewer", lane="monitoring", cache_seconds=10.0)
    def active_alerts(self) -> tuple[Alert, ...]:
        """Return the alerts that Grafana's own Alertmanager holds now, in the shape that all services share."""
        return tuple(active_alert(alert) for alert in self._alerts())

    @operation(idempotent=True, role="viewer", lane="monitoring", cache_seconds=10.0)
    def figures(self) -> tuple[Figure, ...]:
        """Count rules, those that fail, and alerts."""
        return figures_of(self._rule_states(), self._alerts())
