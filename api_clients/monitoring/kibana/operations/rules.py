"""Alerting rules."""

from __future__ import annotations

from api_clients.domain.operation import operation
from api_clients.domain.values import url_path
from api_clients.infrastructure.http import as_done, as_json
from api_clients.monitoring.kibana import reading
from api_clients.monitoring.kibana.connection import KibanaConnection, within
from api_clients.monitoring.kibana.values import AlertingHealth, Rule

PAGE_ROWS = 100
SEARCHED = ("name", "tags")
MOST_ROWS = 10_000
FIND = "/api/alerting/rules/_find"
RULE = "/api/alerting/rule/{id}"
ALERT = f"{RULE}/alert/{{alert}}"
ACTIVE = "alert.attributes.executionStatus.status: active"


class RuleOperations(KibanaConnection):
    @operation(idempotent=True, role="viewer", cache_seconds=5.0, example={"search": "disk*"})
    def rules(self, search: str = "", filter_kql: str = "", space: str = "") -> tuple[Rule, ...]:
        """Find the alerting rules of a space, at most 10 000, by words of their names and tags.

        `filter_kql` is a query in Kibana's language over alert.attributes, such as alert.attributes.enabled: true.
        """
        return self._rules(search=search, filter_kql=filter_kql, space=space)

    @operation(idempotent=True, role="viewer", example={"rule_id": "disk-fills"})
    def rule(self, rule_id: str, space: str = "") -> Rule:
        """Return one rule."""
        return self._get(within(space, url_path(RULE, id=rule_id)), read=as_json(reading.rule))

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def alerting_health(self) -> AlertingHealth:
        """Say whether rules can be decrypted, run and read at all."""
        return self._get("/api/alerting/_health", read=as_json(reading.alerting_health))

    @operation(idempotent=True, role="operator", example={"rule_id": "disk-fills"})
    def enable_rule(self, rule_id: str, space: str = "") -> None:
        """Let a rule run again, with the permissions of this login from now on."""
        self._do(rule_id, "_enable", space)

    @operation(idempotent=True, role="operator", example={"rule_id": "disk-fills"})
    def disable_rule(self, rule_id: str, space: str = "") -> None:
        """Stop running a rule; its alerts are recovered."""
        self._do(rule_id, "_disable", space)

    @operation(idempotent=True, role="operator", example={"rule_id": "disk-fills"})
    def mute_rule(self, rule_id: str, space: str = "") -> None:
        """Tell nobody of a rule's alerts, until it is unmuted; it goes on running."""
        self._do(rule_id, "_mute_all", space)

    @operation(idempotent=True, role="operator", example={"rule_id": "disk-fills"})
    def unmute_rule(self, rule_id: str, space: str = "") -> None:
        """Tell of a rule's alerts again."""
        self._do(rule_id, "_unmute_all", space)

    @operation(idempotent=True, role="operator", example={"rule_id": "disk-fills", "alert_id": "files-1"})
    def mute_alert(self, rule_id: str, alert_id: str, space: str = "") -> None:
        """Tell nobody of one alert of a rule."""
        self._send("POST", within(space, url_path(f"{ALERT}/_mute", id=rule_id, alert=alert_id)), read=as_done)

    @operation(idempotent=True, role="operator", example={"rule_id": "disk-fills", "alert_id": "files-1"})
    def unmute_alert(self, rule_id: str, alert_id: str, space: str = "") -> None:
        """Tell of one alert of a rule again."""
        self._send("POST", within(space, url_path(f"{ALERT}/_unmute", id=rule_id, alert=alert_id)), read=as_done)

    def _rules(self, *, search: str = "", filter_kql: str = "", space: str = "") -> tuple[Rule, ...]:
        found: list[Rule] = []
        words = {"search": search or None, "search_fields": SEARCHED if search else None, "filter": filter_kql or None}
        for page in range(1, MOST_ROWS // PAGE_ROWS + 1):
            params = {**words, "page": page, "per_page": PAGE_ROWS}
            total, rows = self._get(within(space, FIND), params=params, read=as_json(reading.rule_page))
            found.extend(rows)
            if len(found) >= total or not rows:
                break
        return tuple(found)

    def _do(self, rule_id: str, action: str, space: str) -> None:
        self._send("POST", within(space, url_path(f"{RULE}/{action}", id=rule_id)), read=as_done)
