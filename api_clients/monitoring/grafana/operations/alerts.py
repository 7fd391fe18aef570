"""Alerts and silences of unified alerting, and the contact points that are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from api_clients.domain.errors import NOT_FOUND, InvalidRequest, Rejected
from api_clients.domain.operation import operation
from api_clients.domain.values import url_path
from api_clients.infrastructure.documents import rows
from api_clients.infrastructure.http import as_done, as_json
from api_clients.monitoring.grafana.connection import EDITABLE, GrafanaConnection
from api_clients.monitoring.grafana.reading import alerting
from api_clients.monitoring.grafana.values import (
    AlertInstance,
    ContactPoint,
    ContactPointSettings,
    NotifiedAlert,
    RuleState,
    Silence,
)
from api_clients.monitoring.grafana.writing import matcher, named, rfc3339

RULER = "/api/prometheus/grafana/api/v1"
ALERTMANAGER = "/api/alertmanager/grafana/api/v2"
CONTACT_POINTS = "/api/v1/provisioning/contact-points"
CONTACT_POINT = f"{CONTACT_POINTS}/{{uid}}"
SILENCE = "3f0a4f3e-7c39-4b52-9f0a-5d1f5b6a7c01"


class AlertOperations(GrafanaConnection):
    @operation(idempotent=True, role="viewer", cache_seconds=5.0, lane="monitoring")
    def rule_states(self) -> tuple[RuleState, ...]:
        """Return how each rule is: firing, pending or inactive, and whether its evaluation works."""
        return self._rule_states()

    @operation(idempotent=True, role="viewer", cache_seconds=5.0, lane="monitoring")
    def alert_instances(self) -> tuple[AlertInstance, ...]:
        """Return every instance of every rule, pending ones too."""
        return self._get(f"{RULER}/alerts", read=as_json(alerting.alert_instances))

    @operation(
        idempotent=True,
        role="viewer",
        cache_seconds=5.0,
        lane="monitoring",
        example={"matchers": ['severity="critical"']},
    )
    def alerts(self, matchers: Sequence[str] = ()) -> tuple[NotifiedAlert, ...]:
        """Return the alerts that Grafana's own Alertmanager holds and all `matchers` match, silenced ones too."""
        for text in matchers:
            matcher(text)
        return self._alerts(matchers)

    @operation(idempotent=True, role="viewer", cache_seconds=5.0, example={"matchers": []})
    def silences(self, matchers: Sequence[str] = ()) -> tuple[Silence, ...]:
        """Return the silences, those of the last days that expired too; those with labels as `matchers` say."""
        for text in matchers:
            matcher(text)
        return self._get(f"{ALERTMANAGER}/silences", params={"filter": matchers}, read=as_json(rows(alerting.silence)))

    @operation(idempotent=True, role="viewer", example={"silence_id": SILENCE})
    def silence(self, silence_id: str) -> Silence:
        """Return one silence."""
        return self._get(url_path(f"{ALERTMANAGER}/silence/{{id}}", id=silence_id), read=as_json(alerting.silence))

    @operation(
        idempotent=False,
        role="operator",
        example={
            "matchers": ['alertname="Interface is down"', 'severity!~"critical|high"'],
            "ends": datetime.fromisoformat("2036-01-31T12:00:00Z"),
            "comment": "Maintenance of the core",
            "created_by": "ada",
        },
    )
    def create_silence(
        self, matchers: Sequence[str], ends: datetime, comment: str, created_by: str, starts: datetime | None = None
    ) -> str:
        """Silence the alerts that all `matchers` match until `ends`, and return the silence's id.

        A matcher is spelled as in amtool: name=value, name!=value, name=~"regex", name!~"regex". Without `starts` it
        begins now.
        """
        if not matchers:
            raise InvalidRequest("matchers is empty; a silence of everything names what it matches too")
        starts = starts or datetime.now(UTC)
        body = {
            "matchers": [matcher(text) for text in matchers],
            "startsAt": rfc3339(starts),
            "endsAt": rfc3339(ends),
            "comment": named(comment, "comment"),
            "createdBy": named(created_by, "created_by"),
        }
        if ends <= starts:
            raise InvalidRequest("ends should be after the start")
        return self._send("POST", f"{ALERTMANAGER}/silences", json=body, read=as_json(alerting.silence_id))

    @operation(idempotent=True, role="operator", example={"silence_id": SILENCE})
    def expire_silence(self, silence_id: str) -> None:
        """End a silence now."""
        self._send("DELETE", url_path(f"{ALERTMANAGER}/silence/{{id}}", id=silence_id), read=as_done)

    @operation(idempotent=True, role="viewer")  # not cached: the answer holds the settings, secret ones too
    def contact_points(self) -> tuple[ContactPoint, ...]:
        """List whom alerts are told, without the settings."""
        return self._get(CONTACT_POINTS, read=as_json(rows(alerting.contact_point)))

    @operation(idempotent=True, role="admin", example={"uid": "operators-mail"}, tells_secret=True)
    def contact_point(self, uid: str) -> ContactPointSettings:
        """Return one contact point with its settings, in which Grafana itself hides what it holds as secure."""
        points = self._get(CONTACT_POINTS, read=as_json(rows(alerting.contact_point_settings)))
        for point in points:
            if point.point.uid == uid:
                return point
        raise Rejected("there is no such contact point", status=NOT_FOUND)

    @operation(
        idempotent=False,
        role="admin",
        example={"name": "night shift", "kind": "email", "settings": {"addresses": "night@example.org"}},
    )
    def create_contact_point(
        self, name: str, kind: str, settings: Mapping[str, Any], tells_when_resolved: bool = True
    ) -> ContactPoint:
        """Make a contact point; `kind` is Grafana's own word (email, slack, webhook), `settings` what that needs."""
        body = _contact_point(name, kind, settings, tells_when_resolved)
        return self._send("POST", CONTACT_POINTS, json=body, headers=EDITABLE, read=as_json(alerting.contact_point))

    @operation(
        idempotent=True,
        role="admin",
        example={
            "uid": "operators-mail",
            "name": "operators",
            "kind": "email",
            "settings": {"addresses": "noc@example.org"},
        },
    )
    def update_contact_point(
        self, uid: str, name: str, kind: str, settings: Mapping[str, Any], tells_when_resolved: bool = True
    ) -> None:
        """Replace a contact point's settings; a value of [REDACTED] stays as it is."""
        body = _contact_point(name, kind, settings, tells_when_resolved)
        self._send("PUT", url_path(CONTACT_POINT, uid=uid), json=body, headers=EDITABLE, read=as_done)

    @operation(idempotent=True, role="admin", example={"uid": "operators-mail"})
    def delete_contact_point(self, uid: str) -> None:
        """Delete a contact point; refused (409) while a notification policy or a rule names it."""
        self._send("DELETE", url_path(CONTACT_POINT, uid=uid), read=as_done)

    def _alerts(self, matchers: Sequence[str] = ()) -> tuple[NotifiedAlert, ...]:
        return self._get(
            f"{ALERTMANAGER}/alerts", params={"filter": matchers}, read=as_json(rows(alerting.notified_alert))
        )

    def _rule_states(self) -> tuple[RuleState, ...]:
        return self._get(f"{RULER}/rules", read=as_json(alerting.rule_states))


def _contact_point(name: str, kind: str, settings: Mapping[str, Any], tells_when_resolved: bool) -> dict[str, Any]:
    return {
        "name": named(name, "name"),
        "type": named(kind, "kind"),
        "settings": dict(settings),
        "disableResolveMessage": not tells_when_resolved,
    }
