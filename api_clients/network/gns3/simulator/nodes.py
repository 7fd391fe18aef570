"""Nodes: made, changed, started, stopped, thrown away."""

from __future__ import annotations

import copy
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from api_clients.network.gns3.simulator import links
from api_clients.network.gns3.simulator.editions import Refusal
from api_clients.network.gns3.simulator.ios import startup_file
from api_clients.network.gns3.simulator.kinds import KINDS, default_properties
from api_clients.network.gns3.simulator.shells import make_shell
from api_clients.network.gns3.simulator.state import Document, Node, Project, Status
from api_clients.network.gns3.simulator.vpcs import STARTUP_FILE
from api_clients.network.gns3.simulator.world import World, new_id

Action = Literal["start", "stop", "suspend", "reload"]
AT_ONCE = 3  # nodes that the server starts at a time


def create(world: World, project: Project, body: Document) -> Node:
    kind = KINDS[body["node_type"]]
    if body["compute_id"] != "local":
        raise Refusal(404, f"Compute ID {body['compute_id']} doesn't exist")
    node_id = new_id(body.get("node_id"))
    if node_id in project.nodes:
        return project.nodes[node_id]
    given = body.get("properties") or {}
    properties = {**default_properties(body["node_type"], with_ethertype=not world.edition.is_v2), **given}
    node = Node(
        node_id=node_id,
        name=free_name(project, body["name"]),
        type=body["node_type"],
        number=project.made,
        status="started" if kind.always_on else "stopped",
        console=None,
        console_type=kind.console_type,
        ports=kind.ports(properties),
        properties=properties,
        template_id=body.get("template_id"),
    )
    project.made += 1
    _place(node, body)
    _write_startup(node, given)
    project.nodes[node_id] = node
    come_up(world, project, node)
    return node


def create_from_template(world: World, project: Project, template: Document, body: Document) -> Node:
    compute_id = body.get("compute_id") or template.get("compute_id")
    if compute_id is None and world.edition.is_v2:
        raise Refusal(404, "Compute ID None doesn't exist")
    named = body.get("name") if world.edition.is_v2 else None  # v3 takes no name here
    document = {
        "name": named or template["default_name_format"],
        "node_type": template["template_type"],
        "compute_id": compute_id or "local",
        "template_id": template["template_id"],
        "symbol": template["symbol"],
        "properties": dict(template.get("properties", {})),
        "x": body["x"],
        "y": body["y"],
    }
    document["properties"].pop("base_script_file", None)
    return create(world, project, document)


def update(world: World, project: Project, node: Node, body: Document) -> Node:
    name = body.get("name")
    if name and name != node.name:
        _rename(world, project, node, name)
    _place(node, body)
    if body.get("properties"):
        node.properties |= body["properties"]
        node.ports = KINDS[node.type].ports(node.properties)
        _write_startup(node, body["properties"])
    world.tell_node("node.updated", node, project)
    return node


def _rename(world: World, project: Project, node: Node, name: str) -> None:
    if node.status == "started" and not KINDS[node.type].always_on and not world.edition.is_v2:
        raise Refusal(409, "Sorry, it is not possible to rename a node that is already powered on")
    old, node.name = node.name, ""  # its own name is no obstacle to itself
    node.name = free_name(project, name)
    script = node.files.get(STARTUP_FILE, b"").decode(errors="replace").replace(old, node.name)
    if script:
        node.files[STARTUP_FILE] = script.encode()
    if world.edition.is_v2 and "startup_script" in node.properties:
        world.tell_node("node.updated", node, project)
        raise Refusal(400, "Bad request: Additional properties are not allowed ('startup_script' was unexpected)")


def delete(world: World, project: Project, node: Node) -> None:
    if node.locked:
        raise Refusal(409, f"Node {node.name} cannot be deleted because it is locked")
    for link in [link for link in project.links.values() if link.touches(node.node_id)]:
        links.delete(world, project, link)
    world.consoles.release(node.console)
    del project.nodes[node.node_id]
    short = {"name": node.name, "node_id": node.node_id, "project_id": project.project_id, "status": node.status}
    world.tell(project, "node.deleted", short)
    world.tell_node("node.deleted", node, project)


