"""The client of Prometheus; its operations are in operations/, by what they are about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from api_clients.domain.alerts import Alert
from api_clients.domain.errors import Rejected
from api_clients.domain.figures import Figure
from api_clients.domain.health import Health
from api_clients.domain.operation import operation
from api_clients.monitoring.prometheus import figures as figures_of
from api_clients.monitoring.prometheus.active_alerts import active_alert
from api_clients.monitoring.prometheus.connection import API
from api_clients.monitoring.prometheus.operations.monitoring import MonitoringOperations
from api_clients.monitoring.prometheus.operations.queries import QueryOperations
from api_clients.monitoring.prometheus.operations.server import ServerOperations
from api_clients.monitoring.prometheus.operations.writing import WritingOperations
from api_clients.monitoring.prometheus.options import PrometheusOptions
from api_clients.monitoring.prometheus.reading import state
from api_clients.monitoring.prometheus.reading.envelope import as_data, as_noted
from api_clients.monitoring.prometheus.reading.queries import instant_result


class PrometheusClient(QueryOperations, MonitoringOperations, ServerOperations, WritingOperations):
    Options = PrometheusOptions
    examples: ClassVar[Mapping[str, Any]] = {
        "expression": "up",
        "match": ["up"],
        "start": datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
        "end": datetime(2026, 11, 20, 12, 5, tzinfo=UTC),
        "step_seconds": 60,
    }

    @property
    def own_series_seconds(self) -> float | None:
        """How often the hub is to write its own series here; None where it is not."""
        return self._options.own_series_seconds if isinstance(self._options, PrometheusOptions) else None

    def _health(self) -> Health:
        version = self._get(API + "/status/buildinfo", read=as_data(state.build_info)).version
        try:
            runtime = self._get(API + "/status/runtimeinfo", read=as_data(state.runtime_info))
        except Rejected:  # VictoriaMetrics and Mimir answer queries and know no such thing
            return Health(version=version)
        if not runtime.is_configuration_loaded:
            return Health("degraded", version, "its last reload failed: what ran before runs on")
        if runtime.corruptions:
            return Health("degraded", version, f"its write-ahead log was corrupt {runtime.corruptions} times")
        return Health(version=version)

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def active_alerts(self) -> tuple[Alert, ...]:
        """List the alerts that fire now."""
        alerts = self._get(API + "/alerts", read=as_data(state.alerts))
        return tuple(active_alert(alert) for alert in alerts if alert.state == "firing")

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def figures(self) -> tuple[Figure, ...]:
        """Count targets and alerts, and tell the use of the machines whose node exporters are scraped."""
        return figures_of.figures(self._ask("/query", {"query": figures_of.QUERY}, read=as_noted(instant_result)))
