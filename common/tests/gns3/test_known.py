"""From two states to events: pure logic, as tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api_clients.network.gns3.values import Link, LinkEnd, Node, Notification, Project, Topology
from common.application.gns3.differences import differences
from common.application.gns3.known import Known, as_listed, first_seen, of_json, to_json, with_nodes, with_topology
from common.application.gns3.notices import step_of

PROJECT = Project("p", "lab", "opened", False, False, False, "/p")


def node(name: str, status: str = "stopped", kind: str = "vpcs", x: int = 0) -> Node:
    return Node(
        node_id=name.lower(),
        project_id="p",
        name=name,
        type=kind,
        status=status,  # type: ignore[arg-type]
        compute_id="local",
        template_id=None,
        console=5000,
        console_type="telnet",
        console_host="127.0.0.1",
        ports=(),
        x=x,
        y=0,
        z=0,
        symbol="",
        properties={},
    )


def link(name: str, *nodes: str, suspended: bool = False) -> Link:
    ends = tuple(LinkEnd(one, 0, number) for number, one in enumerate(nodes))
    return Link(name, "p", "ethernet", ends, suspended, {}, False)


def state(*parts: Node | Link, status: str = "opened") -> Known:
    project = replace(PROJECT, status=status)
    nodes = tuple(part for part in parts if isinstance(part, Node))
    links = tuple(part for part in parts if isinstance(part, Link))
    return with_topology(first_seen(project, new=True), Topology(project, nodes, links))


CASES = {
    "nothing": (state(node("A")), state(node("A")), [], []),
    "moved": (state(node("A")), state(node("A", x=9)), [], []),
    "started": (state(node("A")), state(node("A", "started")), ["node.started"], []),
    "stopped": (state(node("A", "started")), state(node("A")), ["node.stopped"], []),
    "suspended": (state(node("A", "started")), state(node("A", "suspended")), ["node.suspended"], []),
    "renamed": (state(node("A")), state(replace(node("A"), name="B")), [], ["node.renamed"]),
    "created": (state(), state(node("A")), ["node.created"], ["node.created"]),
    "created and started": (state(), state(node("A", "started")), ["node.created", "node.started"], ["node.created"]),
    "a switch is never started": (
        state(),
        state(node("S", "started", "ethernet_switch")),
        ["node.created"],
        ["node.created"],
    ),
    "linked": (state(node("A"), node("B")), state(node("A"), node("B"), link("l", "a", "b")), ["link.created"], None),
    "deleted with its link": (
        state(node("A"), node("B"), link("l", "a", "b")),
        state(node("A")),
        ["link.deleted", "node.deleted"],
        None,
    ),
    "cut": (
        state(node("A"), node("B"), link("l", "a", "b")),
        state(node("A"), node("B"), link("l", "a", "b", suspended=True)),
        [],
        ["link.changed"],
    ),
    "closed": (
        state(node("A", "started"), node("S", "started", "ethernet_switch")),
        as_listed(
            state(node("A", "started"), node("S", "started", "ethernet_switch")), replace(PROJECT, status="closed")
        ),
        ["node.stopped", "project.closed"],
        [],
    ),
    "opened": (
        state(node("A"), status="closed"),
        state(node("A", "started")),
        ["project.opened", "node.started"],
        [],
    ),
    "created project": (None, state(node("A")), ["project.created", "node.created"], ["node.created"]),
    "deleted project": (state(node("A", "started")), None, ["project.deleted"], []),
}


@pytest.mark.parametrize("case", CASES)
def test_a_difference_is_told_once_and_in_the_order_of_the_world(case: str) -> None:
    before, after, types, changes = CASES[case]
    found = differences("main", "p", before, after)
    assert [event.type for event in found.events] == types
    if changes is not None:
        assert list(found.changes) == changes
    assert differences("main", "p", after, after).events == ()


def test_a_state_survives_its_row() -> None:
    whole = state(node("A", "started"), node("B"), link("l", "a", "b"))
    assert of_json(whole.name, whole.status, to_json(whole)) == whole
    unread = first_seen(PROJECT, new=False)
    assert of_json(unread.name, unread.status, to_json(unread)) == unread


def test_the_first_reading_of_a_project_that_was_there_before_tells_nothing() -> None:
    unread = first_seen(PROJECT, new=False)
    assert differences("main", "p", unread, with_nodes(unread, [node("A", "started")])).events == ()


def test_nodes_that_run_in_a_project_that_was_closed_when_first_seen_have_started() -> None:
    closed = first_seen(replace(PROJECT, status="closed"), new=False)
    opened = as_listed(closed, PROJECT)
    assert [e.type for e in differences("main", "p", closed, opened).events] == ["project.opened"]
    read = with_nodes(opened, [node("A", "started"), node("B")])
    assert [e.type for e in differences("main", "p", opened, read).events] == ["node.started"]


NODE = {"node_id": "a", "project_id": "p", "name": "A", "node_type": "vpcs", "status": "started", "compute_id": "local"}
ENDS = [{"node_id": one, "adapter_number": 0, "port_number": 0} for one in "ab"]


@pytest.mark.parametrize(
    ("action", "event", "types"),
    [
        ("node.updated", NODE, ["node.started"]),
        ("node.created", {**NODE, "node_id": "c", "name": "C", "status": "stopped"}, ["node.created"]),
        ("node.deleted", {"node_id": "a"}, ["node.deleted"]),
        ("link.created", {"link_id": "l", "project_id": "p", "nodes": ENDS}, ["link.created"]),
    ],
)
def test_a_notification_that_comes_again_changes_nothing(
    action: str, event: dict[str, object], types: list[str]
) -> None:
    step = step_of(Notification(action, event, "p"))
    assert step is not None
    before = state(node("A"), node("B"))
    after = step(before)
    assert [e.type for e in differences("main", "p", before, after).events] == types
    assert step(after) == after


@pytest.mark.parametrize(
    ("action", "event"),
    [
        ("node.updated", {}),
        ("node.updated", {**NODE, "status": "exploded"}),
        ("node.updated", {key: value for key, value in NODE.items() if key != "status"}),
        ("link.created", {"link_id": "l", "nodes": ENDS[:1]}),
        ("link.created", {"link_id": "l", "nodes": None}),
        ("drawing.created", {"drawing_id": "d"}),
        ("never.heard_of", {}),
    ],
)
def test_what_cannot_be_read_or_tells_no_difference_is_no_step(action: str, event: dict[str, object]) -> None:
    assert step_of(Notification(action, event, "p")) is None
