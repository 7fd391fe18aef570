"""What the server watches and finds: targets, rules, alerts, and where alerts go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from api_clients.domain.operation import operation
from api_clients.monitoring.prometheus.connection import API, PrometheusConnection
from api_clients.monitoring.prometheus.reading import queries, state
from api_clients.monitoring.prometheus.reading.envelope import as_data
from api_clients.monitoring.prometheus.values import Alertmanagers, MetricMetadata, RuleAlert, RuleGroup, Targets


class MonitoringOperations(PrometheusConnection):
    @operation(idempotent=True, role="viewer", lane="monitoring")  # not cached: addresses may hold logins
    def targets(self, state_of: Literal["active", "dropped", "any"] = "any", pool: str | None = None) -> Targets:
        """List what is scraped, with its health, and what relabelling dropped; all, or those of one scrape pool."""
        return self._get(API + "/targets", params={"state": state_of, "scrapePool": pool}, read=as_data(state.targets))

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def scrape_pools(self) -> tuple[str, ...]:
        """List the names of the scrape configurations."""
        return self._get(API + "/scrape_pools", read=as_data(state.scrape_pools))

    @operation(idempotent=True, role="viewer", cache_seconds=30.0, lane="monitoring")
    def target_metadata(
        self, match_target: str | None = None, metric: str | None = None, limit: int | None = None
    ) -> tuple[MetricMetadata, ...]:
        """Return what each target says of its metrics; `match_target` is a selector, `limit` a number of targets."""
        found = self._get(
            API + "/targets/metadata",
            params={"match_target": match_target, "metric": metric, "limit": limit},
            read=as_data(queries.target_metadata),
        )
        return tuple(replace(item, metric=metric) for item in found) if metric else found

    @operation(idempotent=True, role="viewer", lane="monitoring")
    def rules(
        self,
        kind: Literal["alert", "record"] | None = None,
        name: Sequence[str] = (),
        group: Sequence[str] = (),
        file: Sequence[str] = (),
    ) -> tuple[RuleGroup, ...]:
        """List rules by group, with their health and alerts; names, groups and files narrow them down."""
        params = {"type": kind, "rule_name[]": name, "rule_group[]": group, "file[]": file}
        return self._get(API + "/rules", params=params, read=as_data(state.rule_groups))

    @operation(idempotent=True, role="viewer", cache_seconds=2.0, lane="monitoring")
    def alerts(self) -> tuple[RuleAlert, ...]:
        """List the alerts of all rules, pending ones too. Prometheus knows of no silence; its Alertmanager does."""
        return self._get(API + "/alerts", read=as_data(state.alerts))

    @operation(idempotent=True, role="viewer", lane="monitoring")  # not cached, as targets
    def alertmanagers(self) -> Alertmanagers:
        """List where alerts are sent."""
        return self._get(API + "/alertmanagers", read=as_data(state.alertmanagers))
