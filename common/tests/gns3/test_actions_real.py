"""What the hub does to projects and nodes of real servers, what that tells, and what it refuses."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator

import pytest

from api_clients.network.gns3.tests.servers import GNS3_VERSIONS, Gns3Server
from common.application.events.causes import on_behalf_of
from common.application.gns3 import central
from common.application.gns3.listener import Listener
from common.application.modules.capabilities import call_capability
from common.domain.errors import Conflict, Invalid, Unknown
from common.domain.modules import Call, CapabilityFailed
from common.models import Gns3Intent, StoredEvent
from common.tests.gns3.conftest import Use
from common.tests.gns3.outside import Lab, newest, told, until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.needs("gns3-server", "vpcs"),
    pytest.mark.parametrize("version", GNS3_VERSIONS),
]
NOBODY = str(uuid.UUID(int=7))


@pytest.fixture
def server(version: str, gns3_server: Callable[[str], Gns3Server], use_servers: Use) -> Gns3Server:
    running = gns3_server(version)
    use_servers(main=running)
    return running


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.stop()


@pytest.mark.parametrize("how", ["alone", "stream", "polled"])
def test_each_action_is_one_event_with_its_actor_whoever_notices_it_first(
    version: str, how: str, server: Gns3Server, listener: Listener
) -> None:
    lab = Lab(server, "actions")
    central.topology("main", lab.project_id)
    if how != "alone":
        central.watch("main", lab.project_id, watched=how == "stream")
        listener.start()
        threading.Event().wait(2)
    before = newest()
    node = lab.nodes["A"]
    with on_behalf_of(Call(actor="ada", correlation_id="run-7", causation_id="step:3")):
        assert central.start_node("main", lab.project_id, node, actor="ada").status == "started"
        assert central.start_node("main", lab.project_id, node, actor="ada").status == "started"
        assert central.restart_node("main", lab.project_id, node, actor="ada").status == "started"
        assert central.stop_node("main", lab.project_id, node, actor="ada").status == "stopped"
    if how != "alone":
        threading.Event().wait(2.5)
    assert told(lab.project_id, after=before) == [
        ("node.started", "A"),
        ("node.stopped", "A"),
        ("node.started", "A"),
        ("node.stopped", "A"),
    ]
    causes = StoredEvent.objects.filter(position__gt=before).values_list("actor", "correlation_id", "causation_id")
    assert set(causes) == {("ada", "run-7", "step:3")}
    assert not Gns3Intent.objects.exists()


def test_a_project_starts_in_waves_each_node_answering_and_again_it_is_all_there(
    version: str, server: Gns3Server
) -> None:
    lab = Lab(server, "whole", hosts=4)
    lab.project("close")
    report = central.start_project("main", lab.project_id, actor="ada")
    assert (report.outcome, report.opened) == ("done", True)
    assert report.nodes[0].name == "S"
    assert {node.outcome for node in report.nodes if node.type == "vpcs"} == {"done"}
    assert all(node.console for node in report.nodes if node.type == "vpcs")
    assert all(lab.status(name) == "started" for name in lab.nodes)
    again = central.start_project("main", lab.project_id)
    assert (again.outcome, again.opened, {node.outcome for node in again.nodes}) == ("done", False, {"already"})
    stopped = central.stop_project("main", lab.project_id, close=True)
    assert stopped.outcome == "done"
    assert [node.name for node in stopped.nodes][-1] == "S"
    assert not lab.is_open()
    starts = [one for one in told(lab.project_id) if one[0] == "node.started"]
    assert sorted(starts) == [("node.started", name) for name in "ABCD"]


def test_a_start_that_is_stopped_in_between_begins_nothing_more_and_goes_on_later(
    version: str, server: Gns3Server
) -> None:
    lab = Lab(server, "cancelled", hosts=3)
    asked = []

    def after_one() -> bool:
        asked.append(1)
        return any(lab.status(name) == "started" for name in "ABC")

    report = central.start_project("main", lab.project_id, parallel=1, should_stop=after_one)
    assert report.outcome == "cancelled"
    assert sorted(node.outcome for node in report.nodes if node.type == "vpcs") == ["done", "not_tried", "not_tried"]
    assert central.start_project("main", lab.project_id).outcome == "done"


def test_several_projects_start_at_once_and_one_that_is_not_there_fails_alone(version: str, server: Gns3Server) -> None:
    labs = [Lab(server, f"lab {number}", hosts=1) for number in range(2)]
    wanted = [("main", labs[0].project_id), ("main", NOBODY), ("main", labs[1].project_id)]
    reports = central.start_projects(wanted)
    assert [report.outcome for report in reports] == ["done", "failed", "done"]
    assert NOBODY in reports[1].error


def test_what_makes_no_sense_is_refused_and_changes_nothing(version: str, server: Gns3Server) -> None:
    lab = Lab(server, "refused", hosts=1)
    central.topology("main", lab.project_id)
    before = newest()
    with pytest.raises(Unknown, match="There is no GNS3 server"):
        central.topology("elsewhere", lab.project_id)
    for wrong in ("nonsense", "", "../../etc", NOBODY):
        with pytest.raises(Unknown):
            central.topology("main", wrong)
        with pytest.raises(Unknown):
            central.node("main", lab.project_id, wrong)
        with pytest.raises(Unknown):
            central.start_node("main", lab.project_id, wrong)
    with pytest.raises(Conflict, match="runs as long as"):
        central.stop_node("main", lab.project_id, lab.nodes["S"])
    with pytest.raises(Conflict, match="only a node that runs"):
        central.suspend_node("main", lab.project_id, lab.nodes["A"])
    with pytest.raises(Invalid):
        central.start_project("main", lab.project_id, parallel=0)
    lab.project("close")
    with pytest.raises(Conflict, match="not opened"):
        central.start_node("main", lab.project_id, lab.nodes["A"])
    with pytest.raises(CapabilityFailed) as refused:
        call_capability("gns3.start_node", {"project_id": lab.project_id, "node_id": lab.nodes["A"]}, Call())
    assert (refused.value.code, refused.value.retryable) == ("project_closed", False)
    assert told(lab.project_id, after=before) == [("project.closed", "refused")]


def test_a_project_is_made_whole_or_not_at_all(version: str, server: Gns3Server) -> None:
    nodes = [central.NewNode("a", "PC-A", type="vpcs"), central.NewNode("s", "Switch", type="ethernet_switch", x=50)]
    end = central.NewLinkEnd
    link = central.NewLink((end("a", 0, 0), end("s", 0, 3)))
    made = central.create_project("main", "made", nodes=nodes, links=[link], actor="ada")
    topology = central.topology("main", made.project.project_id)
    assert {node.name for node in topology.nodes} == {"PC-A", "Switch"}
    assert len(topology.links) == len(made.link_ids) == 1
    assert not topology.project.auto_close
    assert central.project_states("main")[0].made_by_hub
    with pytest.raises(Conflict, match="already"):
        central.create_project("main", "made")
    no_such_port = central.NewLink((end("a", 0, 7), end("s", 0, 1)))
    with pytest.raises((Unknown, Conflict)):
        central.create_project("main", "broken", nodes=nodes, links=[no_such_port])
    with pytest.raises(Invalid) as refused:
        central.create_project("main", "", nodes=[central.NewNode("a", "A"), nodes[0]], links=[link])
    assert len(refused.value.details) >= 3
    assert [project["name"] for project in server.request("GET", "projects")] == ["made"]
    assert ("project.deleted", "broken") in told()


def test_a_snapshot_that_is_restored_is_read_anew_and_told_once(
    version: str, server: Gns3Server, listener: Listener
) -> None:
    lab = Lab(server, "snapped", hosts=1)
    central.watch("main", lab.project_id)
    snapshot = central.create_snapshot("main", lab.project_id, "before")
    lab.add("B")
    listener.start()
    until(lambda: any(state.nodes == 3 for state in central.project_states("main")))
    threading.Event().wait(1)
    before = newest()
    topology = central.restore_snapshot("main", lab.project_id, snapshot.snapshot_id, actor="ada")
    assert {node.name for node in topology.nodes} == {"A", "S"}
    threading.Event().wait(3)
    events = told(lab.project_id, after=before)
    assert events.count(("snapshot.restored", "snapped")) == 1
    assert events.count(("node.deleted", "B")) == 1
    assert len(central.topology("main", lab.project_id).nodes) == 2
    with pytest.raises(Unknown):
        central.restore_snapshot("main", lab.project_id, NOBODY)


def test_a_snapshot_restored_from_outside_is_told_once_and_read_anew(
    version: str, server: Gns3Server, listener: Listener
) -> None:
    lab = Lab(server, "outside", hosts=1)
    snapshot = server.request("POST", f"{lab.path}/snapshots", {"name": "one"})
    lab.add("B")
    central.watch("main", lab.project_id)
    listener.start()
    until(lambda: any(state.nodes == 3 for state in central.project_states("main")))
    threading.Event().wait(1)
    before = newest()
    server.request("POST", f"{lab.path}/snapshots/{snapshot['snapshot_id']}/restore", {})
    until(lambda: ("node.deleted", "B") in told(lab.project_id, after=before), told_by=told)
    until(lambda: ("snapshot.restored", "outside") in told(lab.project_id, after=before), told_by=told)
    threading.Event().wait(2)
    events = told(lab.project_id, after=before)
    assert events.count(("snapshot.restored", "outside")) == 1
    assert events.count(("node.deleted", "B")) == 1
    print(version, events)