def duplicate(world: World, project: Project, node: Node, body: Document) -> Node:
    if node.status != "stopped" and not KINDS[node.type].always_on:
        raise Refusal(409, "Cannot duplicate node data while the node is running")
    copied = copy.deepcopy(node)
    copied.node_id, copied.name, copied.number = new_id(), free_name(project, node.name), project.made
    copied.locked, copied.label = False, {}
    _place(copied, body)
    project.made += 1
    project.nodes[copied.node_id] = copied
    come_up(world, project, copied)
    return copied


def act(world: World, project: Project, node: Node, action: Action) -> None:
    """Do it, however long it takes; what is always on and what is so already stay as they are."""
    if KINDS[node.type].always_on:
        return
    if action == "start":
        _start(world, project, node)
    elif action == "reload":
        _stop(world, project, node)
        _start(world, project, node)
    elif action == "stop":
        _stop(world, project, node)
    elif KINDS[node.type].can_be_suspended:
        _become(world, project, node, "suspended")


def act_on_all(world: World, project: Project, action: Action) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda node: act(world, project, node, action), list(project.nodes.values())))


def _start(world: World, project: Project, node: Node) -> None:
    if node.status == "started":
        return
    time.sleep(world.manners.start_seconds)
    if node.name in world.manners.failing_starts:
        world.warn(project, f"Could not start {node.name}", level="error")
        raise Refusal(409, f"Could not start {node.name}: the process has ended")
    with world.lock:
        if not project.opened or node.node_id not in project.nodes:  # closed or deleted meanwhile
            return
        node.command_line = f"{node.type} -p {node.console}"
        shell = make_shell(world, project, node)
        if node.console is not None and shell is not None:
            world.consoles.open(node.console, shell)
        _become(world, project, node, "started")


def _stop(world: World, project: Project, node: Node) -> None:
    world.consoles.close(node.console)
    node.command_line = ""
    _become(world, project, node, "stopped")


def _become(world: World, project: Project, node: Node, status: Status) -> None:
    with world.lock:
        if node.status != status:
            node.status = status
            world.tell_node("node.updated", node, project, times=world.manners.repeats)


def come_up(world: World, project: Project, node: Node) -> None:
    """Give a node of an open project its console port; another each time, as a server may."""
    node.status = "started" if KINDS[node.type].always_on else "stopped"
    node.console = world.consoles.reserve() if KINDS[node.type].console_type is not None else None
    world.tell_node("node.created", node, project)


def go_down(world: World, project: Project, node: Node) -> None:
    if not KINDS[node.type].always_on:
        _become(world, project, node, "stopped")
    node.command_line = ""
    world.consoles.release(node.console)


def free_name(project: Project, name: str) -> str:
    """Find a name that nobody has; the server takes spaces out and counts up."""
    taken = {node.name for node in project.nodes.values()}
    name = name.replace(" ", "")
    if name in taken:
        name = re.sub(r"[0-9]+$", "{0}", name)
    if "{0}" not in name and "{id}" not in name:
        if name not in taken:
            return name
        name += "{0}"
    numbered = (name.replace("{0}", str(number)).replace("{id}", str(number)) for number in range(1, len(taken) + 2))
    return next(each for each in numbered if each not in taken)


def _write_startup(node: Node, given: Document) -> None:
    if "startup_script" in given:
        node.files[STARTUP_FILE] = given["startup_script"].replace("%h", node.name).encode()
    configuration = node.properties.pop("startup_config_content", None)
    if configuration is not None:
        node.files[startup_file(node)] = configuration.replace("%h", node.name).encode()
    if node.type == "dynamips":
        node.properties["dynamips_id"] = node.number + 1  # by which its files are named


def _place(node: Node, body: Document) -> None:
    for field in ("x", "y", "z", "symbol", "locked", "label"):
        if body.get(field) is not None:
            setattr(node, field, body[field])
