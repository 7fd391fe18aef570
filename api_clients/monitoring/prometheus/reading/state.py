"""Answers about targets, rules, alerts and the server itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from api_clients.infrastructure.masking import without_secrets, without_url_secrets
from api_clients.monitoring.prometheus.reading.masking import masked_configuration, masked_labels, masked_url
from api_clients.monitoring.prometheus.reading.primitives import (
    duration_seconds,
    labels,
    milliseconds,
    moment,
    text,
    texts,
)
from api_clients.monitoring.prometheus.values import (
    Alertmanagers,
    BuildInfo,
    Count,
    Rule,
    RuleAlert,
    RuleGroup,
    RuntimeInfo,
    Target,
    Targets,
    TsdbStatus,
)

HEALTHS: dict[str, Literal["up", "down", "unknown"]] = {"up": "up", "down": "down", "unknown": "unknown"}
STATES: dict[str, Literal["inactive", "pending", "firing"]] = {
    "inactive": "inactive",
    "pending": "pending",
    "firing": "firing",
}
KINDS: dict[str, Literal["alerting", "recording"]] = {"alerting": "alerting", "recording": "recording"}


def targets(data: Any) -> Targets:
    return Targets(
        active=tuple(_target(item) for item in data["activeTargets"] or ()),
        dropped=tuple(masked_labels(labels(item["discoveredLabels"])) for item in data["droppedTargets"] or ()),
        dropped_by_pool={text(pool): int(count) for pool, count in (data.get("droppedTargetCounts") or {}).items()},
    )


def scrape_pools(data: Any) -> tuple[str, ...]:
    return texts(data["scrapePools"] or ())


def rule_groups(data: Any) -> tuple[RuleGroup, ...]:
    return tuple(_group(item) for item in data["groups"])


def alerts(data: Any) -> tuple[RuleAlert, ...]:
    return tuple(_alert(item) for item in data["alerts"])


def alertmanagers(data: Any) -> Alertmanagers:
    return Alertmanagers(_addresses(data["activeAlertmanagers"]), _addresses(data["droppedAlertmanagers"]))


def build_info(data: Any) -> BuildInfo:
    return BuildInfo(
        text(data["version"]),
        text(data.get("revision", "")),
        text(data.get("branch", "")),
        text(data.get("buildDate", "")),
        text(data.get("goVersion", "")),
    )


def runtime_info(data: Any) -> RuntimeInfo:
    started = moment(data["startTime"])
    if started is None:
        raise ValueError("a server that never started")
    return RuntimeInfo(
        started_at=started,
        is_configuration_loaded=data["reloadConfigSuccess"] is True,
        configured_at=moment(data["lastConfigTime"]),
        corruptions=int(data["corruptionCount"]),
        goroutines=int(data["goroutineCount"]),
        storage_retention=text(data["storageRetention"]),
    )


def flags(data: Any) -> dict[str, str]:
    return {text(name): without_secrets(text(value), text(name)) for name, value in data.items()}


def configuration(data: Any) -> str:
    return masked_configuration(text(data["yaml"]))


def tsdb(data: Any) -> TsdbStatus:
    head = data["headStats"]
    return TsdbStatus(
        series=int(head["numSeries"]),
        chunks=int(head["chunkCount"]),
        label_pairs=int(head.get("numLabelPairs", 0)),
        oldest=milliseconds(head["minTime"]),
        newest=milliseconds(head["maxTime"]),
        series_by_metric=_counts(data["seriesCountByMetricName"]),
        values_by_label=_counts(data["labelValueCountByLabelName"]),
        bytes_by_label=_counts(data["memoryInBytesByLabelName"]),
        series_by_label_value=_counts(data["seriesCountByLabelValuePair"]),
    )


def snapshot(data: Any) -> str:
    return text(data["name"])


def formatted(data: Any) -> str:
    return text(data)


def _addresses(items: Any) -> tuple[str, ...]:
    return tuple(masked_url(text(item["url"])) for item in items)


def _target(item: Any) -> Target:
    interval, timeout = item.get("scrapeInterval"), item.get("scrapeTimeout")
    return Target(
        pool=text(item["scrapePool"]),
        url=masked_url(text(item["scrapeUrl"])),
        health=HEALTHS[item["health"]],
        labels=labels(item["labels"]),
        discovered_labels=masked_labels(labels(item["discoveredLabels"])),
        last_error=without_url_secrets(text(item["lastError"])),
        last_scrape=moment(item["lastScrape"]),
        last_scrape_seconds=float(item.get("lastScrapeDuration", 0.0)),
        interval_seconds=duration_seconds(interval) if interval else None,
        timeout_seconds=duration_seconds(timeout) if timeout else None,
    )


def _group(item: Any) -> RuleGroup:
    return RuleGroup(
        name=text(item["name"]),
        file=text(item["file"]),
        interval_seconds=float(item["interval"]),
        rules=tuple(_rule(rule) for rule in item["rules"]),
        last_evaluation=moment(item["lastEvaluation"]),
        evaluation_seconds=float(item["evaluationTime"]),
    )


def _rule(item: Any) -> Rule:
    return Rule(
        kind=KINDS[item["type"]],
        name=text(item["name"]),
        query=text(item["query"]),
        labels=labels(item.get("labels") or {}),
        health=text(item["health"]),
        last_error=text(item.get("lastError", "")),
        last_evaluation=moment(item["lastEvaluation"]),
        evaluation_seconds=float(item["evaluationTime"]),
        state=text(item.get("state", "")),
        for_seconds=float(item.get("duration", 0.0)),
        keep_firing_seconds=float(item.get("keepFiringFor", 0.0)),
        annotations=labels(item.get("annotations") or {}),
        alerts=tuple(_alert(alert) for alert in item.get("alerts") or ()),
    )


def _alert(item: Any) -> RuleAlert:
    return RuleAlert(
        labels=labels(item["labels"]),
        annotations=labels(item.get("annotations") or {}),
        state=STATES[item["state"]],
        active_since=_perhaps(item.get("activeAt")),
        value=float(text(item["value"])),
        keep_firing_since=_perhaps(item.get("keepFiringSince")),
    )


def _perhaps(value: Any) -> datetime | None:
    return moment(value) if value else None


def _counts(items: Any) -> tuple[Count, ...]:
    return tuple(Count(text(item["name"]), int(item["value"])) for item in items or ())
