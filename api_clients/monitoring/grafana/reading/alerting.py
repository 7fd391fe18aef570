"""Rules, their states, alerts, silences and contact points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from api_clients.infrastructure.documents import labels, mapping, needed, rows, text, texts
from api_clients.monitoring.grafana.reading.primitives import duration_seconds, moment
from api_clients.monitoring.grafana.values import (
    AlertInstance,
    AlertRule,
    ContactPoint,
    ContactPointSettings,
    NotifiedAlert,
    RuleState,
    Silence,
)


def alert_rule(document: Any) -> AlertRule:
    return AlertRule(
        uid=needed(document, "uid"),
        title=needed(document, "title"),
        folder_uid=needed(document, "folderUID"),
        rule_group=needed(document, "ruleGroup"),
        condition=text(document, "condition"),
        pending_seconds=duration_seconds(document.get("for")),
        no_data_state=text(document, "noDataState"),
        error_state=text(document, "execErrState"),
        is_paused=bool(document.get("isPaused", False)),
        labels=labels(document.get("labels")),
        annotations=labels(document.get("annotations")),
        provenance=text(document, "provenance"),
        updated=moment(document.get("updated")),
        queries=rows(mapping)(document["data"]),
    )


def rule_states(document: Any) -> tuple[RuleState, ...]:
    groups = _data(document)["groups"] or ()
    return tuple(_rule_state(group, rule) for group in groups for rule in group["rules"] or ())


def alert_instances(document: Any) -> tuple[AlertInstance, ...]:
    return rows(_alert_instance)(_data(document)["alerts"])


def notified_alert(document: Any) -> NotifiedAlert:
    status = document["status"]
    return NotifiedAlert(
        fingerprint=needed(document, "fingerprint"),
        state=needed(status, "state"),
        silenced_by=texts(status, "silencedBy"),
        inhibited_by=texts(status, "inhibitedBy"),
        receivers=tuple(needed(receiver, "name") for receiver in document.get("receivers") or ()),
        starts=moment(document["startsAt"]),
        ends=moment(document["endsAt"]),
        generator_url=text(document, "generatorURL"),
        labels=labels(document["labels"]),
        annotations=labels(document.get("annotations")),
    )


def silence(document: Any) -> Silence:
    return Silence(
        id=needed(document, "id"),
        state=needed(document["status"], "state"),
        matchers=tuple(_matcher(item) for item in document["matchers"]),
        comment=text(document, "comment"),
        created_by=text(document, "createdBy"),
        starts=moment(document["startsAt"]),
        ends=moment(document["endsAt"]),
    )


def silence_id(document: Any) -> str:
    return needed(document, "silenceID")


def contact_point(document: Any) -> ContactPoint:
    return ContactPoint(
        uid=text(document, "uid"),
        name=text(document, "name"),
        type=needed(document, "type"),
        tells_when_resolved=not document.get("disableResolveMessage", False),
        provenance=text(document, "provenance"),
    )


def contact_point_settings(document: Any) -> ContactPointSettings:
    return ContactPointSettings(contact_point(document), mapping(document["settings"]))


def _data(document: Any) -> Mapping[str, Any]:
    if document["status"] != "success":
        raise ValueError("no success")
    return mapping(document["data"])


def _rule_state(group: Mapping[str, Any], rule: Mapping[str, Any]) -> RuleState:
    return RuleState(
        name=needed(rule, "name"),
        uid=text(rule, "uid"),
        folder=text(group, "file"),
        group=needed(group, "name"),
        # A recording rule has no state.
        state=text(rule, "state") or "inactive",
        health=text(rule, "health"),
        last_error=text(rule, "lastError"),
        alerts=sum(_is_active(alert) for alert in rule.get("alerts") or ()),
        last_evaluation=moment(rule.get("lastEvaluation")),
        evaluation_seconds=float(rule.get("evaluationTime") or 0.0),
        labels=labels(rule.get("labels")),
    )


def _is_active(alert: Mapping[str, Any]) -> bool:
    return not needed(alert, "state").startswith("Normal")


def _alert_instance(document: Any) -> AlertInstance:
    return AlertInstance(
        state=needed(document, "state"),
        value=text(document, "value"),
        active_since=moment(document.get("activeAt")),
        labels=labels(document["labels"]),
        annotations=labels(document.get("annotations")),
    )


def _matcher(document: Mapping[str, Any]) -> str:
    return "".join(_matcher_parts(document))


def _matcher_parts(document: Mapping[str, Any]) -> Iterator[str]:
    yield needed(document, "name")
    yield "=" if document.get("isEqual", True) else "!"
    if document["isRegex"]:
        yield "~"
    elif not document.get("isEqual", True):
        yield "="
    value = needed(document, "value").replace("\\", "\\\\").replace('"', '\\"')
    yield f'"{value}"'
