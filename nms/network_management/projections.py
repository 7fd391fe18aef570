"""What the events of a device, a link or a discovery run add up to: the inventory as it was at any past time.

Beside each the same is read from the tables; a test over a long history holds the two together. What no event tells
is in neither: when something was last seen, how often it did not answer, its load and memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from django.db.models import Model

from common.domain.envelope import Envelope
from common.domain.projections import Projection, State

_SAID: Final = (  # what the device said when it was discovered, under the names that events and rows share
    *("vendor", "os", "model", "serial", "role"),
    *("sys_name", "sys_object_id", "description", "contact", "location", "engine_id", "chassis_id"),
)
_WRITTEN: Final[State] = {"site": "", "tags": [], "notes": ""}  # what people add, as it is at first
_COUNTERS: Final = (
    *("addresses_total", "addresses_done", "alive", "profiled"),
    *("devices_new", "devices_changed", "devices_unchanged"),
)


def _apply_device(state: State, event: Envelope) -> State:
    data = event.data
    match event.type:
        case "device.discovered":
            return _device_discovered(data)
        case "device.status_changed":
            return {**state, "status": data["new"]}
        case "device.changed":
            changed = {change["field"]: change["new"] for change in data["changes"] if change["field"] in state}
            state = {**state, **changed}
            return {**state, "boot_time": _same_time(state["boot_time"])}
        case "device.deleted":
            return {}
    return state


def _device_discovered(data: dict[str, Any]) -> State:
    return {
        "name": data["device_name"],
        "status": data.get("status", "reachable"),
        "source": data.get("source", "snmp"),
        "gns3": data.get("gns3"),
        "management_address": data["address"] or None,
        "management_port": data["port"],
        "version": data["os_version"],
        "boot_time": _same_time(data["boot_time"]),
        "replaced_by": None,
        **{name: data[name] for name in _SAID},
        **_WRITTEN,
    }


def _device(subject: str) -> State | None:
    from nms.network_management.models import Device

    row = Device.objects.filter(pk=_id(subject)).first()
    if row is None:
        return None
    columns = ("name", "status", "source", "management_address", "management_port", "version", *_SAID, *_WRITTEN)
    return {
        **{name: getattr(row, name) for name in columns},
        "boot_time": row.boot_time.isoformat() if row.boot_time else None,
        "replaced_by": row.replaced_by_id,
        "gns3": next((node.reference for node in row.gns3_nodes.filter(last_seen__isnull=True)), None),
    }


def _apply_interfaces(state: State, event: Envelope) -> State:
    """By the interface's id: its name and both statuses, of those that are there."""
    data = event.data
    match event.type:
        case "interface.appeared":
            return {**state, **{str(row["interface_id"]): _interface(row) for row in data["interfaces"]}}
        case "interface.disappeared":
            gone = {str(row["interface_id"]) for row in data["interfaces"]}
            return {key: value for key, value in state.items() if key not in gone}
        case "interface.renamed":
            return _with(state, data["interface_id"], name=data["interface_name"])
        case "interface.status_changed":
            statuses = {"admin_status": data["new_admin_status"], "oper_status": data["new_oper_status"]}
            return _with(state, data["interface_id"], **statuses)
        case "device.deleted":
            return {}
    return state


def _interface(row: dict[str, Any]) -> State:
    return {
        "name": row["interface_name"],
        "admin_status": row["admin_status"],
        "oper_status": row["oper_status"],
    }


def _with(state: State, interface_id: int, **values: str) -> State:
    return {**state, str(interface_id): {**state[str(interface_id)], **values}}


def _interfaces(subject: str) -> State | None:
    from nms.network_management.models import Device, Interface

    if not Device.objects.filter(pk=_id(subject)).exists():
        return None
    rows = Interface.objects.filter(device_id=_id(subject), last_seen__isnull=True)
    return {
        str(row.pk): {
            "name": row.name or str(row.if_index),
            "admin_status": row.admin_status,
            "oper_status": row.oper_status,
        }
        for row in rows
    }


