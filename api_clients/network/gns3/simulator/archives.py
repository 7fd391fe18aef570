"""Portable projects (.gns3project): a ZIP of the project's file and the files of its nodes."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict

from api_clients.network.gns3.simulator import projects
from api_clients.network.gns3.simulator.documents import project_document
from api_clients.network.gns3.simulator.editions import Refusal
from api_clients.network.gns3.simulator.state import Document, Link, Node, Project
from api_clients.network.gns3.simulator.world import World, new_id

TOPOLOGY = "project.gns3"


def pack(project: Project) -> bytes:
    projects.refuse_while_running(project)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(TOPOLOGY, json.dumps(_document(project)))
        for node in project.nodes.values():
            for path, content in node.files.items():
                archive.writestr(f"project-files/{node.type}/{node.node_id}/{path}", content)
    return packed.getvalue()


def unpack(world: World, project_id: str, archive: bytes, name: str | None) -> Project:
    document, files = _read(archive)
    if project_id in world.projects:
        raise Refusal(409, f"Project ID {project_id} already exists")
    called = projects.free_name(world, name or document["name"])
    project = Project(new_id(project_id), called, f"{called}.gns3", opened=False)
    try:
        found = {row["node_id"]: Node(**row) for row in document["topology"]["nodes"]}
        links = {row["link_id"]: Link(**row, capture=bytearray()) for row in document["topology"]["links"]}
        drawings = {row["drawing_id"]: row for row in document["topology"]["drawings"]}
    except (KeyError, TypeError) as error:
        raise Refusal(409, f"Cannot import project: {error}") from error
    for node in found.values():
        start = f"project-files/{node.type}/{node.node_id}/"
        node.files = {path.removeprefix(start): body for path, body in files.items() if path.startswith(start)}
    projects.fill(project, found, links, drawings)
    world.projects[project.project_id] = project
    projects.update(world, project, {key: document[key] for key in projects.SETTINGS})
    world.tell_controller("project.created", project)
    return project


def _document(project: Project) -> Document:
    """The simulator's own rows: what one packs another unpacks, whichever API they speak."""
    nodes = [{**asdict(node), "files": {}} for node in project.nodes.values()]
    links = [{key: value for key, value in asdict(link).items() if key != "capture"} for link in project.links.values()]
    topology = {"nodes": nodes, "links": links, "drawings": list(project.drawings.values())}
    return {**project_document(project), "revision": 9, "type": "topology", "topology": topology}


def _read(packed: bytes) -> tuple[Document, dict[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        return json.loads(files.pop(TOPOLOGY)), files
    except zipfile.BadZipFile:
        raise Refusal(409, "Cannot import project, not a GNS3 project (invalid zip)") from None
    except (KeyError, ValueError):
        raise Refusal(409, "Cannot import project, project.gns3 file could not be found") from None
