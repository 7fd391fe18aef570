from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from api_clients.domain.values import Response
from api_clients.network.gns3 import reading
from api_clients.network.gns3.tests import documents
from api_clients.network.gns3.values import Compute, Filter, LinkEnd, Port, ProjectStatistics, Snapshot, Template

CONTRACTS = Path(os.environ.get("NMS_CONTRACTS", Path(__file__).resolve().parents[5] / "shared" / "contracts"))
RECORDED = CONTRACTS / "gns3" / "v2.2.0-answers"


def answer(document: Any, *, instance: str = "http://lab.example.org:3080/gns3") -> Response:
    return Response(200, {"content-type": "application/json"}, json.dumps(document).encode(), instance=instance)


def test_a_node_is_read_with_its_ports_console_and_place() -> None:
    node = reading.read_node(documents.node(status="started"), host="localhost")
    assert (node.name, node.type, node.status, node.console, node.console_host) == (
        "A",
        "vpcs",
        "started",
        21001,
        "127.0.0.1",
    )
    assert node.ports == (Port(0, 0, "Ethernet0", "e0", "ethernet"),)
    assert (node.x, node.y, node.z) == (10, -20, 1)


def test_a_node_of_a_closed_project_is_stopped_without_ports_and_console() -> None:
    node = reading.read_node(documents.closed_node(), project_id=documents.PROJECT_ID, host="lab")
    assert (node.status, node.ports, node.console, node.project_id) == ("stopped", (), None, documents.PROJECT_ID)


@pytest.mark.parametrize("everywhere", ["0.0.0.0", "::", "0:0:0:0:0:0:0:0", "", None])
def test_a_console_that_is_everywhere_is_where_the_api_was_reached(everywhere: str | None) -> None:
    rows = reading.as_nodes(documents.PROJECT_ID)(answer([documents.node(console_host=everywhere)]))
    assert rows[0].console_host == "lab.example.org"


@pytest.mark.parametrize("loopback", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_a_console_on_the_loopback_of_another_machine_is_never_looked_for_on_ours(loopback: str) -> None:
    read = reading.as_node(documents.PROJECT_ID)
    assert read(answer(documents.node(console_host=loopback))).console_host == "lab.example.org"
    for here in ("127.0.0.1", "localhost", "[::1]"):
        found = read(answer(documents.node(console_host=loopback), instance=f"http://{here}:3080"))
        assert found.console_host == loopback


def test_a_console_elsewhere_stays_there() -> None:
    read = reading.as_node(documents.PROJECT_ID)
    assert read(answer(documents.node(console_host="192.0.2.7"))).console_host == "192.0.2.7"
    assert read(answer(documents.node(console_host="::"), instance="http://[2001:db8::1]:80")).console_host == (
        "2001:db8::1"
    )


@pytest.mark.parametrize("document", [documents.link(), documents.closed_link()], ids=["open", "closed"])
def test_a_link_is_read_from_open_and_closed_projects(document: dict[str, Any]) -> None:
    link = reading.read_link(document, project_id=documents.PROJECT_ID)
    assert link.ends == (LinkEnd(documents.NODE_ID, 0, 0, "0/0"), LinkEnd(documents.SWITCH_ID, 0, 3, "0/3"))
    assert (link.type, link.project_id, link.suspended, link.capturing, link.filters) == (
        "ethernet",
        documents.PROJECT_ID,
        False,
        False,
        {},
    )


def test_filters_that_do_nothing_are_none() -> None:
    filters = {"packet_loss": [10], "frequency_drop": ["0"], "delay": [0, 20], "bpf": [""], "corrupt": []}
    assert reading.read_link(documents.link(filters=filters)).filters == {"packet_loss": (10,)}


def test_the_rest_is_read_too() -> None:
    assert reading.read_compute(documents.COMPUTE_V2) == Compute("local", "lab-server", True, 12.5, 15.7)
    assert reading.read_compute_statistics(documents.STATISTICS).load_average_percent == (391, 251, 191)
    assert reading.read_template(documents.template()) == Template(
        documents.TEMPLATE_ID, "VPCS", "vpcs", True, "guest", ":/symbols/vpcs_guest.svg", None
    )
    assert reading.read_snapshot(documents.SNAPSHOT) == Snapshot(
        documents.SNAPSHOT["snapshot_id"], documents.PROJECT_ID, "s1", 1795241422.0
    )
    assert reading.read_project_statistics({"nodes": 3, "links": 1, "drawings": 0, "snapshots": 2}) == (
        ProjectStatistics(3, 1, 0, 2)
    )
    parameters = [{"name": "Latency", "minimum": 0, "maximum": 32767, "type": "int"}, {"name": "Expression"}]
    document = {"type": "delay", "name": "Delay", "description": "Later", "parameters": parameters}
    assert reading.read_filter(document) == Filter(
        "delay", "Delay", "Later", (("Latency", 0, 32767), ("Expression", None, None))
    )


@pytest.mark.parametrize(
    ("read", "document"),
    [
        (reading.read_node, documents.node(status="thinking")),
        (reading.read_node, documents.node(node_id=7)),
        (reading.read_node, documents.node(console="many")),
        (reading.read_node, [documents.node()]),
        (reading.read_node, {}),
        (reading.read_project, documents.project(status="ajar")),
        (reading.read_project, {"message": "nothing here"}),
        (reading.read_link, documents.link(nodes=None)),
        (reading.read_link, documents.link(filters={"delay": 7})),
        (reading.read_drawing, documents.drawing(svg=None)),
        (reading.read_template, None),
    ],
)
def test_what_is_not_understood_is_refused(read: Any, document: Any) -> None:
    with pytest.raises((LookupError, TypeError, ValueError, AttributeError)):
        read(document)


@pytest.mark.parametrize("body", [b'{"nodes": []}', b"null", b"7", b'"rows"', b""])
def test_a_list_has_to_be_one(body: bytes) -> None:
    with pytest.raises((TypeError, ValueError)):
        reading.as_rows(reading.read_node)(Response(200, body=body))


@pytest.mark.skipif(not RECORDED.is_dir(), reason=f"the recorded answers of GNS3 2.2.0 are not at {RECORDED}")
@pytest.mark.parametrize(
    ("file", "read"),
    [
        ("computes", reading.read_compute),
        ("templates", reading.read_template),
        ("projects", reading.read_project),
        ("nodes", reading.read_node),
        ("links", reading.read_link),
        ("project_drawings", reading.read_drawing),
        ("project_snapshots", reading.read_snapshot),
    ],
)
def test_recorded_answers_of_2_2_0_are_read(file: str, read: Any) -> None:
    rows = reading.as_rows(read)(Response(200, body=(RECORDED / f"{file}.json").read_bytes()))
    assert rows
