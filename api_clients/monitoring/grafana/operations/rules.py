"""Alert rules as they are provisioned; a changed one stays editable in Grafana's pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from api_clients.domain.errors import InvalidRequest
from api_clients.domain.operation import operation
from api_clients.domain.values import url_path
from api_clients.infrastructure.documents import mapping, rows
from api_clients.infrastructure.http import as_done, as_json
from api_clients.monitoring.grafana.connection import EDITABLE, GrafanaConnection
from api_clients.monitoring.grafana.reading import alerting
from api_clients.monitoring.grafana.values import AlertRule
from api_clients.monitoring.grafana.writing import duration, named

RULES = "/api/v1/provisioning/alert-rules"
RULE = f"{RULES}/{{uid}}"
CHANGEABLE = frozenset(
    {
        *("title", "folderUID", "ruleGroup", "condition", "data", "for", "keep_firing_for", "noDataState"),
        *("execErrState", "isPaused", "labels", "annotations", "notification_settings", "missingSeriesEvalsToResolve"),
    }
)
QUERY = {
    "refId": "A",
    "datasourceUid": "prometheus",
    "relativeTimeRange": {"from": 600, "to": 0},
    "model": {"refId": "A", "expr": "up == 0", "instant": True},
}
EXAMPLE = {
    "title": "Router is down",
    "folder_uid": "network",
    "rule_group": "routers",
    "condition": "A",
    "queries": [QUERY],
    "labels": {"severity": "critical"},
}


class RuleOperations(GrafanaConnection):
    @operation(idempotent=True, role="viewer", cache_seconds=5.0)
    def alert_rules(self) -> tuple[AlertRule, ...]:
        """List all alert rules of the organisation."""
        return self._get(RULES, read=as_json(rows(alerting.alert_rule)))

    @operation(idempotent=True, role="viewer", example={"uid": "interface-down"})
    def alert_rule(self, uid: str) -> AlertRule:
        """Return one alert rule."""
        return self._get(url_path(RULE, uid=uid), read=as_json(alerting.alert_rule))

    @operation(idempotent=False, role="operator", example=EXAMPLE)
    def create_alert_rule(
        self,
        title: str,
        folder_uid: str,
        rule_group: str,
        condition: str,
        queries: Sequence[Mapping[str, Any]],
        pending_seconds: float = 300.0,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        no_data_state: Literal["NoData", "OK", "Alerting", "KeepLast"] = "NoData",
        error_state: Literal["Error", "OK", "Alerting", "KeepLast"] = "Error",
        is_paused: bool = False,
    ) -> AlertRule:
        """Make an alert rule. `queries` are Grafana's AlertQuery documents; `condition` is the refId of the one that
        decides, after `pending_seconds`. KeepLast needs Grafana 11.
        """
        if condition not in {query.get("refId") for query in queries}:
            raise InvalidRequest(f"condition {condition[:40]!r} is the refId of none of the queries")
        body = {
            "orgID": 0,  # the description demands it; Grafana takes the organisation of the login
            "title": named(title, "title"),
            "folderUID": named(folder_uid, "folder_uid"),
            "ruleGroup": named(rule_group, "rule_group"),
            "condition": condition,
            "data": [dict(query) for query in queries],
            "for": duration(pending_seconds),
            "labels": dict(labels or {}),
            "annotations": dict(annotations or {}),
            "noDataState": no_data_state,
            "execErrState": error_state,
            "isPaused": is_paused,
        }
        return self._send("POST", RULES, json=body, headers=EDITABLE, read=as_json(alerting.alert_rule))

    @operation(
        idempotent=True, role="operator", example={"uid": "interface-down", "changes": {"labels": {"severity": "low"}}}
    )
    def update_alert_rule(self, uid: str, changes: Mapping[str, Any]) -> AlertRule:
        """Change some fields of a rule, leave the others; `changes` are by Grafana's names, such as for or labels."""
        unknown = sorted(set(changes) - CHANGEABLE)
        if unknown or not changes:
            raise InvalidRequest(
                f"changes: {', '.join(unknown) or 'nothing'}; there are {', '.join(sorted(CHANGEABLE))}"
            )
        return self._changed(uid, lambda rule: {**rule, **changes})

    @operation(idempotent=True, role="operator", example={"uid": "interface-down"})
    def pause_alert_rule(self, uid: str) -> AlertRule:
        """Stop the evaluation of a rule; its alerts end."""
        return self._changed(uid, lambda rule: {**rule, "isPaused": True})

    @operation(idempotent=True, role="operator", example={"uid": "interface-down"})
    def resume_alert_rule(self, uid: str) -> AlertRule:
        """Evaluate a paused rule again."""
        return self._changed(uid, lambda rule: {**rule, "isPaused": False})

    @operation(idempotent=True, role="admin", example={"uid": "interface-down"})
    def delete_alert_rule(self, uid: str) -> None:
        """Delete a rule; one that is not there is no error to Grafana."""
        self._send("DELETE", url_path(RULE, uid=uid), headers=EDITABLE, read=as_done)

    def _changed(self, uid: str, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> AlertRule:
        """Grafana only takes whole rules, so fields that this client does not know travel through as they are."""
        path = url_path(RULE, uid=uid)
        rule = self._get(path, read=as_json(mapping))
        return self._send("PUT", path, json=change(rule), headers=EDITABLE, read=as_json(alerting.alert_rule))
