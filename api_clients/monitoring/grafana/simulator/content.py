"""A small company's Grafana: two folders, three dashboards, an interface that is down."""

from __future__ import annotations

from typing import Any

from api_clients.monitoring.grafana.simulator.state import STARTED, Document, State

SILENCE = "3f0a4f3e-7c39-4b52-9f0a-5d1f5b6a7c01"
STARTED_MILLISECONDS = 1_767_268_800_000


def empty_state() -> State:
    """A Grafana that was just installed: an organisation and its administrator."""
    state = State()
    state.organisations[1] = {"id": 1, "name": "Main Org."}
    state.users[1] = user(1, "admin", "", "Admin", is_admin=True)
    return state


def company() -> State:
    state = empty_state()
    state.organisations[2] = {"id": 2, "name": "Laboratory"}
    state.users[2] = user(2, "ada", "Ada Byron", "Viewer")
    state.accounts[7] = account(7, "nms", "Admin", tokens=1)
    state.tokens[7] = {1: token(1, "first", None)}
    for uid, title in (("network", "Network"), ("servers", "Servers")):
        state.folders[uid] = folder(state.next_number(), uid, title)
    for uid, title, folder_uid in (
        ("network-overview", "Network overview", "network"),
        ("edge", "Network edge", "network"),
        ("hosts", "Hosts", "servers"),
    ):
        model = {"title": title, "tags": [folder_uid], "panels": [], "schemaVersion": 39}
        state.dashboards[uid] = dashboard(state.next_number(), uid, model, folder_uid, version=3)
    state.datasources["prometheus"] = datasource(
        1, "prometheus", "Prometheus", "http://127.0.0.1:9090", is_default=True
    )
    state.datasources["loki"] = datasource(2, "loki", "Loki", "http://127.0.0.1:3100", is_default=False)
    state.annotations[1] = annotation(1, "Core switch replaced", ["maintenance", "core"])
    state.rules["interface-down"] = rule(1, "interface-down", "Interface is down", "critical")
    state.rules["disk-fills"] = rule(2, "disk-fills", "Disk fills up", "warning")
    state.alerts.append(alert("Interface is down", "critical", "core-1:161", "8c3a5e0b7f2d4a19"))
    state.alerts.append(alert("Disk fills up", "warning", "files-1:9100", "1f0e9d8c7b6a5948"))
    state.silences[SILENCE] = silence(SILENCE, [matcher("alertname", "Disk fills up")])
    state.contact_points["operators-mail"] = contact_point(
        "operators-mail", "operators", "email", {"addresses": "noc@example.org", "singleEmail": False}
    )
    return state


def folder(number: int, uid: str, title: str, parent_uid: str = "") -> Document:
    return {
        "id": number,
        "uid": uid,
        "orgId": 1,
        "title": title,
        "url": f"/dashboards/f/{uid}/{title.lower().replace(' ', '-')}",
        "hasAcl": False,
        "canSave": True,
        "canEdit": True,
        "canAdmin": True,
        "canDelete": True,
        "createdBy": "admin",
        "created": STARTED,
        "updatedBy": "admin",
        "updated": STARTED,
        "version": 1,
        **({"parentUid": parent_uid} if parent_uid else {}),
    }


def dashboard(number: int, uid: str, model: Document, folder_uid: str, *, version: int) -> Document:
    """The model with what Grafana puts into it, and the folder's uid beside it."""
    return {"folder_uid": folder_uid, "model": {**model, "id": number, "uid": uid, "version": version}}


def datasource(number: int, uid: str, name: str, url: str, *, is_default: bool) -> Document:
    return {
        "id": number,
        "uid": uid,
        "orgId": 1,
        "name": name,
        "type": uid,
        "typeName": name,
        "typeLogoUrl": f"public/app/plugins/datasource/{uid}/img/logo.svg",
        "access": "proxy",
        "url": url,
        "user": "",
        "database": "",
        "basicAuth": False,
        "isDefault": is_default,
        "jsonData": {"httpMethod": "POST"},
        "readOnly": False,
    }


