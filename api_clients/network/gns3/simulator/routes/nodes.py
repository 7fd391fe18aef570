"""Nodes, what they do, and the files in them."""

from __future__ import annotations

from functools import partial

from api_clients.network.gns3.simulator import nodes, streams
from api_clients.network.gns3.simulator.editions import Problem, Refusal
from api_clients.network.gns3.simulator.routing import Call, Route
from api_clients.network.gns3.simulator.schema import FROM_TEMPLATE, NODE, NODE_CHANGE, NODE_COPY
from api_clients.simulation import Answer

ACTIONS: tuple[nodes.Action, ...] = ("start", "stop", "suspend", "reload")
TEMPLATE_MISSING = {"v2": "Template {} doesn't exist", "v3": "Template '{}' not found"}


def list_all(call: Call) -> Answer:
    project = call.project
    return call.answer([call.world.node_document(node, project) for node in project.nodes.values()])


def create(call: Call) -> Answer:
    project = call.opened
    node = nodes.create(call.world, project, call.body(NODE))
    return call.answer(call.world.node_document(node, project), status=201)


def create_from_template(call: Call) -> Answer:
    project, body = call.opened, call.body(FROM_TEMPLATE)
    template = call.world.template(call.ids["template_id"], missing=TEMPLATE_MISSING[call.edition.api])
    node = nodes.create_from_template(call.world, project, template, body)
    return call.answer(call.world.node_document(node, project), status=201)


def read(call: Call) -> Answer:
    return call.answer(call.world.node_document(call.node, call.project))


def update(call: Call) -> Answer:
    node = nodes.update(call.world, call.opened, call.node, call.body(NODE_CHANGE))
    return call.answer(call.world.node_document(node, call.project))


def delete(call: Call) -> Answer:
    nodes.delete(call.world, call.opened, call.node)
    return call.nothing()


def duplicate(call: Call) -> Answer:
    node = nodes.duplicate(call.world, call.opened, call.node, call.body(NODE_COPY))
    return call.answer(call.world.node_document(node, call.project), status=201)


def act(call: Call, *, action: nodes.Action) -> Answer:
    """v2 answers with the node as it was before; v3 wants a body to start with, and says nothing."""
    project, node = call.opened, call.node
    if not call.edition.is_v2 and action == "start" and not call.received.body:
        raise call.edition.invalid(call.received, Problem("missing", (), None, "", "Field required"))
    before = call.world.node_document(node, project)
    nodes.act(call.world, project, node, action)
    return call.answer(before) if call.edition.is_v2 else call.nothing()


def act_on_all(call: Call, *, action: nodes.Action) -> Answer:
    nodes.act_on_all(call.world, call.opened, action)
    return call.nothing()


def read_file(call: Call) -> Answer:
    content = call.node.files.get(_path(call))
    if content is None:
        raise Refusal(404, "404: Not Found")
    return Answer(200, content, {"Content-Type": "application/octet-stream", **call.edition.headers})


def write_file(call: Call) -> Answer:
    call.node.files[_path(call)] = call.received.body
    return call.nothing(201)


def console(call: Call) -> Answer:
    node, host = call.node, call.world.consoles.host
    return Answer(converse=lambda socket: streams.console(node, host, socket))


def _path(call: Call) -> str:
    path = call.ids["path"]
    if path.startswith(".") or "/../" in path:
        raise Refusal(403, "It is forbidden to get a file outside the project directory")
    return path


_NODE = "projects/{project_id}/nodes/{node_id}"
ROUTES = (
    Route("GET", "projects/{project_id}/nodes", list_all),
    Route("POST", "projects/{project_id}/nodes", create),
    Route("POST", "projects/{project_id}/templates/{template_id}", create_from_template),
    *(
        Route("POST", f"projects/{{project_id}}/nodes/{action}", partial(act_on_all, action=action), alone=False)
        for action in ACTIONS
    ),
    Route("GET", _NODE, read),
    Route("PUT", _NODE, update),
    Route("DELETE", _NODE, delete),
    Route("POST", f"{_NODE}/duplicate", duplicate),
    *(Route("POST", f"{_NODE}/{action}", partial(act, action=action), alone=False) for action in ACTIONS),
    Route("GET", f"{_NODE}/files/{{path:path}}", read_file),
    Route("POST", f"{_NODE}/files/{{path:path}}", write_file),
    Route("GET", f"{_NODE}/console/ws", console),
)
