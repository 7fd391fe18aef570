"""Snapshots: a project as it was, with other ids when it comes back."""

from __future__ import annotations

import copy
import time

from api_clients.network.gns3.simulator import nodes, projects
from api_clients.network.gns3.simulator.documents import snapshot_document
from api_clients.network.gns3.simulator.editions import Refusal
from api_clients.network.gns3.simulator.state import Document, Project, Snapshot
from api_clients.network.gns3.simulator.world import World, new_id


def find(project: Project, snapshot_id: str) -> Snapshot:
    try:
        return project.snapshots[snapshot_id]
    except KeyError:
        raise Refusal(404, f"Snapshot ID {snapshot_id} doesn't exist") from None


def create(project: Project, body: Document) -> Snapshot:
    name = body["name"]
    if any(snapshot.name == name for snapshot in project.snapshots.values()):
        raise Refusal(409, f"The snapshot name {name} already exists")
    projects.refuse_while_running(project)
    snapshot = Snapshot(
        new_id(),
        name,
        int(time.time()),
        copy.deepcopy(project.nodes),
        copy.deepcopy(project.links),
        copy.deepcopy(project.drawings),
    )
    project.snapshots[snapshot.snapshot_id] = snapshot
    return snapshot


def restore(world: World, project: Project, snapshot: Snapshot) -> Project:
    """Nothing is told of what was there before; all that is there now is told as new, under new ids."""
    document = snapshot_document(snapshot, project)
    for node in project.nodes.values():
        nodes.go_down(world, project, node)
    projects.fill(project, snapshot.nodes, snapshot.links, snapshot.drawings)
    project.opened = True
    for node in project.nodes.values():
        nodes.come_up(world, project, node)
    for link in project.links.values():
        world.tell_link("link.created", link, project)
    projects.renew_snapshots(project)
    world.tell_controller("project.opened", project)
    world.tell(project, "snapshot.restored", document)
    return project
