"""The one door to GNS3, for REST, capabilities, discovery, inventory and workflows alike.

    from common.application.gns3 import central

    server, project = central.find(project_id)
    topology = central.topology(server, project_id)
    central.start_node(server, project_id, node_id, actor="ada")

`server` is the target's name in the clients' configuration (services.gns3.targets.<server>). All functions raise
Unknown (no such server, project, node), Conflict (a closed project, a state in which it makes no sense), Invalid (what
the server refuses as nonsense), Unavailable (the server is away, its circuit is open), TimedOut and Failed (it answered
with an error or with nothing that can be read), of common/domain/errors.py. Reads come from the cache of 300 s, which
changes and notifications invalidate at once; `fresh` goes to the server.
"""

from __future__ import annotations

from common.application.gns3.links import create_link, delete_link, delete_node, set_link_filters, suspend_link
from common.application.gns3.node_actions import restart_node, start_node, stop_node, suspend_node
from common.application.gns3.project_actions import start_project, start_projects, stop_project
from common.application.gns3.projects import (
    close_project,
    create_project,
    create_snapshot,
    delete_project,
    delete_snapshot,
    open_project,
    project_states,
    restore_snapshot,
    snapshots,
    watch,
)
from common.application.gns3.reading import find, node, project, projects, refresh, templates, topology
from common.application.gns3.servers import asking, client, servers
from common.application.gns3.status import events_by_type, status
from common.application.gns3.wanted import CreatedProject, NewLink, NewLinkEnd, NewNode

__all__ = [
    "CreatedProject",
    "NewLink",
    "NewLinkEnd",
    "NewNode",
    "asking",
    "client",
    "close_project",
    "create_link",
    "create_project",
    "create_snapshot",
    "delete_link",
    "delete_node",
    "delete_project",
    "delete_snapshot",
    "events_by_type",
    "find",
    "node",
    "open_project",
    "project",
    "project_states",
    "projects",
    "refresh",
    "restart_node",
    "restore_snapshot",
    "servers",
    "set_link_filters",
    "snapshots",
    "start_node",
    "start_project",
    "start_projects",
    "status",
    "stop_node",
    "stop_project",
    "suspend_link",
    "suspend_node",
    "templates",
    "topology",
    "watch",
]
