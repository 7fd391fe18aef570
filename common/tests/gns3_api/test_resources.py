"""Projects, nodes, links, snapshots, captures and templates over REST, on real servers of both versions."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from rest_framework.test import APIClient

from common.models import StoredEvent
from common.tests.gns3.outside import Lab
from common.tests.gns3_api.conftest import ROOT
from common.tests.gns3_api.test_central_paths import NOBODY, refused, told
from common.tests.people import ClientOf

pytestmark = [pytest.mark.django_db, pytest.mark.needs("gns3-server", "vpcs")]


def rows(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert set(body) == {"data", "meta", "links"}
    found: list[dict[str, Any]] = body["data"]
    return found


def done(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    body: dict[str, Any] = answer.json()
    if status == 201 and "Location" in answer:
        assert answer["Location"] == body["url"]
    return body


def of(lab: Lab, rest: str = "") -> str:
    return f"{ROOT}projects/{lab.project_id}/{rest}"


# --- Lists ---


def test_lists_are_filtered_ordered_and_paged(lab: Lab, viewer: APIClient) -> None:
    path = of(lab, "nodes/")
    assert [row["name"] for row in rows(viewer.get(path))] == ["A", "B", "S"]
    assert [row["name"] for row in rows(viewer.get(f"{path}?ordering=-name"))] == ["S", "B", "A"]
    assert [row["name"] for row in rows(viewer.get(f"{path}?ordering=type,-name"))] == ["S", "B", "A"]
    assert [row["name"] for row in rows(viewer.get(f"{path}?type=vpcs&status=stopped"))] == ["A", "B"]
    assert [row["name"] for row in rows(viewer.get(f"{path}?name=A&name=S"))] == ["A", "S"]
    assert rows(viewer.get(f"{path}?name=a")) == []
    page = viewer.get(f"{path}?page=2&page_size=2").json()
    assert [row["name"] for row in page["data"]] == ["S"]
    assert page["meta"] == {"total": 3, "page": 2, "per_page": 2}
    assert page["links"]["prev"]
    assert page["links"]["next"] is None
    for wrong in ("status=running", "colour=red", "ordering=colour", "page=0", "page_size=1001", "fresh=true"):
        refused(viewer.get(f"{path}?{wrong}"), 400)
    refused(viewer.get(f"{path}?page=2"), 404, "no_such_page")


def test_projects_are_listed_and_told_alike(lab: Lab, viewer: APIClient) -> None:
    (row,) = rows(viewer.get(f"{ROOT}projects/?status=opened&made_by_hub=false&server=main"))
    assert (row["name"], row["project_id"], row["server"]) == ("campus", lab.project_id, "main")
    viewer.get(of(lab, "nodes/"))
    (row,) = rows(viewer.get(f"{ROOT}projects/"))
    assert (row["nodes"], row["links"], row["running"]) == (3, 2, 1)
    alone = viewer.get(row["url"])
    assert alone.json() == row
    assert viewer.get(row["url"], HTTP_IF_NONE_MATCH=alone["ETag"]).status_code == 304
    refused(viewer.get(f"{ROOT}projects/?watched=1"), 400)
    refused(viewer.get(f"{ROOT}projects/?server=other"), 404, "unknown_server")
    refused(viewer.get(f"{ROOT}projects/{NOBODY}/"), 404, "unknown_project")
    refused(viewer.get(f"{ROOT}projects/campus/"), 404, "unknown_project")


@pytest.mark.parametrize("resource", ["nodes", "links", "snapshots"])
def test_a_row_of_a_list_is_what_its_url_tells(lab: Lab, viewer: APIClient, operator: APIClient, resource: str) -> None:
    if resource == "snapshots":
        done(operator.post(of(lab, "snapshots/"), {"name": "first"}), 201)
    for row in rows(viewer.get(of(lab, f"{resource}/"))):
        assert viewer.get(row["url"]).json() == row
    refused(viewer.get(of(lab, f"{resource}/{NOBODY}/")), 404)
    refused(viewer.get(of(lab, f"{resource}/x/")), 404)
    refused(viewer.get(f"{ROOT}projects/{NOBODY}/{resource}/"), 404, "unknown_project")


def test_templates_are_listed(server: Any, viewer: APIClient) -> None:
    found = rows(viewer.get(f"{ROOT}templates/?type=vpcs"))
    assert [(row["type"], row["server"], row["builtin"]) for row in found] == [("vpcs", "main", True)]
    assert len(rows(viewer.get(f"{ROOT}templates/"))) > 3


# --- Projects ---


def test_a_project_lives_and_dies(server: Any, operator: APIClient, admin: APIClient) -> None:
    made = done(operator.post(f"{ROOT}projects/", {"name": "new lab"}), 201)
    path = made["url"]
    assert (made["name"], made["status"], made["auto_close"], made["made_by_hub"]) == ("new lab", "opened", False, True)
    refused(operator.post(f"{ROOT}projects/", {"name": "new lab"}), 409)
    assert done(operator.post(f"{path}close/"))["status"] == "closed"
    assert done(operator.post(f"{path}close/"))["status"] == "closed"
    assert done(operator.post(f"{path}open/"))["status"] == "opened"
    copy = done(operator.post(f"{path}duplicate/", {"name": "copy"}), 201)
    assert (copy["name"], copy["status"]) == ("copy", "closed")
    refused(operator.post(f"{path}duplicate/", {"name": "copy"}), 409)
    refused(operator.delete(path), 403, "role_required")
    assert admin.delete(path).status_code == 204
    refused(admin.delete(path), 404, "unknown_project")
    names = [(row.type, row.data["project"], row.actor) for row in StoredEvent.objects.order_by("position")]
    assert names == [
        ("project.created", "new lab", "operator"),
        ("project.closed", "new lab", "operator"),
        ("project.opened", "new lab", "operator"),
        ("project.created", "copy", "operator"),
        *names[4:-1],
        ("project.deleted", "new lab", "admin"),
    ]
    for wrong in ({}, {"name": ""}, {"name": "x" * 201}, {"name": "a\nb"}, {"name": 7}, {"name": "x", "nodes": []}):
        refused(operator.post(f"{ROOT}projects/", wrong), 400)


def test_a_project_is_watched_only_when_it_cannot_be_shut_by_that(
    server: Any, operator: APIClient, viewer: APIClient
) -> None:
    theirs = Lab(server, "theirs", hosts=0, auto_close=True)
    path = of(theirs)
    assert viewer.get(path).json()["auto_close"] is True
    watched = done(operator.post(f"{path}watch/"))
    assert (watched["watched"], watched["auto_close"]) == (True, False)
    assert done(operator.post(f"{path}unwatch/"))["watched"] is False
    assert [row["name"] for row in rows(viewer.get(f"{ROOT}projects/?watched=true"))] == []
    changes = StoredEvent.objects.filter(type="project.watch_changed").order_by("position")
    assert [(row.actor, row.data["watched"]) for row in changes] == [("operator", True), ("operator", False)]
    refused(viewer.post(f"{path}watch/"), 403)
    refused(operator.post(f"{path}watch/", {"force": True}), 400)


def test_a_project_goes_out_as_an_archive_and_comes_in_again(
    lab: Lab, operator: APIClient, viewer: APIClient, admin: APIClient
) -> None:
    refused(viewer.get(of(lab, "export/")), 403)
    answer = operator.get(of(lab, "export/"), HTTP_ACCEPT="application/zip")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/zip"
    assert 'filename="campus.gns3project"' in answer["Content-Disposition"]
    archive = answer.content
    assert archive.startswith(b"PK")
    path = f"{ROOT}projects/import/"
    made = done(operator.post(f"{path}?name=again", archive, content_type="application/octet-stream"), 201)
    assert (made["name"], made["status"]) == ("again", "closed")
    assert made["project_id"] != lab.project_id
    assert sorted(row["name"] for row in rows(viewer.get(f"{made['url']}nodes/"))) == ["A", "B", "S"]
    refused(operator.post(path, archive, content_type="application/octet-stream"), 400)
    refused(operator.post(f"{path}?name=x", b"", content_type="application/octet-stream"), 400)
    nonsense = operator.post(f"{path}?name=x", b"no archive", content_type="application/octet-stream")
    assert refused(nonsense, nonsense.status_code)["type"] in {"validation_error", "conflict", "failed", "unavailable"}
    assert not any(row["name"] == "x" for row in rows(viewer.get(f"{ROOT}projects/")))
    (exported,) = StoredEvent.objects.filter(type="project.exported")
    assert (exported.actor, exported.data["size"]) == ("operator", len(archive))


# --- Nodes ---


def test_nodes_are_made_of_types_and_templates_edited_and_deleted(
    lab: Lab, operator: APIClient, viewer: APIClient
) -> None:
    path = of(lab, "nodes/")
    made = done(operator.post(path, {"name": "PC", "type": "vpcs", "x": 10, "y": -20}), 201)
    assert (made["name"], made["type"], made["x"], made["y"]) == ("PC", "vpcs", 10, -20)
    (template,) = rows(viewer.get(f"{ROOT}templates/?type=vpcs"))
    by_name = done(operator.post(path, {"name": "T1", "template": template["name"]}), 201)
    by_id = done(operator.post(path, {"name": "T2", "template": template["template_id"]}), 201)
    assert (by_name["name"], by_id["name"], by_id["type"]) == ("T1", "T2", "vpcs")
    moved = done(operator.patch(made["url"], {"name": "PC2", "x": 300}))
    assert (moved["name"], moved["x"], moved["y"]) == ("PC2", 300, -20)
    assert viewer.get(made["url"]).json() == moved
    for name in ("start", "stop", "restart"):
        assert done(operator.post(f"{made['url']}{name}/"))["status"] == ("stopped" if name == "stop" else "started")
    assert operator.delete(made["url"]).status_code == 204
    refused(operator.delete(made["url"]), 404)
    assert told("node.created", "node.deleted", "node.edited") == [
        ("node.created", "PC", "operator"),
        ("node.created", "T1", "operator"),
        ("node.created", "T2", "operator"),
        ("node.edited", "", "operator"),
        ("node.deleted", "PC2", "operator"),
    ]
    for wrong in (
        {"name": "x"},
        {"name": "x", "type": "vpcs", "template": "VPCS"},
        {"type": "vpcs"},
        {"name": "x", "type": "VPCS!"},
        {"name": "x", "type": "vpcs", "x": "1"},
        {"name": "x", "type": "vpcs", "x": 10**9},
        {"name": "x", "template": "VPCS", "properties": {"a": 1}},
    ):
        refused(operator.post(path, wrong), 400)
    refused(operator.post(path, {"name": "x", "template": "no such"}), 404, "unknown_template")
    teapot = operator.post(path, {"name": "x", "type": "teapot"})
    assert refused(teapot, teapot.status_code)["type"] in {"validation_error", "not_found", "conflict"}
    refused(operator.patch(by_id["url"], {}), 400)
    refused(operator.patch(by_id["url"], {"status": "started"}), 400)
    refused(viewer.post(path, {"name": "x", "type": "vpcs"}), 403)
    refused(viewer.delete(by_id["url"]), 403)


def test_nothing_is_made_in_a_closed_project(lab: Lab, operator: APIClient) -> None:
    lab.project("close")
    node = lab.nodes["A"]
    refused(operator.post(of(lab, "nodes/"), {"name": "x", "type": "vpcs"}), 409)
    refused(operator.patch(of(lab, f"nodes/{node}/"), {"x": 1}), 409)
    refused(operator.delete(of(lab, f"nodes/{node}/")), 409)
    refused(operator.post(of(lab, "snapshots/"), {"name": "x"}), 409)
    refused(operator.post(of(lab, f"links/{lab.links[0]}/suspend/")), 409)
    refused(operator.get(of(lab, f"nodes/{node}/console/")), 409, "project_closed")


# --- Links ---


def test_links_are_made_cut_mended_and_deleted(lab: Lab, operator: APIClient, viewer: APIClient) -> None:
    path = of(lab, "links/")
    ends = [{"node_id": lab.add("C"), "port_number": 0}, {"node_id": lab.nodes["S"], "port_number": 5}]
    made = done(operator.post(path, {"ends": ends}), 201)
    assert {end["node"]["name"] for end in made["ends"]} == {"C", "S"}
    used = refused(operator.post(path, {"ends": ends}), 409, "port_used")
    assert f"port 0 of C is used by the link {made['link_id']} to S" in used["message"]
    free = {"node_id": lab.add("D"), "port_number": 0}
    refused(operator.post(path, {"ends": [free, {**ends[1], "port_number": 500}]}), 404)
    refused(operator.post(path, {"ends": [free, {"node_id": NOBODY}]}), 404)
    refused(operator.post(path, {"ends": [free, {"node_id": "x"}]}), 404, "unknown_node")
    refused(operator.post(path, {"ends": ends[:1]}), 400)
    refused(operator.post(path, {"ends": [ends[0], ends[0]]}), 400)
    refused(operator.post(path, {"ends": [{**ends[0], "port_number": -1}, ends[1]]}), 400)
    assert done(operator.post(f"{made['url']}suspend/"))["suspended"] is True
    assert [row["link_id"] for row in rows(viewer.get(f"{path}?suspended=true"))] == [made["link_id"]]
    assert done(operator.post(f"{made['url']}resume/"))["suspended"] is False
    assert operator.delete(made["url"]).status_code == 204
    refused(operator.get(made["url"]), 404, "unknown_link")
    created, deleted = StoredEvent.objects.filter(type__in=["link.created", "link.deleted"]).order_by("position")
    assert (created.actor, created.type, deleted.actor, deleted.type) == (
        "operator",
        "link.created",
        "operator",
        "link.deleted",
    )


def test_filters_are_set_all_at_once_or_not_at_all(lab: Lab, operator: APIClient, viewer: APIClient) -> None:
    path = of(lab, f"links/{lab.links[0]}/filters/")
    told_of = viewer.get(path).json()
    assert told_of["filters"] == {}
    assert {"packet_loss", "delay"} <= {row["type"] for row in told_of["available"]}
    wanted = {"packet_loss": [10], "delay": [100, 20]}
    assert done(operator.post(path, {"filters": wanted}))["filters"] == wanted
    for wrong in (
        {"packet_loss": [101]},
        {"packet_loss": ["many"]},
        {"packet_loss": [1, 2]},
        {"teapot": [1]},
        {"delay": []},
    ):
        refused(operator.post(path, {"filters": {**wanted, **wrong}}), 400)
    assert viewer.get(path).json()["filters"] == wanted
    for wrong in ({}, {"filters": []}, {"filters": {"packet_loss": 10}}, {"filters": {"packet_loss": [{}]}}):
        refused(operator.post(path, wrong), 400)
    assert done(operator.post(path, {"filters": {}}))["filters"] == {}


def test_a_link_is_recorded_and_the_recording_read(lab: Lab, operator: APIClient, viewer: APIClient) -> None:
    lab.do("start", "A")
    path = of(lab, f"links/{lab.links[0]}/")
    refused(operator.post(f"{path}capture/stop/"), 409, "capture_not_running")
    refused(operator.get(f"{path}capture/stream/"), 409, "capture_not_running")
    started = done(operator.post(f"{path}capture/start/", {"file_name": "uplink"}), 201)
    assert (started["capturing"], started["capture_file"] is not None) == (True, True)
    refused(operator.post(f"{path}capture/start/"), 409, "capture_running")
    assert [row["link_id"] for row in rows(viewer.get(f"{ROOT}captures/"))] == [lab.links[0]]
    assert len(rows(viewer.get(f"{ROOT}captures/?project_id={lab.project_id}"))) == 1
    refused(viewer.get(f"{path}capture/stream/"), 403)
    threading.Event().wait(0.3)
    answer = operator.get(f"{path}capture/stream/?max_bytes=24&quiet_seconds=20&seconds=25", HTTP_ACCEPT="*/*")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/vnd.tcpdump.pcap"
    content = b"".join(answer.streaming_content) if not answer.is_async else _whole(answer)
    assert content[:4] in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4")
    refused(operator.get(f"{path}capture/stream/?seconds=0"), 400)
    refused(operator.get(f"{path}capture/stream/?max_bytes=x"), 400)
    assert done(operator.post(f"{path}capture/stop/"))["capturing"] is False
    assert rows(viewer.get(f"{ROOT}captures/")) == []
    for wrong in ({"file_name": "../x"}, {"file_name": ".x"}, {"file_name": 7}, {"name": "x"}):
        refused(operator.post(f"{path}capture/start/", wrong), 400)
    events = StoredEvent.objects.filter(type__startswith="capture.").order_by("position")
    assert [(row.type, row.actor) for row in events] == [
        ("capture.started", "operator"),
        ("capture.read", "operator"),
        ("capture.stopped", "operator"),
    ]


def _whole(answer: Any) -> bytes:
    import asyncio

    async def collect() -> bytes:
        return b"".join([chunk async for chunk in answer.streaming_content])

    return asyncio.run(collect())


# --- Snapshots ---


def test_a_project_is_kept_and_brought_back(lab: Lab, operator: APIClient, viewer: APIClient) -> None:
    made = done(operator.post(of(lab, "snapshots/"), {"name": "before"}), 201)
    refused(operator.post(of(lab, "snapshots/"), {"name": "before"}), 409, "snapshot_exists")
    lab.add("C")
    assert len(rows(viewer.get(f"{of(lab, 'nodes/')}"))) >= 3
    restored = done(operator.post(f"{made['url']}restore/"))
    assert sorted(node["name"] for node in restored["nodes"]) == ["A", "B", "S"]
    (row,) = rows(viewer.get(of(lab, "snapshots/")))
    assert row["name"] == "before"
    assert operator.delete(row["url"]).status_code == 204
    refused(operator.delete(row["url"]), 404)
    refused(viewer.post(of(lab, "snapshots/"), {"name": "x"}), 403)
    kinds = [(row.type, row.actor) for row in StoredEvent.objects.filter(type__startswith="snapshot.")]
    assert ("snapshot.created", "operator") in kinds
    assert ("snapshot.restored", "operator") in kinds
    assert ("snapshot.deleted", "operator") in kinds


# --- Consoles and statistics ---


def test_a_line_is_typed_and_what_comes_is_read(lab: Lab, operator: APIClient, viewer: APIClient) -> None:
    path = of(lab, f"nodes/{lab.nodes['A']}/console/")
    refused(viewer.get(path), 409, "node_not_started")
    refused(operator.post(path, {"line": "show ip"}), 409, "node_not_started")
    lab.do("start", "A")
    where = done(viewer.get(path))
    assert where["type"] == "telnet"
    assert where["port"] > 0
    # A VPCS that still reads its startup script loses what is typed; a command waits for its prompt.
    done(operator.post(path, {"command": "show version", "wait_seconds": 30}))
    said = done(operator.post(path, {"line": "ip 10.0.0.9/24", "wait_seconds": 20}))
    assert said["ended_by"] in {"quiet", "time"}
    asked = done(operator.post(path, {"command": "show ip", "wait_seconds": 30}))
    assert "10.0.0.9/24" in asked["output"]
    assert asked["ended_by"] == "prompt"
    refused(viewer.post(path, {"line": "show ip"}), 403)
    for wrong in ({}, {"line": "a", "command": "b"}, {"line": "a\rb"}, {"line": 7}, {"line": "a", "wait_seconds": 31}):
        refused(operator.post(path, wrong), 400)
    refused(viewer.get(of(lab, f"nodes/{lab.nodes['S']}/console/")), 409, "console_not_text")
    opened = StoredEvent.objects.filter(type="console.opened").order_by("position")
    assert [(row.actor, row.data["over"]) for row in opened] == [("operator", "rest")] * 3
    assert StoredEvent.objects.filter(type="console.closed").count() == 3


def test_events_are_counted(lab: Lab, operator: APIClient, client_of: ClientOf) -> None:
    viewer = client_of("viewer")
    for action in ("start", "stop", "start"):
        done(operator.post(of(lab, f"nodes/{lab.nodes['A']}/{action}/")))
    lab.add("C")
    done(operator.post(f"{ROOT}refresh_topology/", {"project_id": lab.project_id}))
    found = viewer.get(f"{ROOT}event_statistics/?project_id={lab.project_id}").json()
    counts = {row["type"]: row["count"] for row in found["by_type"]}
    assert (counts["node.started"], counts["node.stopped"], counts["node.created"]) == (2, 1, 1)
    assert found["total"] == sum(counts.values())
    assert found["by_actor"]["operator"] == 3
    assert found["by_project"][0]["project"]["name"] == "campus"
    assert viewer.get(f"{ROOT}event_statistics/?project_id={NOBODY}").json()["total"] == 0
    for wrong in ("hours=0", "hours=x", "hours=99999", "days=1", "hours=nan"):
        refused(viewer.get(f"{ROOT}event_statistics/?{wrong}"), 400)
