"""Nodes and links made and taken away, links suspended and filtered: ask, read again, let it be known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api_clients.domain.errors import Rejected
from api_clients.network.gns3.values import Link, LinkEnd
from common.application.gns3.intents import ANYTHING, intending
from common.application.gns3.node_actions import need_open
from common.application.gns3.observing import observe_link, observe_links, observe_node, observe_nodes
from common.application.gns3.reading import topology
from common.application.gns3.servers import asking, checked_id, client
from common.domain.errors import Conflict, Unknown

FILTER_TRIES = 2  # after a filter that v3 refused it refuses the next change too, and takes the one after that


def delete_node(server: str, project_id: str, node_id: str, *, actor: str = "") -> None:
    """Its links go with it. Raises Unknown where there is none."""
    project_id, node_id = need_open(server, project_id).project_id, checked_id(node_id, "node")
    observe_node(server, project_id, node_id)
    with intending(server, project_id, [node_id, ANYTHING], actor=actor):
        with asking(server):
            client(server).delete_node(project_id, node_id)
        observe_links(server, project_id)
        observe_nodes(server, project_id)


def create_link(server: str, project_id: str, ends: tuple[LinkEnd, LinkEnd], *, actor: str = "") -> Link:
    """Raises Conflict where a port is used, naming its link, Unknown where there is no such node or port."""
    project_id = need_open(server, project_id).project_id
    _refuse_used_ports(server, project_id, ends)
    with intending(server, project_id, [ANYTHING], actor=actor):
        with asking(server):
            made = client(server).create_link(project_id, *ends)
        return observe_link(server, project_id, made.link_id)[0]


def delete_link(server: str, project_id: str, link_id: str, *, actor: str = "") -> None:
    project_id, link_id = need_open(server, project_id).project_id, checked_id(link_id, "link")
    with intending(server, project_id, [link_id], actor=actor):
        with asking(server):
            client(server).delete_link(project_id, link_id)
        observe_links(server, project_id)


def suspend_link(server: str, project_id: str, link_id: str, *, suspended: bool, actor: str = "") -> Link:
    project_id, link_id = _there(server, project_id, link_id)
    with intending(server, project_id, [link_id, ANYTHING], actor=actor):
        with asking(server):
            client(server).suspend_link(project_id, link_id, suspended)
        return observe_link(server, project_id, link_id)[0]


def set_link_filters(
    server: str, project_id: str, link_id: str, filters: Mapping[str, tuple[Any, ...]], *, actor: str = ""
) -> Link:
    """Replace all filters of a link; an empty mapping takes them away."""
    project_id, link_id = _there(server, project_id, link_id)
    with intending(server, project_id, [link_id, ANYTHING], actor=actor):
        with asking(server):
            _set_filters(server, project_id, link_id, filters)
        return observe_link(server, project_id, link_id)[0]


def _refuse_used_ports(server: str, project_id: str, ends: tuple[LinkEnd, ...]) -> None:
    """GNS3 takes the second link of some ports, and says of others what its uBridge said."""
    wanted = {_port(end): end for end in ends}
    for link in observe_links(server, project_id):
        for used in link.ends:
            if _port(used) in wanted:
                raise Conflict(_who_uses(server, link, used), code="port_used")


def _port(end: LinkEnd) -> tuple[str, int, int]:
    return end.node_id, end.adapter_number, end.port_number


def _who_uses(server: str, link: Link, used: LinkEnd) -> str:
    names = {node.node_id: node.name for node in topology(server, link.project_id).nodes}
    others = [names.get(end.node_id, end.node_id) for end in link.ends if end is not used]
    return (
        f"Adapter {used.adapter_number} port {used.port_number} of {names.get(used.node_id, used.node_id)} is used by "
        f"the link {link.link_id} to {', '.join(others)}: delete that link first, or take another port."
    )


def _set_filters(server: str, project_id: str, link_id: str, filters: Mapping[str, tuple[Any, ...]]) -> None:
    for attempt in range(1, FILTER_TRIES + 1):
        try:
            client(server).set_filters(project_id, link_id, filters)
        except Rejected as error:
            if attempt == FILTER_TRIES or error.status != 409 or filters:
                raise
        else:
            return


def _there(server: str, project_id: str, link_id: str) -> tuple[str, str]:
    project_id, link_id = need_open(server, project_id).project_id, checked_id(link_id, "link")
    if all(link.link_id != link_id for link in observe_links(server, project_id)):
        raise Unknown(f"There is no link {link_id} in the project {project_id} on {server}.", code="unknown_link")
    return project_id, link_id
