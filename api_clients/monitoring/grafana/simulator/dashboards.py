"""Search, dashboards and folders."""

from __future__ import annotations

from typing import Any

from api_clients.monitoring.grafana.simulator import content
from api_clients.monitoring.grafana.simulator.routing import Call, Refusal, Route
from api_clients.monitoring.grafana.simulator.state import STARTED, Document
from api_clients.simulation import Answer, json_answer


def search(call: Call) -> Answer:
    params = call.received.params
    folders = [_folder_hit(item) for item in call.state.folders.values()]
    dashboards = [_dashboard_hit(call, uid) for uid in call.state.dashboards]
    rows = [
        hit
        for hit in (*folders, *dashboards)
        if call.param("query").lower() in hit["title"].lower()
        and hit["type"] in (call.param("type") or hit["type"])
        and set(params.get("tag", ())) <= set(hit["tags"])
        and (not params.get("folderUIDs") or hit.get("folderUid") in params["folderUIDs"])
    ]
    return json_answer(call.page(rows, size_name="limit", size=1000))


def dashboard(call: Call) -> Answer:
    held = _held(call)
    model, folder = held["model"], call.state.folders.get(held["folder_uid"], {})
    meta = {
        "type": "db",
        "slug": _slug(model),
        "url": _url(model),
        "version": model["version"],
        "created": STARTED,
        "createdBy": "admin",
        "updated": STARTED,
        "updatedBy": "admin",
        "canSave": True,
        "canEdit": True,
        "canAdmin": True,
        "canStar": True,
        "canDelete": True,
        "hasAcl": False,
        "isFolder": False,
        "provisioned": False,
        "provisionedExternalId": "",
        "folderId": folder.get("id", 0),
        "folderUid": held["folder_uid"],
        "folderTitle": folder.get("title", "General"),
        "folderUrl": folder.get("url", ""),
    }
    return json_answer({"meta": meta, "dashboard": model})


def versions(call: Call) -> Answer:
    model = _held(call)["model"]
    newest = model["version"]
    rows = [
        {
            "id": number,
            "dashboardId": model["id"],
            "uid": model["uid"],
            "version": number,
            "parentVersion": number - 1,
            "restoredFrom": 0,
            "created": STARTED,
            "createdBy": "admin",
            "message": "",
        }
        for number in range(newest, 0, -1)
    ]
    return json_answer({"continueToken": "", "versions": rows[: int(call.param("limit", "50"))]})


def save(call: Call) -> Answer:
    command = call.body("dashboard")
    model, folder_uid = command["dashboard"], command.get("folderUid") or ""
    if not model.get("title"):
        raise Refusal(400, "Dashboard title cannot be empty", word="empty-name")
    if folder_uid and folder_uid not in call.state.folders:
        raise Refusal(400, "folder not found")
    number = call.state.next_number()
    uid = model.get("uid") or f"d{number:06d}"
    held = call.state.dashboards.get(uid)
    version = 1
    if held is not None:
        if held["model"]["version"] != model.get("version") and not command.get("overwrite"):
            raise Refusal(412, "The dashboard has been changed by someone else", word="version-mismatch")
        version, number = held["model"]["version"] + 1, held["model"]["id"]
    call.state.dashboards[uid] = content.dashboard(number, uid, model, folder_uid, version=version)
    model = call.state.dashboards[uid]["model"]
    return json_answer(
        {
            "id": number,
            "uid": uid,
            "url": _url(model),
            "status": "success",
            "version": version,
            "slug": _slug(model),
            "title": model["title"],
            "folderUid": folder_uid,
        }
    )


def delete(call: Call) -> Answer:
    title = _held(call)["model"]["title"]
    del call.state.dashboards[call.ids["uid"]]
    return json_answer({"title": title, "message": f"Dashboard {title} deleted", "uid": call.ids["uid"]})


