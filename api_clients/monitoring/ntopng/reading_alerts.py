"""Alerts, checks and constants of ntopng become values. What it writes for its own pages loses its HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any, cast

from api_clients.monitoring.ntopng.reading import moment, table
from api_clients.monitoring.ntopng.values import (
    AlertCounter,
    AlertPage,
    AlertType,
    Check,
    L4Protocol,
    L7Application,
    L7Category,
    NtopngAlert,
    Severity,
    SyslogProducer,
    User,
)

# scripts/lua/modules/alert_severities.lua
SEVERITIES = ("", "debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")
SUBJECTS = ("ip", "network", "alias", "address", "user", "subtype", "name")  # of a host, a network, a MAC, ...
DETAILS = ("cli_ip", "srv_ip", "cli_port", "srv_port", "proto", "info", "vlan_id", "community_id")
TAG = re.compile(r"<[^>]*>")


def plain(text: Any) -> str:
    """Return a text without tags, entities and runs of blanks."""
    if not isinstance(text, str):
        return "" if text is None else str(text)
    return " ".join(html.unescape(TAG.sub(" ", text)).split())


def alert_page(document: Mapping[str, Any]) -> AlertPage:
    """Read a list of alerts; its totals stand beside the rsp, and are texts in some versions."""
    rsp = document["rsp"]
    records = rsp["records"] if isinstance(rsp, Mapping) else rsp
    alerts = tuple(_alert(record) for record in records)
    return AlertPage(alerts, int(document.get("recordsFiltered", len(alerts))))


def alert_counters(rsp: list[Mapping[str, Any]]) -> tuple[AlertCounter, ...]:
    return tuple(
        AlertCounter(
            name=plain(item["name"]),
            entity=plain(item.get("entity_label", item.get("entity_id"))),
            count=int(item["count"]),
            alert_id=None if item.get("alert_id") is None else int(item["alert_id"]),
        )
        for item in rsp
    )


def alert_types(rsp: list[Mapping[str, Any]]) -> tuple[AlertType, ...]:
    return tuple(AlertType(int(item["key"]), str(item["type"])) for item in rsp)


def checks(rsp: Mapping[str, Any]) -> tuple[Check, ...]:
    """Read the checks of the first set of settings; newer versions have no other."""
    (first, *_) = rsp.values()
    return tuple(
        Check(str(family), str(name), any(bool(way.get("enabled")) for way in ways.values()), ways)
        for family, named in table(first["config"]).items()
        for name, ways in table(named).items()
    )


def l4_protocols(rsp: list[Mapping[str, Any]]) -> tuple[L4Protocol, ...]:
    return tuple(L4Protocol(int(item["id"]), str(item["name"]), str(item.get("other", ""))) for item in rsp)


def l7_applications(rsp: list[Mapping[str, Any]]) -> tuple[L7Application, ...]:
    return tuple(L7Application(int(item["appl_id"]), str(item["name"]), int(item["cat_id"])) for item in rsp)


def l7_categories(rsp: list[Mapping[str, Any]]) -> tuple[L7Category, ...]:
    return tuple(
        L7Category(
            int(item["cat_id"]), str(item["name"]), {int(app["id"]): str(app["name"]) for app in item["app_list"]}
        )
        for item in rsp
    )


def users(rsp: Mapping[str, Any]) -> tuple[User, ...]:
    return tuple(
        User(
            name=str(name),
            full_name=str(item.get("full_name", "")),
            group=str(item["group"]),
            allowed_networks=tuple(filter(None, str(item.get("allowed_nets", "")).split(","))),
            allowed_interface=str(item.get("allowed_ifname", "")),
        )
        for name, item in table(rsp).items()
    )


def syslog_producers(rsp: list[Mapping[str, Any]]) -> tuple[SyslogProducer, ...]:
    return tuple(SyslogProducer(str(item["value"]), str(item["title"])) for item in rsp)


def _alert(record: Mapping[str, Any]) -> NtopngAlert:
    message = table(record.get("msg"))
    description = record.get("description")
    if isinstance(description, Mapping):  # of a flow; of a network or an interface it stands in msg
        description = description.get("descr")
    return NtopngAlert(
        id=str(record["row_id"]) if record.get("row_id") is not None else "",
        family=str(record.get("family", "")),
        name=plain(record.get("alert_name") or message.get("name") or _label(record["alert_id"])),
        severity=_severity(record["severity"]),
        score=int(_value(record.get("score", 0))),
        category=plain(table(record.get("alert_category")).get("label")),
        description=plain(description) or plain(message.get("description")),
        subject=_subject(record),
        application=plain(table(record.get("l7_proto")).get("l7_label")),
        count=int(record.get("count") or 1),
        started_at=moment(_value(record["tstamp"])),
        duration_seconds=int(_value(record.get("duration", 0)) or 0),
        details={name: _text(record[name]) for name in DETAILS if _text(record.get(name))},
    )


def _severity(value: Any) -> Severity:
    number = int(_value(value))
    if not 1 <= number < len(SEVERITIES):
        raise ValueError("no severity of an alert")
    return cast("Severity", SEVERITIES[number])


def _subject(record: Mapping[str, Any]) -> str:
    if "cli_ip" in record and "srv_ip" in record:
        return f"{_text(record['cli_ip'])} -> {_text(record['srv_ip'])}"
    return next(filter(None, (_text(record.get(name)) for name in SUBJECTS)), "")


def _value(item: Any) -> Any:
    """A field is a value, or a table of the value and how the page shows it."""
    return item["value"] if isinstance(item, Mapping) else item


def _label(item: Any) -> Any:
    return item.get("label") if isinstance(item, Mapping) else item


def _text(item: Any) -> str:
    value = _value(item) if not isinstance(item, Mapping) or "value" in item else item.get("label")
    return plain(value) if value not in (0, "0") else ""
