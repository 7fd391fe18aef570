"""What a project's notifications say, as steps from one known state to the next. Pure.

A payload is read like an answer; what cannot be read is no step, only a reason to look.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from api_clients.infrastructure.reading import UNREADABLE
from api_clients.network.gns3.reading import read_link, read_node
from api_clients.network.gns3.values import Node, Notification
from common.application.gns3.known import Known, KnownNode, Step, with_link, with_node, without_link, without_node

LEVELS = {"log.warning": "warning", "log.error": "error"}

ENDS = 2

Payload = Mapping[str, Any]


def step_of(notification: Notification) -> Step | None:
    """None where it changes nothing that is known, or is not understood."""
    make = _STEPS.get(notification.action)
    if make is None:
        return None
    try:
        return make(notification.event)
    except UNREADABLE:
        return None


def payload_of(notification: Notification) -> str:
    """The same for notifications that say the same."""
    document = json.dumps([notification.action, notification.event], sort_keys=True, default=str)
    return blake2b(document.encode(), digest_size=12).hexdigest()


def warning_of(notification: Notification) -> tuple[str, str] | None:
    """Level and text, where it is one that people should read."""
    level = LEVELS.get(notification.action)
    text = notification.event.get("message")
    return (level, text) if level and isinstance(text, str) and text.strip() else None


def _node_told(event: Payload) -> Step:
    if "status" not in event:
        raise ValueError("a short form, without a status")
    node = read_node(event)
    return lambda known: _keeping_digest(known, node)


def _keeping_digest(known: Known, node: Node) -> Known:
    """Coordinates and the like are not believed here: the reading that follows brings them, once for many notices."""
    before = (known.nodes or {}).get(node.node_id)
    told = with_node(known, node)
    if before is None or told.nodes is None:
        return told
    after = KnownNode(node.name, node.type, node.status, before.digest)
    return known if after == before else replace(told, nodes={**told.nodes, node.node_id: after})


def _node_gone(event: Payload) -> Step:
    node_id = str(event["node_id"])
    return lambda known: without_node(known, node_id) if node_id in (known.nodes or {}) else known


def _link_told(event: Payload) -> Step:
    link = read_link(event)
    if len(link.ends) < ENDS:
        raise ValueError("a link that is still being made")
    return lambda known: known if link.link_id in (known.links or {}) else with_link(known, link)


def _link_gone(event: Payload) -> Step:
    link_id = str(event["link_id"])
    return lambda known: without_link(known, link_id) if link_id in (known.links or {}) else known


_STEPS: dict[str, Callable[[Payload], Step]] = {
    "node.created": _node_told,
    "node.updated": _node_told,
    "node.deleted": _node_gone,
    "link.created": _link_told,
    "link.deleted": _link_gone,
}