def folders(call: Call) -> Answer:
    parent = call.param("parentUid")
    rows = [
        {name: item[name] for name in ("id", "uid", "title", "parentUid") if name in item}
        for item in call.state.folders.values()
        if item.get("parentUid", "") == parent
    ]
    return json_answer(call.page(rows, size_name="limit", size=1000))


def folder(call: Call) -> Answer:
    return json_answer(_folder(call))


def create_folder(call: Call) -> Answer:
    command = call.body("title")
    number = call.state.next_number()
    uid = command.get("uid") or f"f{number:06d}"
    if uid in call.state.folders:
        raise Refusal(409, "a folder with the same name already exists")
    call.state.folders[uid] = content.folder(number, uid, command["title"], command.get("parentUid", ""))
    return json_answer(call.state.folders[uid])


def rename_folder(call: Call) -> Answer:
    held, command = _folder(call), call.body("title")
    if command.get("version") != held["version"] and not command.get("overwrite"):
        raise Refusal(409, "the folder has been changed by someone else", word="version-mismatch")
    held.update(title=command["title"], version=held["version"] + 1)
    return json_answer(held)


def delete_folder(call: Call) -> Answer:
    held, state = _folder(call), call.state
    within = [uid for uid, rule in state.rules.items() if rule["folderUID"] == held["uid"]]
    if within and call.param("forceDeleteRules") != "true":
        raise Refusal(400, "Folder cannot be deleted: folder is not empty")
    state.rules = {uid: rule for uid, rule in state.rules.items() if uid not in within}
    state.dashboards = {uid: item for uid, item in state.dashboards.items() if item["folder_uid"] != held["uid"]}
    del state.folders[held["uid"]]
    return json_answer({"id": held["id"], "title": held["title"], "message": f"Folder {held['title']} deleted"})


def _held(call: Call) -> Document:
    try:
        return call.state.dashboards[call.ids["uid"]]
    except KeyError:
        raise Refusal(404, "Dashboard not found") from None


def _folder(call: Call) -> Document:
    try:
        return call.state.folders[call.ids["uid"]]
    except KeyError:
        raise Refusal(404, "folder not found", word="not-found") from None


def _folder_hit(folder: Document) -> Document:
    return {**_hit(folder, "dash-folder", []), "url": folder["url"], "title": folder["title"]}


def _dashboard_hit(call: Call, uid: str) -> Document:
    held = call.state.dashboards[uid]
    model, folder = held["model"], call.state.folders.get(held["folder_uid"])
    hit = {**_hit(model, "dash-db", model.get("tags", [])), "url": _url(model), "title": model["title"]}
    if folder is None:
        return hit
    inside = {"folderId": folder["id"], "folderTitle": folder["title"], "folderUrl": folder["url"]}
    return {**hit, **inside, "folderUid": folder["uid"]}


def _hit(item: Document, kind: str, tags: list[Any]) -> Document:
    own = {"id": item["id"], "uid": item["uid"], "orgId": 1, "uri": f"db/{item['uid']}", "slug": "", "type": kind}
    return {**own, "tags": tags, "isStarred": False, "sortMeta": 0, "isDeleted": False}


def _slug(model: Document) -> str:
    return str(model["title"]).lower().replace(" ", "-")


def _url(model: Document) -> str:
    return f"/d/{model['uid']}/{_slug(model)}"


ROUTES = (
    Route("GET", "/api/search", search),
    Route("POST", "/api/dashboards/db", save),
    Route("GET", "/api/dashboards/uid/{uid}", dashboard),
    Route("DELETE", "/api/dashboards/uid/{uid}", delete),
    Route("GET", "/api/dashboards/uid/{uid}/versions", versions),
    Route("GET", "/api/folders", folders),
    Route("POST", "/api/folders", create_folder),
    Route("GET", "/api/folders/{uid}", folder),
    Route("PUT", "/api/folders/{uid}", rename_folder),
    Route("DELETE", "/api/folders/{uid}", delete_folder),
)
