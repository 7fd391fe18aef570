"""The client of Alertmanager."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from api_clients.domain.alerts import Alert
from api_clients.domain.errors import NOT_FOUND, InvalidRequest, Rejected, ServiceError, Unreachable
from api_clients.domain.figures import Figure
from api_clients.domain.health import Health
from api_clients.domain.operation import operation
from api_clients.domain.values import url_path
from api_clients.infrastructure.client import ParamValue
from api_clients.infrastructure.http import HttpClient, as_done, as_json
from api_clients.monitoring.alertmanager import reading
from api_clients.monitoring.alertmanager.active_alerts import active_alert
from api_clients.monitoring.alertmanager.documents import alert_documents, silence_document
from api_clients.monitoring.alertmanager.matchers import parse
from api_clients.monitoring.alertmanager.values import (
    AlertGroup,
    AlertmanagerAlert,
    AlertmanagerStatus,
    Silence,
)

API = "/api/v2"
SILENCE_UNKNOWN = "silence not found"
RELOAD_FAILED = "failed to reload config"
# A start that has passed becomes now by the server's clock, whatever ours says.
EVER = datetime(1970, 1, 1, tzinfo=UTC)
_EXAMPLE_SILENCE = "7d8a4b1e-6c3f-4f0e-9a52-1b2c3d4e5f60"


class AlertmanagerClient(HttpClient):
    service = "alertmanager"
    examples: ClassVar[Mapping[str, Any]] = {"silence_id": _EXAMPLE_SILENCE}

    def refused(self, error: ServiceError, body: bytes) -> ServiceError:
        """Versions before 0.27 say with a 500 that they know no such silence, newer ones with a bare 404."""
        if isinstance(error, Unreachable) and SILENCE_UNKNOWN in error.reason:
            return Rejected(f"answered {error.status}: {SILENCE_UNKNOWN}", status=NOT_FOUND)
        if isinstance(error, Unreachable) and RELOAD_FAILED in error.reason:
            return Rejected(error.reason, status=error.status)
        return error

    def _health(self) -> Health:
        status = self._get(API + "/status", read=as_json(reading.status))
        if status.cluster == "settling":
            return Health("degraded", status.version, "its cluster is still settling: alerts may be told twice")
        return Health(version=status.version)

    @operation(idempotent=True, role="viewer", lane="monitoring")  # not cached: before 0.26 the answer holds secrets
    def status(self) -> AlertmanagerStatus:
        """Return the version, the configuration (without its secrets) and the cluster's peers."""
        return self._get(API + "/status", read=as_json(reading.status))

    @operation(idempotent=True, role="viewer", lane="monitoring")
    def alerts(
        self,
        filters: Sequence[str] = (),
        active: bool = True,
        silenced: bool = True,
        inhibited: bool = True,
        unprocessed: bool = True,
        receiver: str | None = None,
    ) -> tuple[AlertmanagerAlert, ...]:
        """List alerts that fit all `filters`, such as severity="critical"; the flags leave out those of a state.

        `receiver` is a regular expression for the name of a receiver that would be told.
        """
        params = _shown(filters, active, silenced, inhibited, receiver)
        params["unprocessed"] = unprocessed
        return self._get(API + "/alerts", params=params, read=as_json(reading.alerts))

    @operation(idempotent=True, role="viewer", lane="monitoring")
    def alert_groups(
        self,
        filters: Sequence[str] = (),
        active: bool = True,
        silenced: bool = True,
        inhibited: bool = True,
        receiver: str | None = None,
    ) -> tuple[AlertGroup, ...]:
        """List alerts as notifications group them."""
        params = _shown(filters, active, silenced, inhibited, receiver)
        return self._get(API + "/alerts/groups", params=params, read=as_json(reading.groups))

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def receivers(self) -> tuple[str, ...]:
        """List the names of those who may be told."""
        return self._get(API + "/receivers", read=as_json(reading.receivers))

    @operation(idempotent=True, role="viewer")
    def silences(self, filters: Sequence[str] = ()) -> tuple[Silence, ...]:
        """List silences, expired ones that are still kept too; `filters` are matchers that the silence has."""
        return self._get(API + "/silences", params={"filter": _spelled(filters)}, read=as_json(reading.silences))

    @operation(idempotent=True, role="viewer")
    def silence(self, silence_id: str) -> Silence:
        """Return one silence."""
        return self._silence(silence_id)

    @operation(
        idempotent=False,
        role="operator",
        example={
            "matchers": ['alertname="TargetDown"', 'instance=~"10[.]0[.]0[.].*"'],
            "comment": "the gateway is being replaced",
            "created_by": "operator",
            "ends_at": datetime(2037, 11, 20, 14, 0, tzinfo=UTC),
        },
    )
    def create_silence(
        self,
        matchers: Sequence[str],
        comment: str,
        created_by: str,
        ends_at: datetime,
        starts_at: datetime | None = None,
        silence_id: str | None = None,
    ) -> str:
        """Silence the alerts that fit all `matchers` from now, or `starts_at`, until `ends_at`; return the id.

        With `silence_id` an existing silence becomes this; where its matchers change the server gives it a new id.
        """
        if starts_at is None:
            starts_at = self._silence(silence_id).starts_at if silence_id else EVER
        document = silence_document(
            matchers, comment=comment, created_by=created_by, starts_at=starts_at, ends_at=ends_at
        )
        if silence_id:
            document["id"] = silence_id
        return self._send("POST", API + "/silences", json=document, read=as_json(reading.silence_id))

    @operation(idempotent=True, role="operator")
    def expire_silence(self, silence_id: str) -> None:
        """End a silence now; one that has ended stays as it is. Rejected where there is none of this id."""
        self._send("DELETE", _silence_path(silence_id), read=as_done)

    @operation(
        idempotent=True,
        role="operator",
        example={
            "alerts": [
                {
                    "labels": {"alertname": "LinkDown", "severity": "critical", "instance": "switch-1"},
                    "annotations": {"summary": "ge-0/0/1 is down"},
                }
            ]
        },
    )
    def send_alerts(self, alerts: Sequence[Mapping[str, Any]]) -> None:
        """Tell of alerts: [{"labels": {...}, "annotations": {...}, "starts_at", "ends_at", "generator_url"}].

        Only labels are needed. Each is over when its `ends_at` passes, or resolve_timeout after it was last told.
        """
        self._send("POST", API + "/alerts", json=alert_documents(alerts), read=as_done)

    @operation(idempotent=True, role="operator")
    def reload(self) -> None:
        """Have the server read its configuration again; Rejected with its reason where the file is wrong."""
        self._send("POST", "/-/reload", read=as_done)

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def active_alerts(self) -> tuple[Alert, ...]:
        """List the alerts that are active now, silenced and inhibited ones marked as such."""
        return tuple(active_alert(alert) for alert in self._get(API + "/alerts", read=as_json(reading.alerts)))

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def figures(self) -> tuple[Figure, ...]:
        """Count alerts by state, and the silences in force."""
        states = Counter(alert.state for alert in self._get(API + "/alerts", read=as_json(reading.alerts)))
        silences = self._get(API + "/silences", read=as_json(reading.silences))
        return (
            Figure("alerts.active", float(states["active"]), "count"),
            Figure("alerts.suppressed", float(states["suppressed"]), "count"),
            Figure("silences.active", float(sum(silence.state == "active" for silence in silences)), "count"),
        )

    def _silence(self, silence_id: str) -> Silence:
        return self._get(_silence_path(silence_id), read=as_json(reading.silence))


def _shown(
    filters: Sequence[str], active: bool, silenced: bool, inhibited: bool, receiver: str | None
) -> dict[str, ParamValue]:
    return {
        "filter": _spelled(filters),
        "active": active,
        "silenced": silenced,
        "inhibited": inhibited,
        "receiver": receiver,
    }


def _spelled(filters: Sequence[str]) -> list[str]:
    """Check matchers and quote their values, as every version of the server reads them."""
    return [str(parse(each)) for each in filters]


def _silence_path(silence_id: str) -> str:
    try:
        return API + url_path("/silence/{id}", id=silence_id)
    except InvalidRequest as error:
        raise InvalidRequest("silence_id is not the id of a silence") from error
