"""Netdata's documents, of v1, v2 and v3, become values. Extra fields are left alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar, cast, get_args

from api_clients.monitoring.netdata.texts import moment, number, text, truth, unescaped, whole
from api_clients.monitoring.netdata.values import (
    Alarm,
    AlarmCounts,
    AlarmEvent,
    AlarmStatus,
    Chart,
    ChartData,
    Context,
    DataRow,
    Metric,
    Node,
    NodeAlert,
    NodeInfo,
)

T = TypeVar("T")
STATUSES = frozenset(get_args(AlarmStatus))
ALARM_LABELS = ("class", "component", "type", "context")


@dataclass(frozen=True, slots=True)
class in_plain_text(Generic[T]):  # noqa: N801 # reads as a function where it is used; a class, so that two of one shape are equal
    """Let `shape` see the document without HTML entities."""

    shape: Callable[[Any], T]

    def __call__(self, document: Any) -> T:
        return self.shape(unescaped(document))


def info(document: Mapping[str, Any]) -> NodeInfo:
    counts = document["alarms"]
    return NodeInfo(
        version=str(document["version"]),
        uid=str(document["uid"]),
        hosts=tuple(str(host) for host in document["mirrored_hosts"]),
        alarms=AlarmCounts(int(counts["normal"]), int(counts["warning"]), int(counts["critical"])),
        os_name=text(document.get("os_name")),
        os_version=text(document.get("os_version")),
        kernel_name=text(document.get("kernel_name")),
        kernel_version=text(document.get("kernel_version")),
        architecture=text(document.get("architecture")),
        virtualization=text(document.get("virtualization")),
        cores=whole(document.get("cores_total")),
        cpu_hz=whole(document.get("cpu_freq")),
        ram_bytes=whole(document.get("ram_total")),
        disk_bytes=whole(document.get("total_disk_space")),
        labels=_texts(document.get("host_labels") or document.get("labels")),
        collectors=tuple(_collector(item) for item in document.get("collectors") or ()),
    )


def charts(document: Mapping[str, Any]) -> tuple[Chart, ...]:
    return tuple(chart(item) for item in document["charts"].values())


def chart(document: Mapping[str, Any]) -> Chart:
    return Chart(
        id=str(document["id"]),
        name=text(document.get("name")),
        context=text(document.get("context")),
        family=text(document.get("family")),
        title=text(document.get("title")),
        units=str(document["units"]),
        chart_type=text(document.get("chart_type")),
        plugin=text(document.get("plugin")),
        module=text(document.get("module")),
        priority=whole(document.get("priority")) or 0,
        update_every_seconds=int(document["update_every"]),
        first_entry=moment(document.get("first_entry")),
        last_entry=moment(document.get("last_entry")),
        dimensions={str(name): str(item["name"]) for name, item in document["dimensions"].items()},
        labels=_texts(document.get("chart_labels")),
        alarms=tuple(document.get("alarms") or ()),
    )


def data(document: Mapping[str, Any]) -> ChartData:
    """Read the table, in its wrap of statistics or without (jsonwrap). A row that is short of a value is refused."""
    table = document.get("result", document)
    labels = tuple(str(label) for label in table["labels"])
    rows = tuple(DataRow(_time(row[0]), tuple(number(value) for value in row[1:])) for row in table["data"])
    if labels[:1] != ("time",) or any(len(row.values) != len(labels) - 1 for row in rows):
        raise ValueError("a row does not fit the labels")
    return ChartData(labels[1:], rows)


def alarms(document: Mapping[str, Any]) -> tuple[Alarm, ...]:
    return tuple(_alarm(item) for item in document["alarms"].values())


def alarm_log(document: list[Mapping[str, Any]]) -> tuple[AlarmEvent, ...]:
    return tuple(_event(item) for item in document)


def contexts(document: Mapping[str, Any]) -> tuple[Context, ...]:
    """Read the contexts of any version: what v1 calls first_time_t and collected, v2 calls first_entry and live."""
    return tuple(_context(str(name), item) for name, item in document["contexts"].items())


def nodes(document: Mapping[str, Any]) -> tuple[Node, ...]:
    return tuple(_node(item) for item in document["nodes"])


def mirrored_hosts(document: Mapping[str, Any]) -> tuple[Node, ...]:
    """Read the nodes of a server that knows v1 alone from its info."""
    return tuple(
        Node(
            machine_guid=str(item["guid"]),
            node_id=text(item.get("node_id")),
            name=text(item.get("hostname")),
            version="",
            hops=whole(item.get("hops")) or 0,
            state="reachable" if truth(item["reachable"]) else "offline",
        )
        for item in document["mirrored_hosts_status"]
    )


def node_alerts(document: Mapping[str, Any]) -> tuple[NodeAlert, ...]:
    names = {int(item["ni"]): text(item.get("nm")) for item in document["nodes"]}
    return tuple(_node_alert(item, names) for item in document["alert_instances"])


def alerts_of_alarms(document: Mapping[str, Any]) -> tuple[NodeAlert, ...]:
    """Make of the alarms of v1 what v2 and v3 call alerts: all of the one node that answered."""
    host = str(document["hostname"])
    return tuple(
        NodeAlert(
            node=host,
            name=item.name,
            chart=item.chart,
            context=item.labels.get("context", ""),
            status=item.status,
            value=item.value,
            units=item.units,
            summary=item.summary,
            info=item.info,
            recipient=item.recipient,
            changed_at=item.changed_at,
        )
        for item in alarms(document)
    )


def metrics(document: Mapping[str, Any]) -> tuple[Metric, ...]:
    return tuple(
        Metric(
            chart=str(name),
            context=text(item.get("context")),
            family=text(item.get("family")),
            units=text(item.get("units")),
            updated_at=moment(item.get("last_updated")),
            values={str(key): number(dimension["value"]) for key, dimension in item["dimensions"].items()},
        )
        for name, item in document.items()
    )


def _time(value: Any) -> datetime:
    return datetime.fromtimestamp(float(value), tz=UTC)


def _status(value: Any) -> AlarmStatus:
    if value not in STATUSES:
        raise ValueError("no status of an alarm")
    return cast("AlarmStatus", value)


def _alarm(item: Mapping[str, Any]) -> Alarm:
    return Alarm(
        id=int(item["id"]),
        name=str(item["name"]),
        chart=str(item["chart"]),
        family=text(item.get("family")),
        status=_status(item["status"]),
        value=number(item.get("value")),
        value_text=text(item.get("value_string")),
        units=text(item.get("units")),
        summary=text(item.get("summary")),
        info=text(item.get("info")),
        warn=text(item.get("warn")),
        crit=text(item.get("crit")),
        recipient=text(item.get("recipient")),
        source=text(item.get("source")),
        is_active=truth(item.get("active")),
        is_disabled=truth(item.get("disabled")),
        is_silenced=truth(item.get("silenced")),
        changed_at=moment(item.get("last_status_change")),
        updated_at=moment(item.get("last_updated")),
        labels={name: text(item[name]) for name in ALARM_LABELS if item.get(name)},
    )


def _event(item: Mapping[str, Any]) -> AlarmEvent:
    return AlarmEvent(
        id=int(item["unique_id"]),
        alarm_id=int(item["alarm_id"]),
        host=text(item.get("hostname")),
        name=str(item["name"]),
        chart=str(item["chart"]),
        family=text(item.get("family")),
        status=_status(item["status"]),
        old_status=_status(item["old_status"]),
        value=number(item.get("value")),
        old_value=number(item.get("old_value")),
        value_text=text(item.get("value_string")),
        info=text(item.get("info")),
        recipient=text(item.get("recipient")),
        is_silenced=truth(item.get("silenced")),
        at=moment(item["when"]),
        duration_seconds=whole(item.get("duration")) or 0,
    )


def _context(name: str, item: Mapping[str, Any]) -> Context:
    return Context(
        id=name,
        family=text(item.get("family")),
        title=text(item.get("title")),
        units=text(item.get("units")),
        chart_type=text(item.get("chart_type")),
        priority=whole(item.get("priority")) or 0,
        first_entry=moment(item.get("first_entry", item.get("first_time_t"))),
        last_entry=moment(item.get("last_entry", item.get("last_time_t"))),
        is_live=truth(item.get("live", item.get("collected"))),
    )


def _node(item: Mapping[str, Any]) -> Node:
    return Node(
        machine_guid=text(item.get("mg")),
        node_id=text(item.get("nd")),
        name=text(item.get("nm")),
        version=text(item.get("version", item.get("v"))),
        hops=whole(item.get("hops")) or 0,
        state=text(item.get("state", "reachable")),
    )


def _node_alert(item: Mapping[str, Any], names: Mapping[int, str]) -> NodeAlert:
    return NodeAlert(
        node=names[int(item["ni"])],
        name=str(item["nm"]),
        chart=str(item["ch"]),
        context=text(item.get("ctx")),
        status=_status(item["st"]),
        value=number(item.get("v", item.get("tr_v"))),
        units=text(item.get("units")),
        summary=text(item.get("sum")),
        info=text(item.get("info")),
        recipient=text(item.get("to")),
        changed_at=moment(item.get("tr_t")),
    )


def _collector(item: Mapping[str, Any]) -> str:
    return ":".join(filter(None, (text(item.get("plugin")), text(item.get("module")))))


def _texts(labels: Mapping[str, Any] | None) -> dict[str, str]:
    return {str(name): text(value) for name, value in (labels or {}).items()}
