"""A simulated Alertmanager: alerts, silences that take effect, receivers. Its clock stands still."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any
from uuid import UUID

from api_clients.domain.errors import InvalidRequest
from api_clients.infrastructure.credentials import Credentials
from api_clients.monitoring.alertmanager.matchers import parse
from api_clients.monitoring.alertmanager.values import Matcher
from api_clients.simulation import Answer, HttpSimulator, Received, json_answer

API = "/api/v2"
NOW, SINCE, ENDS = "2026-11-20T12:05:00.000Z", "2026-11-20T11:58:00.500Z", "2026-11-20T12:09:00.000Z"
SILENCE_ID = "7d8a4b1e-6c3f-4f0e-9a52-1b2c3d4e5f60"
RECEIVER = "operators"
STATUS = {
    "cluster": {"name": "01JD4X9M", "status": "ready", "peers": [{"name": "01JD4X9M", "address": "10.0.0.12:9094"}]},
    "config": {"original": "route:\n  receiver: operators\nreceivers:\n- name: operators\n"},
    "uptime": "2026-11-13T08:00:00.000Z",
    "versionInfo": {
        "branch": "HEAD",
        "buildDate": "20250110-10:08:41",
        "buildUser": "root@example",
        "goVersion": "go1.23.4",
        "revision": "e3a94d0e9a7c9b4d3c8d1d4f6c1f3a2b5d6e7f80",
        "version": "0.28.0",
    },
}
ALERTS: list[dict[str, Any]] = [
    {
        "labels": {"alertname": "TargetDown", "instance": "10.0.0.1:161", "job": "snmp", "severity": "critical"},
        "annotations": {"summary": "10.0.0.1:161 is down"},
    },
    {
        "labels": {"alertname": "DiskFull", "instance": "10.0.0.11:9100", "job": "node", "severity": "warning"},
        "annotations": {"summary": "/ of 10.0.0.11:9100 is nearly full"},
    },
]


class AlertmanagerSimulator(HttpSimulator):
    """`is_empty` has no alerts and no silences. `reload_problem` is what a reload fails with."""

    def __init__(self, *, credentials: Credentials | None = None, is_empty: bool = False) -> None:
        super().__init__()
        self._credentials = credentials
        self.reload_problem = ""
        self.alerts: dict[str, dict[str, Any]] = {}
        self.silences: dict[str, dict[str, Any]] = {}
        if not is_empty:
            self._take_alerts(ALERTS)
            self._keep(SILENCE_ID, _silence([{"name": "job", "value": "node", "isRegex": False}]))

    def admits(self, received: Received) -> bool:
        wanted = self._credentials.headers() if self._credentials else {}
        return all(received.headers.get(name.lower()) == value for name, value in wanted.items())

    def answer(self, received: Received) -> Answer:
        if silence := re.fullmatch(API + "/silence/([^/]+)", received.path):
            return self._one_silence(received.method, silence[1])
        try:
            match received.method, received.path.removeprefix(API):
                case "GET", "/status":
                    return json_answer(STATUS)
                case "GET", "/receivers":
                    return json_answer([{"name": RECEIVER}])
                case "GET", "/alerts":
                    return json_answer(self._filtered(received.params))
                case "GET", "/alerts/groups":
                    return json_answer(self._groups(received.params))
                case "POST", "/alerts":
                    self._take_alerts(received.json())
                    return Answer(200)
                case "GET", "/silences":
                    return json_answer(self._filtered_silences(received.params))
                case "POST", "/silences":
                    return self._create(received.json())
                case "POST", "/-/reload":
                    return self._reload()
        except InvalidRequest as error:
            return json_answer(f"bad matcher format: {error}", status=400)
        return json_answer({"code": 404, "message": f"path {received.path} was not found"}, status=404)

    def _take_alerts(self, alerts: list[dict[str, Any]]) -> None:
        for alert in alerts:
            labels = alert["labels"]
            fingerprint = blake2b(repr(sorted(labels.items())).encode(), digest_size=8).hexdigest()
            self.alerts[fingerprint] = {
                "labels": labels,
                "annotations": alert.get("annotations", {}),
                "startsAt": alert.get("startsAt", SINCE),
                "endsAt": alert.get("endsAt", ENDS),
                "updatedAt": NOW,
                "generatorURL": alert.get("generatorURL", "http://prometheus.example.org/graph"),
                "fingerprint": fingerprint,
                "receivers": [{"name": RECEIVER}],
            }

    def _create(self, document: dict[str, Any]) -> Answer:
        identity = document.get("id", "")
        if identity and identity not in self.silences:
            return json_answer("silence not found", status=404)
        if document["endsAt"] <= NOW:
            return json_answer("Failed to create silence: end time can't be in the past", status=400)
        identity = identity or str(UUID(int=len(self.silences) + 1, version=4))
        self._keep(identity, {**document, "startsAt": max(document["startsAt"], NOW)})
        return json_answer({"silenceID": identity})

    def _keep(self, identity: str, document: Mapping[str, Any]) -> None:
        self.silences[identity] = {**document, "id": identity, "status": {"state": "active"}, "updatedAt": NOW}

    def _one_silence(self, method: str, identity: str) -> Answer:
        found = self.silences.get(identity)
        if found is None:
            return Answer(404)
        if method == "GET":
            return json_answer(found)
        if found["status"]["state"] != "expired":
            self.silences[identity] = {**found, "status": {"state": "expired"}, "endsAt": NOW, "updatedAt": NOW}
        return Answer(200)

    def _reload(self) -> Answer:
        if self.reload_problem:
            return Answer(500, f"failed to reload config: {self.reload_problem}\n".encode())
        return Answer(200)

    def _filtered(self, params: Mapping[str, list[str]]) -> list[dict[str, Any]]:
        wanted = [parse(written) for written in params.get("filter", [])]
        shown = {name: params.get(name, ["true"])[0] == "true" for name in ("active", "silenced")}
        receiver = params.get("receiver", [".*"])[0]
        found = []
        for alert in self.alerts.values() if re.fullmatch(receiver, RECEIVER) else ():
            silenced_by = [silence["id"] for silence in self._silencing(alert["labels"])]
            state = "suppressed" if silenced_by else "active"
            if shown["silenced" if silenced_by else "active"] and _fits(wanted, alert["labels"]):
                status = {"state": state, "silencedBy": silenced_by, "inhibitedBy": []}
                found.append({**alert, "status": status})
        return found

    def _silencing(self, labels: Mapping[str, str]) -> list[dict[str, Any]]:
        return [
            silence
            for silence in self.silences.values()
            if silence["status"]["state"] == "active" and _fits(_matchers(silence), labels)
        ]

    def _groups(self, params: Mapping[str, list[str]]) -> list[dict[str, Any]]:
        groups: dict[str, list[dict[str, Any]]] = {}
        for alert in self._filtered(params):
            groups.setdefault(alert["labels"]["alertname"], []).append(alert)
        return [
            {"labels": {"alertname": name}, "receiver": {"name": RECEIVER}, "alerts": alerts}
            for name, alerts in groups.items()
        ]

    def _filtered_silences(self, params: Mapping[str, list[str]]) -> list[dict[str, Any]]:
        wanted = [parse(written) for written in params.get("filter", [])]
        return [
            silence
            for silence in self.silences.values()
            if _fits(wanted, {each["name"]: each["value"] for each in silence["matchers"]})
        ]


def make_simulator() -> AlertmanagerSimulator:
    return AlertmanagerSimulator()


def _silence(matchers: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "matchers": [{"isEqual": True, **matcher} for matcher in matchers],
        "startsAt": SINCE,
        "endsAt": "2026-11-20T14:00:00.000Z",
        "createdBy": "operator",
        "comment": "a larger disk is on its way",
    }


def _matchers(silence: Mapping[str, Any]) -> list[Matcher]:
    return [
        Matcher(item["name"], item["value"], item["isRegex"], item.get("isEqual", True)) for item in silence["matchers"]
    ]


def _fits(matchers: list[Matcher], labels: Mapping[str, str]) -> bool:
    return all(_fits_one(matcher, labels.get(matcher.name, "")) for matcher in matchers)


def _fits_one(matcher: Matcher, value: str) -> bool:
    fits = re.fullmatch(matcher.value, value) is not None if matcher.is_regex else matcher.value == value
    return fits is matcher.is_equal
