"""Projects: made, opened, closed, copied, thrown away."""

from __future__ import annotations

import copy
import re
import time

from api_clients.network.gns3.simulator import nodes
from api_clients.network.gns3.simulator.documents import CANVAS
from api_clients.network.gns3.simulator.editions import Refusal
from api_clients.network.gns3.simulator.state import Document, Link, Node, Project
from api_clients.network.gns3.simulator.world import World, is_running, new_id

SETTINGS = ("auto_close", "auto_open", "auto_start")


def create(world: World, body: Document) -> Project:
    name = body["name"]
    if any(project.name == name for project in world.projects.values()):
        raise Refusal(409, f'Project "{name}" already exists')
    project_id = new_id(body.get("project_id"))
    if project_id in world.projects:
        return world.projects[project_id]
    return _add(world, Project(project_id, name, f"{name}.gns3"), body)


def update(world: World, project: Project, body: Document) -> Project:
    project.name = body.get("name") or project.name
    _set(project, body)
    if project.opened:
        world.tell_controller("project.updated", project)
    return project


def open_project(world: World, project: Project) -> Project:
    time.sleep(world.manners.open_seconds)
    with world.lock:
        if project.opened:
            return project
        project.opened = True
        for node in project.nodes.values():
            nodes.come_up(world, project, node)
        for link in project.links.values():
            world.tell_link("link.created", link, project)
        world.tell_controller("project.opened", project)
    if project.auto_start:
        nodes.act_on_all(world, project, "start")
    return project


def close(world: World, project: Project) -> None:
    with world.lock:
        if not project.opened:
            return
        for node in project.nodes.values():
            nodes.go_down(world, project, node)
        for link in project.links.values():
            link.capturing = False
        project.opened = False
        renew_snapshots(project)
        world.tell_controller("project.closed", project)


def delete(world: World, project: Project) -> None:
    """A closed one is opened first."""
    open_project(world, project)
    close(world, project)
    del world.projects[project.project_id]
    world.tell_controller("project.deleted", project)


def duplicate(world: World, project: Project, body: Document) -> Project:
    name = free_name(world, body["name"])
    made = Project(new_id(), name, f"{name}.gns3", opened=False)
    fill(made, project.nodes, project.links, project.drawings)
    settings = {"auto_close": False, "auto_open": False, "auto_start": False}
    return _add(world, made, settings)


def fill(project: Project, found: dict[str, Node], links: dict[str, Link], drawings: dict[str, Document]) -> None:
    """Give a project copies of these, with ids of their own, as the server does when it reads an archive."""
    ids = {node_id: new_id() for node_id in found}
    project.nodes, project.links, project.drawings = {}, {}, {}
    for node_id, node in found.items():
        copied = copy.deepcopy(node)
        copied.node_id, copied.console = ids[node_id], None
        project.nodes[ids[node_id]] = copied
    for link in links.values():
        copied_link = copy.deepcopy(link)
        copied_link.link_id, copied_link.capturing = new_id(), False
        for end in copied_link.ends:
            end["node_id"] = ids[end["node_id"]]
        project.links[copied_link.link_id] = copied_link
    for drawing in drawings.values():
        drawing_id = new_id()
        project.drawings[drawing_id] = {**drawing, "drawing_id": drawing_id}
    project.made = max((node.number for node in project.nodes.values()), default=0)


def free_name(world: World, name: str) -> str:
    taken = {project.name for project in world.projects.values()}
    numbered = (f"{name}-{number}" for number in range(1, len(taken) + 2))
    return name if name not in taken else next(each for each in numbered if each not in taken)


def refuse_while_running(project: Project) -> None:
    if any(is_running(node) for node in project.nodes.values()):
        raise Refusal(409, "Project must be stopped in order to export it")


def renew_snapshots(project: Project) -> None:
    """The ids of snapshots are those of a reading of the project's folder."""
    kept = list(project.snapshots.values())
    for snapshot in kept:
        snapshot.snapshot_id = new_id()
    project.snapshots = {snapshot.snapshot_id: snapshot for snapshot in kept}


def counted(project: Project) -> Document:
    """Statistics; those of a closed project know its snapshots alone."""
    opened = project.opened
    return {
        "nodes": len(project.nodes) if opened else 0,
        "links": len(project.links) if opened else 0,
        "drawings": len(project.drawings) if opened else 0,
        "snapshots": len(project.snapshots),
    }


def _add(world: World, project: Project, settings: Document) -> Project:
    if re.search(r"[/\\]", project.name):
        raise Refusal(403, f"Invalid project name {project.name}")
    _set(project, settings)
    world.projects[project.project_id] = project
    world.tell_controller("project.created", project)
    return project


def _set(project: Project, body: Document) -> None:
    for setting in SETTINGS:
        if body.get(setting) is not None:
            setattr(project, setting, body[setting])
    project.canvas |= {key: body[key] for key in CANVAS if body.get(key) is not None}
