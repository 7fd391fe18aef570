"""Drills on real servers: broken on purpose, seen by those who look, put back exactly once, whatever dies."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from api_clients.network.gns3.tests.servers import GNS3_VERSIONS, Gns3Server, running_gns3
from common.application.gns3 import central
from common.application.gns3.drills import ending, faults
from common.application.gns3.drills.beginning import begin_drill
from common.application.gns3.drills.capabilities import DRILL_CAPABILITIES, described
from common.application.gns3.drills.contracts import INPUTS
from common.application.gns3.drills.ending import end_drill, undo_due
from common.application.gns3.drills.kinds import Kind
from common.domain.errors import Conflict, Unavailable, Unknown
from common.domain.modules import Call, CapabilityFailed
from common.infrastructure.work.claims import return_expired
from common.models import Gns3Drill, StoredEvent
from common.tests.gns3.conftest import Use

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.needs("gns3-server", "vpcs"),
    pytest.mark.slow,
]
ADA = Call(actor="ada")


@dataclass(frozen=True)
class Lab:
    """Two hosts on a switch."""

    server: Gns3Server
    project: str
    nodes: dict[str, str]
    links: list[str]

    def link(self, number: int = 0) -> dict[str, Any]:
        found = self.server.request("GET", f"projects/{self.project}/links/{self.links[number]}")
        return {"filters": found["filters"], "suspend": found["suspend"]}

    def status(self, name: str) -> str:
        node = self.server.request("GET", f"projects/{self.project}/nodes/{self.nodes[name]}")
        return str(node["status"])


def make_lab(server: Gns3Server) -> Lab:
    project = server.request("POST", "projects", {"name": "lab", "auto_close": False})["project_id"]
    nodes, links = {}, []
    for name, kind in (("SW", "ethernet_switch"), ("PC1", "vpcs"), ("PC2", "vpcs")):
        node = {"name": name, "node_type": kind, "compute_id": "local"}
        nodes[name] = server.request("POST", f"projects/{project}/nodes", node)["node_id"]
    for number in (1, 2):
        ends = [
            {"node_id": nodes[f"PC{number}"], "adapter_number": 0, "port_number": 0},
            {"node_id": nodes["SW"], "adapter_number": 0, "port_number": number},
        ]
        links.append(server.request("POST", f"projects/{project}/links", {"nodes": ends})["link_id"])
    server.request("POST", f"projects/{project}/nodes/start")
    return Lab(server, project, nodes, links)


@pytest.fixture(params=GNS3_VERSIONS)
def lab(request: pytest.FixtureRequest, gns3_server: Callable[[str], Gns3Server], use_servers: Use) -> Lab:
    server = gns3_server(request.param)
    use_servers(main=server)
    return make_lab(server)


def begin(lab: Lab, kind: Kind, call: Call = ADA, **asked: Any) -> Gns3Drill:
    about = {"node_id": lab.nodes["PC1"]} if kind == "node_stopped" else {"link_id": lab.links[0]}
    values = {"project_id": lab.project, "seconds": 600.0, **about, **asked}
    return begin_drill(kind, INPUTS[kind].model_validate(values), call)


def due(drill: Gns3Drill) -> None:
    """Its time is over."""
    now = timezone.now() - timedelta(milliseconds=1)
    Gns3Drill.objects.filter(pk=drill.pk).update(until=now, due_at=now, order_at=now)


def told() -> list[tuple[str, dict[str, Any]]]:
    rows = StoredEvent.objects.filter(type__startswith="drill.").order_by("position")
    return list(rows.values_list("type", "data"))


def test_packet_loss_is_there_until_its_time_is_over_and_what_was_before_is_put_back(lab: Lab) -> None:
    lab.server.request("PUT", f"projects/{lab.project}/links/{lab.links[0]}", {"filters": {"delay": [50, 0]}})
    drill = begin(lab, "packet_loss", percent=40)
    assert lab.link()["filters"] == {"delay": [50, 0], "packet_loss": [40]}
    row = described(drill)
    assert (row.state, row.label) == ("active", "PC1 Ethernet0 - SW Ethernet1")
    undo_due("low")
    assert lab.link()["filters"] == {"delay": [50, 0], "packet_loss": [40]}, "not before its time"
    due(drill)
    undo_due("low")
    assert lab.link()["filters"] == {"delay": [50, 0]}
    undo_due("low")
    assert [kind for kind, _ in told()] == ["drill.started", "drill.ended"]
    drill.refresh_from_db()
    assert (drill.state, drill.outcome, told()[-1][1]["outcome"]) == ("ended", "restored", "restored")


def test_a_filter_that_the_link_had_comes_back_with_its_own_arguments(lab: Lab) -> None:
    lab.server.request("PUT", f"projects/{lab.project}/links/{lab.links[0]}", {"filters": {"delay": [50, 0]}})
    drill = begin(lab, "delay", latency_ms=400, jitter_ms=20)
    assert lab.link()["filters"] == {"delay": [400, 20]}
    end_drill(drill.pk, actor="bob")
    assert lab.link()["filters"] == {"delay": [50, 0]}
    assert told()[-1][1]["ended_by"] == "bob"


@pytest.mark.parametrize(("kind", "values"), [("corruption", {"percent": 5}), ("link_suspended", {})])
def test_links_are_corrupted_and_cut_and_mended(lab: Lab, kind: Kind, values: dict[str, Any]) -> None:
    clean = lab.link()
    drill = begin(lab, kind, **values)
    assert lab.link() != clean
    due(drill)
    undo_due("low")
    assert lab.link() == clean


def test_a_node_is_stopped_and_runs_again(lab: Lab) -> None:
    drill = begin(lab, "node_stopped")
    assert lab.status("PC1") == "stopped"
    due(drill)
    undo_due("low")
    assert lab.status("PC1") == "started"
    kinds = list(StoredEvent.objects.filter(source="gns3").order_by("position").values_list("type", "actor"))
    wanted = ("drill.started", "drill.ended", "node.stopped", "node.started")
    assert [kind for kind in kinds if kind[0] in wanted] == [
        ("node.stopped", "ada"),
        ("drill.started", "ada"),
        ("node.started", "ada"),
        ("drill.ended", "ada"),
    ]


def test_a_link_has_one_drill_at_a_time(lab: Lab) -> None:
    first = begin(lab, "packet_loss", percent=10)
    with pytest.raises(Conflict, match=f"drill {first.pk} on PC1 Ethernet0 - SW Ethernet1 already: packet loss until"):
        begin(lab, "delay", latency_ms=10)
    assert lab.link()["filters"] == {"packet_loss": [10]}
    begin(lab, "delay", latency_ms=10, link_id=lab.links[1])  # another link
    begin(lab, "node_stopped")  # and the node at its end
    end_drill(first.pk, actor="ada")
    begin(lab, "delay", latency_ms=10)
    assert lab.link()["filters"] == {"delay": [10, 0]}


def test_what_makes_no_sense_is_refused_and_leaves_no_row(lab: Lab) -> None:
    with pytest.raises(Unknown, match="no link"):
        begin(lab, "packet_loss", percent=10, link_id="00000000-0000-4000-8000-000000000000")
    with pytest.raises(Unknown, match="no link 'nonsense'"):
        begin(lab, "packet_loss", percent=10, link_id="nonsense")
    with pytest.raises(Unknown, match="no project"):
        begin(lab, "packet_loss", percent=10, project_id="00000000-0000-4000-8000-000000000000")
    with pytest.raises(Conflict, match="ethernet_switch, which cannot be stopped"):
        begin(lab, "node_stopped", node_id=lab.nodes["SW"])
    lab.server.request("POST", f"projects/{lab.project}/nodes/{lab.nodes['PC2']}/stop")
    with pytest.raises(Conflict, match="PC2 is stopped"):
        begin(lab, "node_stopped", node_id=lab.nodes["PC2"])
    lab.server.request("PUT", f"projects/{lab.project}/links/{lab.links[1]}", {"suspend": True})
    with pytest.raises(Conflict, match="suspended already"):
        begin(lab, "link_suspended", link_id=lab.links[1])
    lab.server.request("POST", f"projects/{lab.project}/close")
    with pytest.raises(Conflict, match="closed"):
        begin(lab, "packet_loss", percent=10)
    assert not Gns3Drill.objects.exists()
    assert told() == []


def test_a_process_that_dies_after_the_fault_leaves_a_row_that_undoes_it(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = faults.bring_about

    def dying(drill: Gns3Drill) -> None:
        done(drill)
        raise KeyboardInterrupt

    monkeypatch.setattr(faults, "bring_about", dying)
    with pytest.raises(KeyboardInterrupt):
        begin(lab, "packet_loss", percent=10)
    assert lab.link()["filters"] == {"packet_loss": [10]}
    drill = Gns3Drill.objects.get()
    Gns3Drill.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert return_expired(Gns3Drill) == 1
    due(drill)
    undo_due("low")
    assert lab.link()["filters"] == {}
    assert told() == [], "nobody was told that it began"


def test_a_worker_that_dies_after_undoing_is_followed_by_one_that_undoes_nothing_twice(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    drill = begin(lab, "packet_loss", percent=10)
    due(drill)
    with monkeypatch.context() as patched:

        def dying(*_: Any) -> None:
            raise KeyboardInterrupt

        patched.setattr(ending, "_end", dying)
        with pytest.raises(KeyboardInterrupt):
            undo_due("low")
    assert lab.link()["filters"] == {}
    undo_due("low")
    assert Gns3Drill.objects.get().state == "running", "the dead worker's claim stands"
    lab.server.request("PUT", f"projects/{lab.project}/links/{lab.links[0]}", {"filters": {"packet_loss": [77]}})
    Gns3Drill.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    return_expired(Gns3Drill)
    undo_due("low")
    assert lab.link()["filters"] == {"packet_loss": [77]}, "which somebody set after it was undone"
    assert [kind for kind, _ in told()] == ["drill.started", "drill.ended"]


def test_the_same_step_done_again_begins_no_second_drill(lab: Lab) -> None:
    call = Call(actor="ada", idempotency_key="run:1:step:drill")
    first = begin(lab, "packet_loss", call, percent=10)
    assert begin(lab, "packet_loss", call, percent=10).pk == first.pk
    assert len(told()) == 1
    end_drill(first.pk, actor="ada")
    assert begin(lab, "packet_loss", call, percent=10).state == "ended"
    assert lab.link()["filters"] == {}


def test_a_link_that_is_gone_and_a_project_that_is_closed_end_a_drill_or_keep_it_waiting(lab: Lab) -> None:
    gone = begin(lab, "packet_loss", percent=10, link_id=lab.links[1])
    lab.server.request("DELETE", f"projects/{lab.project}/links/{lab.links[1]}")
    assert end_drill(gone.pk, actor="ada").outcome == "gone"
    waiting = begin(lab, "packet_loss", percent=10)
    stopped = begin(lab, "node_stopped")
    lab.server.request("POST", f"projects/{lab.project}/close")
    assert end_drill(stopped.pk, actor="ada").outcome == "superseded"
    row = described(end_drill(waiting.pk, actor="ada"))
    assert (row.state, row.ended_by) == ("ending", "ada")
    assert "closed" in row.error
    lab.server.request("POST", f"projects/{lab.project}/open")
    due(waiting)
    undo_due("low")
    assert lab.link()["filters"] == {}


def test_capabilities_begin_end_and_list_drills(lab: Lab) -> None:
    offered = {capability.name: capability for capability in DRILL_CAPABILITIES}
    loss = offered["gns3.drill_packet_loss"]
    asked = loss.input.model_validate(
        {"project_id": lab.project, "link_id": lab.links[0], "percent": 5, "seconds": 60.0}
    )
    begun: Any = loss.function(asked, ADA)
    listing = offered["gns3.drill_list"]
    listed: Any = listing.function(listing.input(), ADA)
    assert [drill.drill_id for drill in listed.drills] == [begun.drill_id]
    with pytest.raises(CapabilityFailed) as refused:
        loss.function(asked, ADA)
    assert (refused.value.code, refused.value.retryable) == ("drill_running", False)
    end = offered["gns3.drill_end"]
    over: Any = end.function(end.input.model_validate({"drill_id": begun.drill_id}), ADA)
    assert (over.state, over.outcome) == ("ended", "restored")
    again: Any = end.function(end.input.model_validate({"drill_id": begun.drill_id}), ADA)
    assert again == over
    listed = listing.function(listing.input(), ADA)
    assert listed.drills == []


@pytest.mark.parametrize("version", GNS3_VERSIONS)
def test_an_outage_only_delays_the_undoing(version: str, use_servers: Use, tmp_path: Any) -> None:
    with running_gns3(version, tmp_path) as server:
        use_servers(main=server)
        lab = make_lab(server)
        drill = begin(lab, "packet_loss", percent=10)
        server.kill()
        row = described(end_drill(drill.pk, actor="ada"))
        assert (row.state, bool(row.error)) == ("ending", True)
        with pytest.raises((Unavailable, Conflict)):
            begin(lab, "delay", latency_ms=10, link_id=lab.links[1])
        server.start()
        server.request("POST", f"projects/{lab.project}/open")
        until = time.monotonic() + 90
        while Gns3Drill.objects.get(pk=drill.pk).state != "ended" and time.monotonic() < until:
            undo_due("low")
            time.sleep(0.2)
        assert lab.link()["filters"] == {}
        assert [kind for kind, _ in told()] == ["drill.started", "drill.ended"]
        assert central.servers() == ("main",)
