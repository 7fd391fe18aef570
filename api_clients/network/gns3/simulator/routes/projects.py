"""Projects, their snapshots, drawings and archives, and what is told of them."""

from __future__ import annotations

from api_clients.network.gns3.simulator import archives, projects, snapshots, streams
from api_clients.network.gns3.simulator.documents import project_document, snapshot_document
from api_clients.network.gns3.simulator.editions import Refusal
from api_clients.network.gns3.simulator.routing import Call, Route
from api_clients.network.gns3.simulator.schema import COPY, DRAWING, PROJECT, PROJECT_CHANGE, SNAPSHOT
from api_clients.network.gns3.simulator.state import Document
from api_clients.network.gns3.simulator.world import new_id
from api_clients.simulation import Answer

JSON = {"Content-Type": "application/json"}


def list_all(call: Call) -> Answer:
    return call.answer([project_document(project) for project in call.world.projects.values()])


def create(call: Call) -> Answer:
    return call.answer(project_document(projects.create(call.world, call.body(PROJECT))), status=201)


def read(call: Call) -> Answer:
    return call.answer(project_document(call.project))


def update(call: Call) -> Answer:
    return call.answer(project_document(projects.update(call.world, call.project, call.body(PROJECT_CHANGE))))


def delete(call: Call) -> Answer:
    projects.delete(call.world, call.project)
    return call.nothing()


def open_it(call: Call) -> Answer:
    return call.answer(project_document(projects.open_project(call.world, call.project)), status=201)


def close(call: Call) -> Answer:
    projects.close(call.world, call.project)
    return call.nothing()


def duplicate(call: Call) -> Answer:
    return call.answer(project_document(projects.duplicate(call.world, call.project, call.body(COPY))), status=201)


def statistics(call: Call) -> Answer:
    return call.answer(projects.counted(call.project))


def export(call: Call) -> Answer:
    return Answer(200, archives.pack(call.project), {"Content-Type": "application/gns3project", **call.edition.headers})


def import_it(call: Call) -> Answer:
    name = "".join(call.received.params.get("name", [])) or None
    project = archives.unpack(call.world, call.ids["project_id"], call.received.body, name)
    return call.answer(project_document(project), status=201)


def list_snapshots(call: Call) -> Answer:
    project = call.project
    return call.answer([snapshot_document(snapshot, project) for snapshot in project.snapshots.values()])


def create_snapshot(call: Call) -> Answer:
    project = call.opened
    return call.answer(snapshot_document(snapshots.create(project, call.body(SNAPSHOT)), project), status=201)


def restore_snapshot(call: Call) -> Answer:
    project = call.project
    snapshots.restore(call.world, project, snapshots.find(project, call.ids["snapshot_id"]))
    return call.answer(project_document(project), status=201)


def delete_snapshot(call: Call) -> Answer:
    project = call.project
    del project.snapshots[snapshots.find(project, call.ids["snapshot_id"]).snapshot_id]
    return call.nothing()


def list_drawings(call: Call) -> Answer:
    return call.answer(list(call.project.drawings.values()))


def create_drawing(call: Call) -> Answer:
    project, body = call.opened, call.body(DRAWING)
    drawing = {"x": 0, "y": 0, "z": 2, "rotation": 0, "locked": False, "svg": "", **body}
    drawing |= {"drawing_id": new_id(body.get("drawing_id")), "project_id": project.project_id}
    project.drawings[drawing["drawing_id"]] = drawing
    call.world.tell(project, "drawing.created", drawing)
    return call.answer(drawing, status=201)


def read_drawing(call: Call) -> Answer:
    return call.answer(_drawing(call))


def update_drawing(call: Call) -> Answer:
    """A notification leaves out the picture where it stayed the same."""
    drawing, body = _drawing(call), call.body(DRAWING)
    drawing |= body
    told = drawing if "svg" in body else {name: value for name, value in drawing.items() if name != "svg"}
    call.world.tell(call.project, "drawing.updated", told)
    return call.answer(drawing, status=call.edition.changed_status)


def delete_drawing(call: Call) -> Answer:
    drawing = _drawing(call)
    del call.project.drawings[drawing["drawing_id"]]
    call.world.tell(call.project, "drawing.deleted", drawing)
    return call.nothing()


def notifications(call: Call) -> Answer:
    world, project = call.world, call.project
    return Answer(
        headers={**JSON, **call.edition.headers},
        chunks=lambda: streams.as_lines(streams.notifications(world, project)),
    )


def notifications_websocket(call: Call) -> Answer:
    world, project = call.world, call.project
    return Answer(converse=lambda socket: streams.into_websocket(streams.notifications(world, project), socket))


def _drawing(call: Call) -> Document:
    drawing_id = call.ids["drawing_id"]
    try:
        return call.opened.drawings[drawing_id]
    except KeyError:
        raise Refusal(404, f"Drawing ID {drawing_id} doesn't exist") from None


ROUTES = (
    Route("GET", "projects", list_all),
    Route("POST", "projects", create),
    Route("GET", "projects/{project_id}", read),
    Route("PUT", "projects/{project_id}", update),
    Route("DELETE", "projects/{project_id}", delete),
    Route("POST", "projects/{project_id}/open", open_it, alone=False),
    Route("POST", "projects/{project_id}/close", close),
    Route("POST", "projects/{project_id}/duplicate", duplicate),
    Route("GET", "projects/{project_id}/stats", statistics),
    Route("GET", "projects/{project_id}/export", export),
    Route("POST", "projects/{project_id}/import", import_it),
    Route("GET", "projects/{project_id}/snapshots", list_snapshots),
    Route("POST", "projects/{project_id}/snapshots", create_snapshot),
    Route("POST", "projects/{project_id}/snapshots/{snapshot_id}/restore", restore_snapshot),
    Route("DELETE", "projects/{project_id}/snapshots/{snapshot_id}", delete_snapshot),
    Route("GET", "projects/{project_id}/drawings", list_drawings),
    Route("POST", "projects/{project_id}/drawings", create_drawing),
    Route("GET", "projects/{project_id}/drawings/{drawing_id}", read_drawing),
    Route("PUT", "projects/{project_id}/drawings/{drawing_id}", update_drawing),
    Route("DELETE", "projects/{project_id}/drawings/{drawing_id}", delete_drawing),
    Route("GET", "projects/{project_id}/notifications", notifications),
    Route("GET", "projects/{project_id}/notifications/ws", notifications_websocket),
)
