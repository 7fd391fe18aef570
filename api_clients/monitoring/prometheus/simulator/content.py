"""What the simulated server holds: a site with a gateway that is down, as it was at one moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 11, 20, 12, 5, tzinfo=UTC)
NOW_TEXT, SINCE_TEXT, STARTED_TEXT = "2026-11-20T12:05:00Z", "2026-11-20T11:58:00.5Z", "2026-11-13T08:00:00.123456789Z"

JOBS = {"prometheus": ("127.0.0.1:9090", 1), "node": ("10.0.0.11:9100", 1), "snmp": ("10.0.0.1:161", 0)}
NODE = {"instance": "10.0.0.11:9100", "job": "node"}
METRICS = {
    "up": ("gauge", "Whether the last scrape of the target succeeded."),
    "node_load1": ("gauge", "1m load average."),
    "node_memory_MemTotal_bytes": ("gauge", "Memory information field MemTotal_bytes."),
    "prometheus_http_requests_total": ("counter", "Counter of HTTP requests."),
}
SERIES: list[tuple[dict[str, str], float]] = [
    *(({"__name__": "up", "instance": place, "job": job}, float(up)) for job, (place, up) in JOBS.items()),
    ({"__name__": "node_load1", **NODE}, 0.42),
    ({"__name__": "node_memory_MemTotal_bytes", **NODE}, 8_589_934_592.0),
    (
        {
            "__name__": "prometheus_http_requests_total",
            "code": "200",
            "instance": "127.0.0.1:9090",
            "job": "prometheus",
        },
        1234.0,
    ),
]
FIGURES: list[tuple[dict[str, str], float]] = [
    ({"nms_figure": "targets.total"}, 3.0),
    ({"nms_figure": "targets.up"}, 2.0),
    ({"nms_figure": "alerts.firing"}, 1.0),
    ({"nms_figure": "cpu.used", "instance": NODE["instance"]}, 12.5),
    ({"nms_figure": "memory.used", "instance": NODE["instance"]}, 61.25),
    ({"nms_figure": "disk.used", "instance": NODE["instance"], "device": "/dev/vda1", "mountpoint": "/"}, 48.0),
]
EXEMPLARS = [
    {
        "seriesLabels": {"__name__": "prometheus_http_requests_total", "job": "prometheus"},
        "exemplars": [{"labels": {"trace_id": "4bf92f3577b34da6"}, "value": "1.5", "timestamp": NOW.timestamp()}],
    }
]
ALERT_LABELS = {"alertname": "TargetDown", "instance": "10.0.0.1:161", "job": "snmp", "severity": "critical"}
ALERT_NOTES = {"summary": "10.0.0.1:161 is down", "description": "It could not be scraped for a minute."}
ALERT = {
    "labels": ALERT_LABELS,
    "annotations": ALERT_NOTES,
    "state": "firing",
    "activeAt": SINCE_TEXT,
    "value": "0e+00",
}
BUILD = {
    "version": "3.5.0",
    "revision": "8be3a9560fbdd18a94dedec4b747c35178177202",
    "branch": "HEAD",
    "buildUser": "root@example",
    "buildDate": "20260714-16:15:23",
    "goVersion": "go1.24.5",
}
FLAGS = {"config.file": "/etc/prometheus/prometheus.yml", "web.enable-lifecycle": "true"}
CONFIGURATION = """\
global:
  scrape_interval: 15s
scrape_configs:
- job_name: node
  basic_auth:
    username: scraper
    password: <secret>
  static_configs:
  - targets:
    - 10.0.0.11:9100
"""
_EVALUATED = {"evaluationTime": 0.0004, "lastEvaluation": NOW_TEXT, "health": "ok"}
RULE_GROUPS: list[dict[str, Any]] = [
    {
        "name": "site",
        "file": "/etc/prometheus/rules/site.yml",
        "interval": 15,
        "limit": 0,
        "evaluationTime": 0.001,
        "lastEvaluation": NOW_TEXT,
        "rules": [
            {"type": "recording", "name": "job:up:sum", "query": "sum by (job) (up)", **_EVALUATED},
            {
                "type": "alerting",
                "name": "TargetDown",
                "query": "up == 0",
                "duration": 60,
                "keepFiringFor": 0,
                "state": "firing",
                "labels": {"severity": "critical"},
                "annotations": {"summary": "{{ $labels.instance }} is down", "description": ALERT_NOTES["description"]},
                "alerts": [ALERT],
                **_EVALUATED,
            },
        ],
    }
]


def runtime(*, is_configuration_loaded: bool) -> dict[str, Any]:
    return {
        "startTime": STARTED_TEXT,
        "CWD": "/prometheus",
        "hostname": "prometheus-1",
        "serverTime": NOW_TEXT,
        "reloadConfigSuccess": is_configuration_loaded,
        "lastConfigTime": STARTED_TEXT,
        "corruptionCount": 0,
        "goroutineCount": 52,
        "GOMAXPROCS": 4,
        "GOMEMLIMIT": 9_223_372_036_854_775_807,
        "GOGC": "75",
        "GODEBUG": "",
        "storageRetention": "15d",
    }


def target(job: str) -> dict[str, Any]:
    place, up = JOBS[job]
    return {
        "discoveredLabels": {"__address__": place, "__metrics_path__": "/metrics", "__scheme__": "http", "job": job},
        "labels": {"instance": place, "job": job},
        "scrapePool": job,
        "scrapeUrl": f"http://{place}/metrics",
        "globalUrl": f"http://{place}/metrics",
        "lastError": "" if up else f'Get "http://{place}/metrics": dial tcp {place}: connect: connection refused',
        "lastScrape": NOW_TEXT,
        "lastScrapeDuration": 0.0125,
        "health": "up" if up else "down",
        "scrapeInterval": "15s",
        "scrapeTimeout": "10s",
    }


def tsdb(series: list[tuple[dict[str, str], float]]) -> dict[str, Any]:
    names = sorted({labels["__name__"] for labels, _ in series})
    counted = [{"name": name, "value": sum(labels["__name__"] == name for labels, _ in series)} for name in names]
    empty = {"minTime": 9_223_372_036_854_775_807, "maxTime": -9_223_372_036_854_775_808}
    times = {"minTime": 1_795_089_600_000, "maxTime": int(NOW.timestamp() * 1000)} if series else empty
    return {
        "headStats": {"numSeries": len(series), "numLabelPairs": 3 * len(names), "chunkCount": len(series), **times},
        "seriesCountByMetricName": counted,
        "labelValueCountByLabelName": [{"name": "__name__", "value": len(names)}],
        "memoryInBytesByLabelName": [{"name": "__name__", "value": sum(map(len, names))}],
        "seriesCountByLabelValuePair": [
            {"name": f"__name__={item['name']}", "value": item["value"]} for item in counted
        ],
    }
