"""Changes of labs that people ask for over REST, beside those of central.py: nodes, projects as archives, captures.

Each ends with a fresh reading, so that what it made is in the cache and in the events before the answer goes out; what
shows in no node and no link has an event of its own (common/domain/hub_events/gns3_changes.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.db import transaction

from api_clients.domain.values import Stream
from api_clients.network.gns3.values import Filter, Link, Node, Project, Snapshot, Template
from common.application.events.publishing import publish
from common.application.gns3 import central
from common.application.gns3.filter_checks import filter_problems
from common.application.gns3.intents import ANYTHING, intending
from common.application.gns3.node_actions import need_open
from common.application.gns3.recording import LOCAL
from common.application.gns3.reports import ProjectState
from common.application.gns3.servers import asking, checked_id
from common.domain.errors import Conflict, HubError, Invalid, Unknown
from common.domain.events import Event
from common.domain.hub_events.gns3 import SOURCE
from common.domain.hub_events.gns3_changes import (
    CaptureRead,
    CaptureStarted,
    CaptureStopped,
    NodeEdited,
    ProjectExported,
    ProjectWatchChanged,
    SnapshotCreated,
    SnapshotDeleted,
)

# Of 2.2.54 and 3.0.6, gns3server/schemas/node.py and schemas/controller/nodes.py.
NODE_TYPES = frozenset(
    {
        "atm_switch",
        "cloud",
        "docker",
        "dynamips",
        "ethernet_hub",
        "ethernet_switch",
        "frame_relay_switch",
        "iou",
        "nat",
        "qemu",
        "traceng",
        "virtualbox",
        "vmware",
        "vpcs",
    }
)
ZIP = b"PK\x03\x04"
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


# --- Nodes ---


def create_node(
    server: str,
    project_id: str,
    *,
    name: str,
    type: str = "",
    template: str = "",
    x: int = 0,
    y: int = 0,
    compute_id: str | None = None,
    properties: Mapping[str, Any] | None = None,
    actor: str,
) -> Node:
    """Of a template (its id or its name), or of a type; without `compute_id` where the template says, else locally.

    GNS3 gives another name where this one is taken.
    """
    project_id = need_open(server, project_id).project_id
    gns3 = central.client(server)
    _refuse_unknown_type(type)
    made_of = find_template(server, template) if template else None
    with intending(server, project_id, [ANYTHING], actor=actor), asking(server):
        if made_of is not None:
            node = gns3.create_from_template(
                project_id, made_of.template_id, x=x, y=y, name=name, compute_id=compute_id
            )
        else:
            node = gns3.create_node(
                project_id, name, type, compute_id=compute_id or LOCAL, x=x, y=y, properties=dict(properties or {})
            )
        _read_anew(server, project_id)
    return node


def _refuse_unknown_type(type: str) -> None:
    """GNS3 answers with the whole schema of a node."""
    if type and type not in NODE_TYPES:
        message = f"GNS3 has no nodes of the type {type:.50}; there are {', '.join(sorted(NODE_TYPES))}"
        raise Invalid(f"type: {message}", details=({"field": "type", "code": "unknown_type", "message": message},))


def edit_node(server: str, project_id: str, node_id: str, changes: Mapping[str, Any], *, actor: str) -> Node:
    """Another name or place. Raises Conflict where it runs and GNS3 does not rename what runs (3.x)."""
    project_id = need_open(server, project_id).project_id
    gns3 = central.client(server)
    with intending(server, project_id, [ANYTHING, node_id], actor=actor), asking(server):
        node = gns3.update_node(project_id, node_id, **changes)
        _read_anew(server, project_id)
    _tell(NodeEdited(server=server, project_id=project_id, node_id=node_id, changes=tuple(sorted(changes))), actor)
    return node


def find_template(server: str, wanted: str) -> Template:
    """By id, or by a name that one template has. Raises Unknown or Conflict."""
    known = central.templates(server)
    for template in known:
        if template.template_id == wanted.lower():
            return template
    found = [template for template in known if template.name == wanted]
    if not found:
        names = ", ".join(sorted(template.name for template in known)) or "none"
        raise Unknown(
            f"There is no template {wanted!r:.100} on {server}; there are: {names:.1000}.", code="unknown_template"
        )
    if len(found) > 1:
        raise Conflict(f"{len(found)} templates have the name {wanted}: give the id of one.", code="template_ambiguous")
    return found[0]


# --- Projects ---


def duplicate_project(server: str, project_id: str, name: str, *, actor: str) -> Project:
    """A copy under another name, closed. Raises Conflict where a project has the name, or nodes run."""
    gns3 = central.client(server)
    _refuse_taken_name(server, name)
    with intending(server, ANYTHING, [name], actor=actor), asking(server):
        copy = gns3.duplicate_project(project_id, name)
        _list_anew(server)
    return copy


def import_project(server: str, archive: bytes, name: str, *, actor: str) -> Project:
    """Raises Conflict where a project has the name, Invalid for what is no archive."""
    gns3 = central.client(server)
    _refuse_taken_name(server, name)
    if not archive.startswith(ZIP):
        raise Invalid("The body is no .gns3project, which is a ZIP archive.", code="archive_invalid")
    with intending(server, ANYTHING, [name], actor=actor), asking(server):
        made = gns3.import_project(archive, name)
        _list_anew(server)
    return made


def _refuse_taken_name(server: str, name: str) -> None:
    """GNS3 would take it for a copy or an import, and then there are two of one name."""
    if any(other.name == name for other in central.projects(server, fresh=True)):
        raise Conflict(f"There is a project {name} on {server} already.", code="project_exists")


def export_project(server: str, project_id: str, *, actor: str) -> bytes:
    """The archive (ZIP). Raises Conflict where nodes run."""
    gns3 = central.client(server)
    with asking(server):
        archive: bytes = gns3.export_project(project_id)
    _tell(ProjectExported(server=server, project_id=project_id, size=len(archive)), actor)
    return archive


def watch(server: str, project_id: str, *, watched: bool, actor: str) -> ProjectState:
    state = central.watch(server, project_id, watched=watched, actor=actor)
    _tell(ProjectWatchChanged(server=server, project_id=project_id, watched=watched), actor)
    return state


# --- Snapshots ---


def create_snapshot(server: str, project_id: str, name: str, *, actor: str) -> Snapshot:
    made = central.create_snapshot(server, project_id, name, actor=actor)
    _tell(
        SnapshotCreated(server=server, project_id=project_id, snapshot_id=made.snapshot_id, snapshot=made.name), actor
    )
    return made


def delete_snapshot(server: str, project_id: str, snapshot_id: str, *, actor: str) -> None:
    central.delete_snapshot(server, project_id, snapshot_id, actor=actor)
    _tell(SnapshotDeleted(server=server, project_id=project_id, snapshot_id=snapshot_id), actor)


# --- Links and captures ---


def link(server: str, project_id: str, link_id: str) -> Link:
    """As last read. Raises Unknown."""
    link_id = checked_id(link_id, "link")
    for found in central.topology(server, project_id).links:
        if found.link_id == link_id:
            return found
    raise Unknown(f"There is no link {link_id} in this project.", code="unknown_link")


def available_filters(server: str, project_id: str, link_id: str) -> tuple[Filter, ...]:
    gns3 = central.client(server)
    with asking(server):
        return tuple(gns3.available_filters(project_id, checked_id(link_id, "link")))


def set_filters(
    server: str, project_id: str, link_id: str, filters: Mapping[str, tuple[Any, ...]], *, actor: str
) -> Link:
    """Replace all filters of a link. Raises Invalid for what it cannot have, since GNS3 takes nearly anything."""
    link_id = link(server, project_id, link_id).link_id
    need_open(server, project_id)
    problems = filter_problems(available_filters(server, project_id, link_id), filters)
    if problems:
        raise Invalid(f"{problems[0]['field']}: {problems[0]['message']}", details=tuple(problems))
    return central.set_link_filters(server, project_id, link_id, filters, actor=actor)


def start_capture(server: str, project_id: str, link_id: str, *, file_name: str, actor: str) -> Link:
    """Raises Conflict where it is recorded already."""
    before = link(server, project_id, link_id)
    name = file_name or _file_name(server, before)
    gns3 = central.client(server)
    with asking(server):
        if gns3.link(project_id, before.link_id).capturing:
            raise Conflict("This link is being recorded already.", code="capture_running")
        after: Link = gns3.start_capture(project_id, before.link_id, name)
        _read_anew(server, project_id)
    _tell(CaptureStarted(server=server, project_id=project_id, link_id=before.link_id, file_name=name), actor)
    return after


def stop_capture(server: str, project_id: str, link_id: str, *, actor: str) -> Link:
    """Raises Conflict where it is not recorded."""
    link_id = checked_id(link_id, "link")
    gns3 = central.client(server)
    with asking(server):
        if not gns3.link(project_id, link_id).capturing:
            raise _not_recorded()
        after: Link = gns3.stop_capture(project_id, link_id)
        _read_anew(server, project_id)
    _tell(CaptureStopped(server=server, project_id=project_id, link_id=link_id), actor)
    return after


def open_capture(server: str, project_id: str, link_id: str, *, actor: str) -> Stream:
    """The recording so far and what follows, as one pcap. Close it in the end. Raises Conflict without a recording."""
    link_id = checked_id(link_id, "link")
    gns3 = central.client(server)
    with asking(server):
        if not gns3.link(project_id, link_id).capturing:
            raise _not_recorded()
        stream: Stream = gns3.open_capture(project_id, link_id)
    try:
        _tell(CaptureRead(server=server, project_id=project_id, link_id=link_id), actor)
    except BaseException:
        stream.close()  # nobody else has it yet
        raise
    return stream


def _not_recorded() -> Conflict:
    return Conflict("This link is not being recorded: start a capture first.", code="capture_not_running")


def _file_name(server: str, link: Link) -> str:
    ends = []
    for end in link.ends:
        name = central.node(server, link.project_id, end.node_id).name
        ends.append(f"{name}_{end.adapter_number}-{end.port_number}")
    return _UNFIT.sub("-", "_to_".join(ends))[:80] + ".pcap"


def _read_anew(server: str, project_id: str) -> None:
    """It is done; where it cannot be read now, whoever looks next finds out what differs."""
    with suppress(HubError):
        central.refresh(server, project_id)


def _list_anew(server: str) -> None:
    with suppress(HubError):
        central.projects(server, fresh=True)


def _tell(event: Event, actor: str) -> None:
    with transaction.atomic():
        publish(event, source=SOURCE, actor=actor)
