"""Answers as values. What is not known raises ValueError, LookupError or TypeError; further fields are left alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

from api_clients.monitoring.alertmanager.masking import masked
from api_clients.monitoring.alertmanager.values import (
    AlertGroup,
    AlertmanagerAlert,
    AlertmanagerStatus,
    LabelSet,
    Matcher,
    Peer,
    Silence,
)

ALERT_STATES: dict[str, Literal["active", "suppressed", "unprocessed"]] = {
    "active": "active",
    "suppressed": "suppressed",
    "unprocessed": "unprocessed",
}
SILENCE_STATES: dict[str, Literal["active", "pending", "expired"]] = {
    "active": "active",
    "pending": "pending",
    "expired": "expired",
}


def alerts(document: Any) -> tuple[AlertmanagerAlert, ...]:
    return tuple(_alert(item) for item in _list(document))


def groups(document: Any) -> tuple[AlertGroup, ...]:
    return tuple(
        AlertGroup(_labels(item["labels"]), _text(item["receiver"]["name"]), alerts(item["alerts"]))
        for item in _list(document)
    )


def silences(document: Any) -> tuple[Silence, ...]:
    return tuple(silence(item) for item in _list(document))


def silence(item: Any) -> Silence:
    return Silence(
        id=_text(item["id"]),
        state=SILENCE_STATES[item["status"]["state"]],
        matchers=tuple(_matcher(matcher) for matcher in item["matchers"]),
        starts_at=_moment(item["startsAt"]),
        ends_at=_moment(item["endsAt"]),
        updated_at=_moment(item["updatedAt"]),
        created_by=_text(item["createdBy"]),
        comment=_text(item["comment"]),
    )


def silence_id(document: Any) -> str:
    return _text(document["silenceID"])


def receivers(document: Any) -> tuple[str, ...]:
    return tuple(_text(item["name"]) for item in _list(document))


def status(document: Any) -> AlertmanagerStatus:
    cluster = document["cluster"]
    return AlertmanagerStatus(
        version=_text(document["versionInfo"]["version"]),
        started_at=_moment(document["uptime"]),
        cluster=_text(cluster["status"]),
        configuration=masked(_text(document["config"]["original"])),
        name=_text(cluster.get("name") or ""),
        peers=tuple(Peer(_text(peer["name"]), _text(peer["address"])) for peer in cluster.get("peers") or ()),
    )


def _alert(item: Any) -> AlertmanagerAlert:
    state = item["status"]
    return AlertmanagerAlert(
        fingerprint=_text(item["fingerprint"]),
        state=ALERT_STATES[state["state"]],
        labels=_labels(item["labels"]),
        annotations=_labels(item["annotations"]),
        starts_at=_moment(item["startsAt"]),
        ends_at=_moment(item["endsAt"]),
        updated_at=_moment(item["updatedAt"]),
        receivers=receivers(item["receivers"]),
        silenced_by=tuple(_text(each) for each in state["silencedBy"]),
        inhibited_by=tuple(_text(each) for each in state["inhibitedBy"]),
        generator_url=_text(item.get("generatorURL") or ""),
    )


def _matcher(item: Any) -> Matcher:
    return Matcher(
        _text(item["name"]), _text(item["value"]), item["isRegex"] is True, item.get("isEqual", True) is True
    )


def _list(document: Any) -> list[Any]:
    if not isinstance(document, list):
        raise TypeError("not a list")
    return document


def _labels(document: Any) -> LabelSet:
    return {_text(name): _text(value) for name, value in document.items()}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _moment(value: Any) -> datetime:
    read = datetime.fromisoformat(_text(value))
    if read.tzinfo is None:
        raise ValueError("a time without a zone")
    return read.astimezone(UTC)
