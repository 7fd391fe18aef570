"""Answers like a Netdata whose time stands still: one machine with a busy processor and a disk that fills up.

Paths and shapes are those of v1, v2 and v3; `versions=("v1",)` is a server as old as Debian's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from api_clients.simulation import Answer, HttpSimulator, Received, json_answer

Routes = Mapping[str, Callable[[Mapping[str, list[str]]], Answer]]
NOW = 1_763_700_000
GUID = "29902206-e590-11f1-8e71-02fc00000001"
NODE_ID = "5f3c1a52-1111-4222-8333-944455566677"
HOST = "gateway-1"

# Chart: family, context, title, units, and its dimensions with their names and last values.
CHARTS: dict[str, tuple[str, str, str, str, dict[str, tuple[str, float]]]] = {
    "system.cpu": (
        "cpu",
        "system.cpu",
        "Total CPU utilization",
        "percentage",
        {"user": ("user", 21.5), "system": ("system", 8.25), "iowait": ("iowait", 1.0), "idle": ("idle", 69.25)},
    ),
    "system.load": (
        "load",
        "system.load",
        "System Load Average",
        "load",
        {"load1": ("load1", 1.25), "load5": ("load5", 1.5), "load15": ("load15", 0.75)},
    ),
    "system.ram": (
        "ram",
        "system.ram",
        "System RAM",
        "MiB",
        {
            "free": ("free", 1024.0),
            "used": ("used", 2048.0),
            "cached": ("cached", 896.0),
            "buffers": ("buffers", 128.0),
        },
    ),
    "mem.available": ("system", "mem.available", "Available RAM", "MiB", {"MemAvailable": ("avail", 1536.0)}),
    "disk_space._": (
        "/",
        "disk.space",
        "Disk Space Usage",
        "GiB",
        {
            "avail": ("avail", 4.0),
            "used": ("used", 36.0),
            "reserved_for_root": ("reserved for root", 2.0),
        },
    ),
}
# Alarm: its chart, status, value, units, condition, information.
ALARMS: dict[str, tuple[str, str, float, str, str, str]] = {
    "disk_space_usage": ("disk_space._", "WARNING", 90.0, "%", "$this > 80", "disk / space utilization"),
    "10min_cpu_usage": ("system.cpu", "CLEAR", 30.75, "%", "$this > 85", "average CPU utilization over 10 minutes"),
}


class NetdataSimulator(HttpSimulator):
    def __init__(
        self,
        *,
        authorization: str = "",
        versions: tuple[str, ...] = ("v1", "v2", "v3"),
        log: bool = True,
        version: str = "v2.2.6",
    ) -> None:
        """`authorization` is the header that a proxy before it wants, where one does; `log` False empties the log."""
        super().__init__()
        self.authorization = authorization
        self.versions = versions
        self.version = version
        self.has_log = log

    def admits(self, received: Received) -> bool:
        return not self.authorization or received.headers.get("authorization") == self.authorization

    def answer(self, received: Received) -> Answer:
        path = received.path.removeprefix(f"/host/{HOST}")
        version, _, name = path.removeprefix("/api/").partition("/")
        if path.startswith("/host/"):
            return _plain("This netdata does not maintain a database for host: " + path.split("/")[2], 404)
        if not path.startswith("/api/") or version not in self.versions:
            return _plain(f"Unsupported API version: {version}", 404)
        routes = self._first() if version == "v1" else self._newer(int(version[1:]))
        if name not in routes:
            return _plain("Unsupported API command: " + name, 404)
        return routes[name](received.params)

    def _first(self) -> Routes:
        return {
            "info": lambda params: _json(self._info()),
            "charts": lambda params: _json(self._charts()),
            "chart": self._chart,
            "data": self._data,
            "alarms": self._alarms,
            "alarm_log": self._alarm_log,
            "contexts": lambda params: _json({"hostname": HOST, "machine_guid": GUID, "contexts": _contexts("v1")}),
            "allmetrics": self._metrics,
        }

    def _newer(self, api: int) -> Routes:
        agent = {"mg": GUID, "nd": NODE_ID, "nm": HOST, "now": NOW, "ai": 0}
        node = {"mg": GUID, "nd": NODE_ID, "nm": HOST, "ni": 0, "st": {"ai": 0, "code": 200, "msg": ""}}
        head = {"api": api, "agents": [agent]}
        described = {**node, "version": self.version, "hops": 0, "state": "reachable"}
        return {
            "contexts": lambda params: _json({**head, "contexts": _contexts("v2")}),
            "nodes": lambda params: _json({**head, "nodes": [described]}),
            "alerts": lambda params: _json({**head, "nodes": [node], "alerts": [], "alert_instances": _instances()}),
        }

    def _info(self) -> dict[str, Any]:
        statuses = [status for _, status, *_ in ALARMS.values()]
        return {
            "version": self.version,
            "uid": GUID,
            "mirrored_hosts": [HOST],
            "mirrored_hosts_status": [
                {"guid": GUID, "hostname": HOST, "reachable": True, "hops": 0, "claim_id": None, "node_id": None}
            ],
            "alarms": {
                "normal": statuses.count("CLEAR"),
                "warning": statuses.count("WARNING"),
                "critical": statuses.count("CRITICAL"),
            },
            "os_name": "Debian GNU/Linux",
            "os_version": "12 (bookworm)",
            "cores_total": "4",
            "total_disk_space": "42949672960",
            "cpu_freq": "2400000000",
            "ram_total": "4294967296",
            "kernel_name": "Linux",
            "kernel_version": "6.1.0-18-amd64",
            "architecture": "x86_64",
            "virtualization": "none",
            "host_labels": {"_is_parent": "false", "site": "north &amp; west"},
            "collectors": [{"plugin": "proc.plugin", "module": "/proc/stat"}],
        }

    def _charts(self) -> dict[str, Any]:
        return {
            "hostname": HOST,
            "version": self.version,
            "os": "linux",
            "update_every": 1,
            "charts": {name: _chart(name) for name in CHARTS},
            "charts_count": len(CHARTS),
        }

    def _chart(self, params: Mapping[str, list[str]]) -> Answer:
        name = _one(params, "chart")
        return _json(_chart(name)) if name in CHARTS else _plain(f"Chart is not found: {name}", 404)

    def _data(self, params: Mapping[str, list[str]]) -> Answer:
        chart = CHARTS.get(_one(params, "chart"))
        wanted = params.get("dimension", [])
        shown = {
            name: value
            for key, (name, value) in (chart[4].items() if chart else ())
            if key != "idle" and (not wanted or key in wanted or name in wanted)
        }
        if not shown:
            return _plain("No metrics where matched to query.", 404)
        after, before = int(_one(params, "after") or -600), int(_one(params, "before") or 0)
        until = before if before > 0 else NOW + before
        seconds = -after if after < 0 else until - after
        points = int(_one(params, "points") or 0) or seconds
        step = max(1, seconds // points)
        rows = [[until - index * step, *shown.values()] for index in range(min(points, seconds, 3600))]
        table = {"labels": ["time", *shown], "data": rows}
        if "jsonwrap" not in _one(params, "options"):
            return _json(table)
        return _json({"api": 1, "id": _one(params, "chart"), "format": "json", "points": len(rows), "result": table})

    def _alarms(self, params: Mapping[str, list[str]]) -> Answer:
        everything = "all" in params
        shown = {f"{ALARMS[name][0]}.{name}": _alarm(name) for name in ALARMS}
        raised = {
            key: alarm for key, alarm in shown.items() if everything or alarm["status"] in ("WARNING", "CRITICAL")
        }
        return _json({"hostname": HOST, "latest_alarm_log_unique_id": 2, "status": True, "now": NOW, "alarms": raised})

    def _alarm_log(self, params: Mapping[str, list[str]]) -> Answer:
        after = int(_one(params, "after") or 0)
        events = [_event(2, "CLEAR", "WARNING"), _event(1, "UNINITIALIZED", "CLEAR")] if self.has_log else []
        return _json([event for event in events if event["unique_id"] > after])

    def _metrics(self, params: Mapping[str, list[str]]) -> Answer:
        patterns = (_one(params, "filter") or "*").split()
        return _json({name: _metric(name) for name in CHARTS if any(_matches(name, pattern) for pattern in patterns)})


def _chart(name: str) -> dict[str, Any]:
    family, context, title, units, dimensions = CHARTS[name]
    return {
        "id": name,
        "name": name,
        "type": name.partition(".")[0],
        "family": family,
        "context": context,
        "title": f"{title} ({name})",
        "priority": 100,
        "plugin": "proc.plugin",
        "module": "/proc/stat",
        "units": units,
        "data_url": f"/api/v1/data?chart={name}",
        "chart_type": "stacked",
        "duration": 3600,
        "first_entry": NOW - 3600,
        "last_entry": NOW,
        "update_every": 1,
        "dimensions": {key: {"name": label} for key, (label, _) in dimensions.items() if key != "idle"},
        "green": None,
        "red": None,
        "alarms": {alarm: {"status": parts[1]} for alarm, parts in ALARMS.items() if parts[0] == name},
        "chart_labels": {"_collect_plugin": "proc.plugin"},
    }


def _alarm(name: str) -> dict[str, Any]:
    chart, status, value, units, condition, information = ALARMS[name]
    return {
        "id": 1 + list(ALARMS).index(name),
        "name": name,
        "chart": chart,
        "family": CHARTS[chart][0],
        "class": "Utilization",
        "component": "Disk",
        "type": "System",
        "active": True,
        "disabled": False,
        "silenced": False,
        "exec": "/usr/libexec/netdata/plugins.d/alarm-notify.sh",
        "recipient": "sysadmin",
        "source": "12@/usr/lib/netdata/conf.d/health.d/disks.conf",
        "units": units,
        "info": information,
        "status": status,
        "last_status_change": NOW - 900,
        "last_updated": NOW - 5,
        "next_update": NOW + 55,
        "update_every": 60,
        "value_string": f"{value:g}{units}",
        "warn": condition.replace(">", "&gt;"),
        "value": value,
    }


def _event(number: int, old: str, new: str) -> dict[str, Any]:
    chart, _, value, units, _, information = ALARMS["disk_space_usage"]
    return {
        "hostname": HOST,
        "unique_id": number,
        "alarm_id": 1,
        "alarm_event_id": number,
        "name": "disk_space_usage",
        "chart": chart,
        "family": CHARTS[chart][0],
        "processed": True,
        "updated": number == 1,
        "recipient": "sysadmin",
        "units": units,
        "when": NOW - 1000 + 100 * number,
        "duration": 100,
        "non_clear_duration": 0,
        "status": new,
        "old_status": old,
        "value_string": f"{value:g}{units}",
        "silenced": "false",
        "info": information,
        "value": value,
        "old_value": None,
    }


def _instances() -> list[dict[str, Any]]:
    raised = [name for name, parts in ALARMS.items() if parts[1] in ("WARNING", "CRITICAL")]
    return [
        {
            "ni": 0,
            "nm": name,
            "ch": ALARMS[name][0],
            "ch_n": ALARMS[name][0],
            "ati": index,
            "units": ALARMS[name][3],
            "info": ALARMS[name][5],
            "sum": "Disk / space usage",
            "ctx": CHARTS[ALARMS[name][0]][1],
            "st": ALARMS[name][1],
            "tr_v": ALARMS[name][2],
            "tr_t": NOW - 900,
            "to": "sysadmin",
            "v": ALARMS[name][2],
            "t": NOW - 5,
        }
        for index, name in enumerate(raised)
    ]


def _contexts(api: str) -> dict[str, dict[str, Any]]:
    first, last, live = (
        ("first_time_t", "last_time_t", "collected") if api == "v1" else ("first_entry", "last_entry", "live")
    )
    return {
        context: {
            "title": title,
            "units": units,
            "family": family,
            "chart_type": "stacked",
            "priority": 100,
            first: NOW - 3600,
            last: NOW,
            live: True,
        }
        for family, context, title, units, _ in CHARTS.values()
    }


def _metric(name: str) -> dict[str, Any]:
    family, context, _, units, dimensions = CHARTS[name]
    return {
        "name": name,
        "family": family,
        "context": context,
        "units": units,
        "last_updated": NOW,
        "dimensions": {key: {"name": label, "value": value} for key, (label, value) in dimensions.items()},
    }


def _matches(name: str, pattern: str) -> bool:
    return name == pattern or (pattern.endswith("*") and name.startswith(pattern[:-1]))


def _one(params: Mapping[str, list[str]], name: str) -> str:
    return params.get(name, [""])[0]


def _json(document: Any) -> Answer:
    return json_answer(document)


def _plain(words: str, status: int) -> Answer:
    return Answer(status, words.encode(), {"Content-Type": "text/plain; charset=utf-8"})


def make_simulator() -> NetdataSimulator:
    return NetdataSimulator()
