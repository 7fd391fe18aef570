"""Saved objects: find, get, create, change, delete, export, import."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatch
from typing import Any

from api_clients.monitoring.kibana.simulator import content
from api_clients.monitoring.kibana.simulator.content import Document
from api_clients.monitoring.kibana.simulator.routing import Call, Refusal, Route
from api_clients.simulation import Answer, json_answer

BOUNDARY = re.compile(r'multipart/form-data; boundary="?([^";]+)"?')


def find(call: Call) -> Answer:
    kinds = call.received.params.get("type", [])
    if not kinds:
        raise Refusal(400, "[request query.type]: expected at least one defined value but got [undefined]")
    rows = [
        item
        for (kind, _), item in call.held.objects.items()
        if kind in kinds and _is_found(item, call.param("search").lower())
    ]
    page, size = int(call.param("page", "1")), int(call.param("per_page", "20"))
    if page * size > 10_000:
        raise Refusal(400, "all shards failed: search_phase_execution_exception")
    shown = [{**item, "score": 0} for item in rows[(page - 1) * size : page * size]]
    return json_answer({"page": page, "per_page": size, "total": len(rows), "saved_objects": shown})


def get(call: Call) -> Answer:
    return json_answer(_held(call))


def create(call: Call) -> Answer:
    kind, uid = call.ids["kind"], call.ids.get("id") or call.state.next_id()
    if (kind, uid) in call.held.objects and not call.is_true("overwrite"):
        raise Refusal(409, f"Saved object [{kind}/{uid}] conflict")
    said = call.received.json()
    if "attributes" not in said:
        raise Refusal(400, "[request body.attributes]: expected value of type [object] but got [undefined]")
    made = content.saved_object(kind, uid, said["attributes"], said.get("references"), spaces=[call.held.space])
    call.held.objects[kind, uid] = made
    return json_answer(made)


def update(call: Call) -> Answer:
    held, changes = _held(call), call.received.json()["attributes"]
    held["attributes"] = {**held["attributes"], **changes}
    held["version"] = f"{held['version'][:-1]}e"
    same = {name: held[name] for name in ("id", "type", "namespaces", "updated_at", "version", "references")}
    return json_answer({**same, "attributes": changes})


def bulk_delete(call: Call) -> Answer:
    return json_answer({"statuses": [_delete(call, item["type"], item["id"]) for item in call.received.json()]})


def export(call: Call) -> Answer:
    said = call.received.json()
    kinds = said.get("type", [])
    named = {(item["type"], item["id"]) for item in said.get("objects", ())}
    missing = sorted(named - set(call.held.objects))
    if missing:
        raise Refusal(400, "Error fetching objects to export")
    wanted = {key for key in call.held.objects if key in named or key[0] in kinds}
    absent: list[Document] = []
    if said.get("includeReferencesDeep"):
        absent = _follow(call, wanted)
    lines: list[Document] = [call.held.objects[key] for key in sorted(wanted)]
    details = {
        "exportedCount": len(lines),
        "missingRefCount": len(absent),
        "missingReferences": absent,
        "excludedObjectsCount": 0,
        "excludedObjects": [],
    }
    body = "\n".join(json.dumps(line) for line in (*lines, details))
    return Answer(200, body.encode(), {"Content-Type": "application/ndjson"})


def import_(call: Call) -> Answer:
    errors: list[Document] = []
    made: list[Document] = []
    file = [item for item in _uploaded(call) if "exportedCount" not in item]
    there = {*call.held.objects, *((item["type"], item["id"]) for item in file)}
    for item in file:
        problem = _problem(call, item, there)
        if problem:
            errors.append({**_row(item), "error": problem})
            continue
        uid = call.state.next_id() if call.is_true("createNewCopies") else item["id"]
        row = content.saved_object(
            item["type"], uid, item["attributes"], item.get("references"), spaces=[call.held.space]
        )
        call.held.objects[item["type"], uid] = row
        made.append({**_row(item), "managed": False, **({"destinationId": uid} if uid != item["id"] else {})})
    answer: Document = {"success": not errors, "successCount": len(made), "warnings": []}
    answer |= {"successResults": made} if made else {}
    return json_answer(answer | ({"errors": errors} if errors else {}))


def _held(call: Call) -> Document:
    kind, uid = call.ids["kind"], call.ids["id"]
    try:
        return call.held.objects[kind, uid]
    except KeyError:
        raise Refusal(404, f"Saved object [{kind}/{uid}] not found") from None


def _is_found(item: Document, search: str) -> bool:
    """Like Elasticsearch in its simple query syntax, as far as a word with a star goes."""
    if not search:
        return True
    words = f"{item['attributes'].get('title', '')} {item['attributes'].get('description', '')}".lower().split()
    return any(fnmatch(word, search) for word in words)


def _delete(call: Call, kind: str, uid: str) -> Document:
    row: Document = {"id": uid, "type": kind, "success": call.held.objects.pop((kind, uid), None) is not None}
    if not row["success"]:
        message = f"Saved object [{kind}/{uid}] not found"
        row["error"] = {"statusCode": 404, "error": "Not Found", "message": message}
    return row


def _follow(call: Call, wanted: set[tuple[str, str]]) -> list[Document]:
    """Add what is referred to, and return what of it is not there."""
    absent: list[Document] = []
    pending = list(wanted)
    while pending:
        for reference in call.held.objects[pending.pop()]["references"]:
            key = (reference["type"], reference["id"])
            if key not in call.held.objects:
                absent.append({"type": key[0], "id": key[1]})
            elif key not in wanted:
                wanted.add(key)
                pending.append(key)
    return absent


def _uploaded(call: Call) -> list[Any]:
    found = BOUNDARY.fullmatch(call.received.headers.get("content-type", ""))
    if found is None:
        raise Refusal(415, "Unsupported Media Type")
    part = call.received.body.split(f"--{found.group(1)}".encode())[1]
    head, _, file = part.partition(b"\r\n\r\n")
    if b'name="file"' not in head or b'.ndjson"' not in head:
        raise Refusal(400, "Invalid file extension")
    try:
        return [json.loads(line) for line in file.strip().splitlines()]
    except ValueError as error:
        raise Refusal(400, f"Unexpected token in JSON: {error}") from None


def _problem(call: Call, item: Document, there: set[tuple[str, str]]) -> Document | None:
    is_taken = (item["type"], item["id"]) in call.held.objects
    if is_taken and not call.is_true("overwrite") and not call.is_true("createNewCopies"):
        return {"type": "conflict"}
    lacking = [
        {"type": reference["type"], "id": reference["id"]}
        for reference in item.get("references", ())
        if reference["type"] == "index-pattern" and ("index-pattern", reference["id"]) not in there
    ]
    return {"type": "missing_references", "references": lacking} if lacking else None


def _row(item: Document) -> Document:
    title = item["attributes"].get("title", "")
    return {"type": item["type"], "id": item["id"], "meta": {"title": title, "icon": "dashboardApp"}}


OBJECTS = "/api/saved_objects"
ROUTES = (
    Route("GET", f"{OBJECTS}/_find", find),
    Route("POST", f"{OBJECTS}/_bulk_delete", bulk_delete),
    Route("POST", f"{OBJECTS}/_export", export),
    Route("POST", f"{OBJECTS}/_import", import_),
    Route("POST", f"{OBJECTS}/{{kind}}", create),
    Route("POST", f"{OBJECTS}/{{kind}}/{{id}}", create),
    Route("GET", f"{OBJECTS}/{{kind}}/{{id}}", get),
    Route("PUT", f"{OBJECTS}/{{kind}}/{{id}}", update),
)