def annotation(number: int, text: str, tags: list[str], time: int = STARTED_MILLISECONDS, **more: Any) -> Document:
    return {
        "id": number,
        "alertId": 0,
        "alertName": "",
        "dashboardId": 0,
        "dashboardUID": "",
        "panelId": 0,
        "userId": 1,
        "login": "admin",
        "email": "",
        "avatarUrl": "/avatar/46d229b033af06a191ff2267bca9ae56",
        "newState": "",
        "prevState": "",
        "created": time,
        "updated": time,
        "time": time,
        "timeEnd": time,
        "text": text,
        "tags": tags,
        "data": {},
        **more,
    }


def rule(number: int, uid: str, title: str, severity: str) -> Document:
    model = {"refId": "A", "expr": "up == 0", "instant": True}
    query = {"refId": "A", "queryType": "", "datasourceUid": "prometheus", "model": model}
    return {
        "id": number,
        "uid": uid,
        "orgID": 1,
        "folderUID": "network",
        "ruleGroup": "network",
        "title": title,
        "condition": "A",
        "data": [{**query, "relativeTimeRange": {"from": 600, "to": 0}}],
        "noDataState": "NoData",
        "execErrState": "Error",
        "for": "5m",
        "annotations": {"summary": f"{title} for five minutes"},
        "labels": {"severity": severity},
        "isPaused": False,
        "updated": STARTED,
    }


def alert(name: str, severity: str, instance: str, fingerprint: str) -> Document:
    return {
        "annotations": {"summary": f"{name} for five minutes", "description": f"Seen at {instance}."},
        "endsAt": "2026-01-01T16:00:00.000Z",
        "fingerprint": fingerprint,
        "receivers": [{"active": True, "integrations": [], "name": "operators"}],
        "startsAt": "2026-01-01T12:00:00.000Z",
        "updatedAt": "2026-01-01T12:05:00.000Z",
        "generatorURL": "http://127.0.0.1:3000/alerting/grafana/interface-down/view?orgId=1",
        "labels": {"alertname": name, "grafana_folder": "Network", "severity": severity, "instance": instance},
    }


def matcher(name: str, value: str) -> Document:
    return {"name": name, "value": value, "isRegex": False, "isEqual": True}


def silence(uid: str, matchers: list[Document], **said: str) -> Document:
    return {
        "id": uid,
        "matchers": matchers,
        "startsAt": said.get("startsAt", "2026-01-01T12:00:00.000Z"),
        "endsAt": said.get("endsAt", "2036-01-01T12:00:00.000Z"),
        "updatedAt": said.get("startsAt", "2026-01-01T12:00:00.000Z"),
        "createdBy": said.get("createdBy", "ada"),
        "comment": said.get("comment", "A disk is on its way"),
        "status": {"state": "active"},
    }


def contact_point(uid: str, name: str, kind: str, settings: Document, *, silent: bool = False) -> Document:
    return {"uid": uid, "name": name, "type": kind, "settings": settings, "disableResolveMessage": silent}


def user(number: int, login: str, name: str, role: str, *, is_admin: bool = False) -> Document:
    return {
        "id": number,
        "uid": f"u{number:06d}",
        "login": login,
        "name": name,
        "email": f"{login}@example.org",
        "avatarUrl": "/avatar/46d229b033af06a191ff2267bca9ae56",
        "isAdmin": is_admin,
        "isDisabled": False,
        "lastSeenAt": STARTED,
        "lastSeenAtAge": "1m",
        "role": role,
    }


def account(number: int, name: str, role: str, *, tokens: int = 0, is_disabled: bool = False) -> Document:
    return {
        "id": number,
        "uid": f"s{number:06d}",
        "orgId": 1,
        "name": name,
        "login": f"sa-1-{name}",
        "role": role,
        "isDisabled": is_disabled,
        "isExternal": False,
        "tokens": tokens,
        "avatarUrl": "/avatar/46d229b033af06a191ff2267bca9ae56",
    }


def token(number: int, name: str, expiration: str | None) -> Document:
    document = {"id": number, "name": name, "created": STARTED, "hasExpired": False, "isRevoked": False}
    return {**document, "secondsUntilExpiration": 0, **({"expiration": expiration} if expiration else {})}
