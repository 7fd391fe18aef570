"""What the simulated Kibana holds: documents as it answers them, space by space."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
STARTED = "2026-01-01T12:00:00.000Z"


@dataclass
class Contents:
    """What one space holds; saved objects by type and id."""

    space: str
    objects: dict[tuple[str, str], Document] = field(default_factory=dict)
    views: dict[str, Document] = field(default_factory=dict)
    rules: dict[str, Document] = field(default_factory=dict)


@dataclass
class State:
    spaces: dict[str, Document] = field(default_factory=dict)
    held: dict[str, Contents] = field(default_factory=dict)
    last_number: int = 100

    def contents(self, space: str) -> Contents:
        return self.held.setdefault(space, Contents(space))

    def next_id(self) -> str:
        self.last_number += 1
        return f"made-{self.last_number:06d}"


def empty_state() -> State:
    state = State()
    state.spaces["default"] = {**space("default", "Default", "This is your default space!"), "_reserved": True}
    return state


def company() -> State:
    """Two spaces, two dashboards, a visualisation, two rules of which one is active."""
    state = empty_state()
    state.spaces["operations"] = space("operations", "Operations", "Who keeps it running")
    held = state.contents("default")
    view = {"type": "index-pattern", "id": "logs", "name": "kibanaSavedObjectMeta.searchSourceJSON.index"}
    for one in (
        saved_object(
            "dashboard", "network-overview", {"title": "Network overview", "description": "All sites"}, [view]
        ),
        saved_object("dashboard", "hosts", {"title": "Hosts", "description": ""}),
        saved_object("lens", "traffic", {"title": "Network traffic", "visualizationType": "lnsXY"}, [view]),
        saved_object("index-pattern", "logs", {"title": "logs-*", "name": "Logs", "timeFieldName": "@timestamp"}),
    ):
        held.objects[one["type"], one["id"]] = one
    held.views["logs"] = data_view("logs", {"title": "logs-*", "name": "Logs", "timeFieldName": "@timestamp"})
    held.rules["disk-fills"] = rule("disk-fills", "Disk fills up", active=2)
    held.rules["logs-stop"] = rule("logs-stop", "Logs stop", active=0)
    inside = state.contents("operations")
    shift = saved_object("dashboard", "shift", {"title": "Shift", "description": ""}, spaces=["operations"])
    inside.objects["dashboard", "shift"] = shift
    return state


def space(uid: str, name: str, description: str, disabled: list[str] | None = None) -> Document:
    return {
        "id": uid,
        "name": name,
        "description": description,
        "initials": name[:2],
        "color": "#aabbcc",
        "disabledFeatures": disabled or [],
        "imageUrl": "",
    }


def saved_object(
    kind: str,
    uid: str,
    attributes: Document,
    references: list[Document] | None = None,
    *,
    spaces: list[str] | None = None,
    revision: int = 1,
) -> Document:
    return {
        "id": uid,
        "type": kind,
        "attributes": attributes,
        "references": references or [],
        "namespaces": spaces or ["default"],
        "managed": False,
        "created_at": STARTED,
        "updated_at": STARTED,
        "version": f"WzE{revision:03d}LDFd",
        "coreMigrationVersion": "8.8.0",
    }


def data_view(uid: str, said: Document) -> Document:
    more = {"version": "WzE2LDFd", "sourceFilters": [], "fields": {}, "typeMeta": {}, "fieldFormats": {}}
    return {**more, **said, "id": uid, "runtimeFieldMap": {}, "fieldAttrs": {}, "allowNoIndex": False}


def rule(uid: str, name: str, *, active: int) -> Document:
    status = {"status": "active" if active else "ok", "last_execution_date": STARTED, "last_duration": 112}
    counts = {"active": active, "new": 0, "recovered": 0, "ignored": 0}
    return {
        "id": uid,
        "name": name,
        "tags": ["nms", "severity:high"],
        "enabled": True,
        "consumer": "alerts",
        "rule_type_id": ".index-threshold",
        "schedule": {"interval": "1m"},
        "params": {"index": ["logs-*"], "timeField": "@timestamp", "threshold": [10]},
        "actions": [],
        "created_by": "ada",
        "updated_by": "ada",
        "created_at": STARTED,
        "updated_at": STARTED,
        "api_key_owner": "ada",
        "api_key_created_by_user": False,
        "throttle": None,
        "notify_when": None,
        "mute_all": False,
        "muted_alert_ids": [],
        "scheduled_task_id": uid,
        "revision": 0,
        "running": False,
        "execution_status": status,
        "last_run": {"outcome": "succeeded", "outcome_msg": None, "warning": None, "alerts_count": counts},
        "next_run": "2026-01-01T12:01:00.000Z",
    }
