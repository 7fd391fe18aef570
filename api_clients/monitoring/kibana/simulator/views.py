"""Data views and spaces."""

from __future__ import annotations

from api_clients.monitoring.kibana.simulator import content
from api_clients.monitoring.kibana.simulator.content import Document
from api_clients.monitoring.kibana.simulator.routing import NOTHING, Call, Refusal, Route
from api_clients.simulation import Answer, json_answer


def views(call: Call) -> Answer:
    rows = [
        {"id": uid, "namespaces": [call.held.space], "title": view["title"], "name": view["name"]}
        for uid, view in call.held.views.items()
    ]
    return json_answer({"data_view": rows})


def view(call: Call) -> Answer:
    return json_answer({"data_view": _view(call)})


def default_view(call: Call) -> Answer:
    return json_answer({"data_view_id": next(iter(call.held.views), "")})


def create_view(call: Call) -> Answer:
    said = call.received.json()
    asked = said["data_view"]
    same = [uid for uid, held in call.held.views.items() if held["title"] == asked["title"]]
    if same and not said.get("override"):
        raise Refusal(400, f"Duplicate data view: {asked['title']}")
    uid = same[0] if same else asked.get("id") or call.state.next_id()
    call.held.views[uid] = content.data_view(uid, asked)
    return json_answer({"data_view": call.held.views[uid]})


def delete_view(call: Call) -> Answer:
    _view(call)
    del call.held.views[call.ids["id"]]
    return NOTHING


def spaces(call: Call) -> Answer:
    purposes = {"any": True, "copySavedObjectsIntoSpace": True, "shareSavedObjectsIntoSpace": True}
    more = {"authorizedPurposes": purposes} if call.is_true("include_authorized_purposes") else {}
    return json_answer([{**space, **more} for space in call.state.spaces.values()])


def space(call: Call) -> Answer:
    return json_answer(_space(call))


def create_space(call: Call) -> Answer:
    said = call.received.json()
    if said["id"] in call.state.spaces:
        raise Refusal(409, f"A space with the identifier {said['id']} already exists.")
    made = content.space(said["id"], said["name"], said.get("description", ""), said.get("disabledFeatures"))
    call.state.spaces[said["id"]] = made
    return json_answer(made)


def delete_space(call: Call) -> Answer:
    if _space(call).get("_reserved"):
        raise Refusal(400, "The default space cannot be deleted because it is reserved.")
    del call.state.spaces[call.ids["id"]]
    call.state.held.pop(call.ids["id"], None)
    return NOTHING


def _view(call: Call) -> Document:
    try:
        return call.held.views[call.ids["id"]]
    except KeyError:
        raise Refusal(404, f"Saved object [index-pattern/{call.ids['id']}] not found") from None


def _space(call: Call) -> Document:
    try:
        return call.state.spaces[call.ids["id"]]
    except KeyError:
        raise Refusal(404, "Not Found") from None


VIEW, SPACES = "/api/data_views/data_view", "/api/spaces/space"
ROUTES = (
    Route("GET", "/api/data_views", views),
    Route("GET", "/api/data_views/default", default_view),
    Route("POST", VIEW, create_view),
    Route("GET", f"{VIEW}/{{id}}", view),
    Route("DELETE", f"{VIEW}/{{id}}", delete_view),
    Route("GET", SPACES, spaces),
    Route("POST", SPACES, create_space),
    Route("GET", f"{SPACES}/{{id}}", space),
    Route("DELETE", f"{SPACES}/{{id}}", delete_space),
)