def _apply_link(state: State, event: Envelope) -> State:
    data = event.data
    match event.type:
        case "link.discovered" | "link.changed":
            ends = {end: {key: data[end][key] for key in ("device_id", "interface_id")} for end in "ab"}
            ports = {f"{end}_port": data[end]["interface_name"] for end in "ab"}
            return {**ends, **ports, "protocols": data["protocols"], "status": data["status"], "present": True}
        case "link.lost":
            return {**state, "status": "down", "present": False}
        case "link.removed":
            return {}
    return state


def _link(subject: str) -> State | None:
    from nms.network_management.models import Link

    row = Link.objects.filter(pk=_id(subject)).first()
    if row is None:
        return None
    return {
        "a": {"device_id": row.a_device_id, "interface_id": row.a_interface_id},
        "b": {"device_id": row.b_device_id, "interface_id": row.b_interface_id},
        "a_port": row.a_port,
        "b_port": row.b_port,
        "protocols": row.protocols,
        "status": row.status,
        "present": row.last_seen is None,
    }


def _apply_run(state: State, event: Envelope) -> State:
    data = event.data
    match event.type:
        case "discovery.started":
            counters = dict.fromkeys((*_COUNTERS, "problems"), 0) | {"addresses_total": data["addresses_total"]}
            asked = {"targets": data["targets"], "requested_by": data["requested_by"]}
            return {"state": "queued", **asked, **counters, "error": ""}
        case "discovery.progress":
            return {**state, "state": "running", "error": "", **{name: data[name] for name in (*_COUNTERS, "problems")}}
        case "discovery.finished":
            return {**state, **{name: data[name] for name in ("state", "error", *_COUNTERS, "problems")}}
    return state


def _run(subject: str) -> State | None:
    from nms.network_management.models import DiscoveryRun

    row = DiscoveryRun.objects.filter(pk=_id(subject)).first()
    if row is None:
        return None
    return {
        "state": row.state,
        "targets": [*row.spec["targets"], *row.spec["seeds"]],
        "requested_by": row.requested_by,
        **{name: getattr(row, name) for name in _COUNTERS},
        "problems": row.problem_count,
        "error": row.error,
    }


def _devices() -> Iterator[str]:
    from nms.network_management.models import Device

    return _subjects("device", Device)


def _links() -> Iterator[str]:
    from nms.network_management.models import Link

    return _subjects("link", Link)


def _runs() -> Iterator[str]:
    from nms.network_management.models import DiscoveryRun

    return _subjects("discovery_run", DiscoveryRun)


def _subjects(kind: str, model: type[Model]) -> Iterator[str]:
    keys = model._default_manager.order_by("pk").values_list("pk", flat=True)
    return (f"{kind}:{key}" for key in keys.iterator())


def _id(subject: str) -> int:
    """Of device:7 the 7; 0, which nothing has, where it is no number."""
    text = subject.partition(":")[2]
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _same_time(text: str | None) -> str | None:
    """One spelling for a time, whoever wrote it down."""
    return datetime.fromisoformat(text).isoformat() if text else None


PROJECTIONS: Final = (
    Projection(
        name="device",
        description="A device: whether it answers and where, what it is and says, what people wrote of it.",
        kind="device",
        topics=("device.*",),
        initial={},
        apply=_apply_device,
        current=_device,
        existing=_devices,
    ),
    Projection(
        name="interfaces",
        description="The interfaces that a device has, by id: name, ifAdminStatus, ifOperStatus.",
        kind="device",
        topics=("interface.*", "device.deleted"),
        initial={},
        apply=_apply_interfaces,
        current=_interfaces,
        existing=_devices,
    ),
    Projection(
        name="link",
        description="A link: its ends, its status, and whether anything vouches for it.",
        kind="link",
        topics=("link.*",),
        initial={},
        apply=_apply_link,
        current=_link,
        existing=_links,
    ),
    Projection(
        name="discovery_run",
        description="A discovery run: how far it came, what it found, how it ended.",
        kind="discovery_run",
        topics=("discovery.*",),
        initial={},
        apply=_apply_run,
        current=_run,
        existing=_runs,
    ),
)
