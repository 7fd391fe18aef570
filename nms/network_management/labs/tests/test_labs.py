"""Labs on real servers: part of the inventory as a project, compared with what it was made of."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from api_clients.network.gns3.tests.servers import GNS3_VERSIONS, Gns3Server
from common.application.modules.capabilities import call_capability
from common.application.workflows.here import run_here
from common.domain.modules import Call, CapabilityFailed
from common.models import WorkflowRun
from common.tests.gns3.conftest import Use
from common.tests.people import ClientOf
from nms.network_management.inventory.reconcile import reconcile
from nms.network_management.inventory.tests.boxes import make_profile, neighbor
from nms.network_management.models import Device, LabNode, Link
from nms.network_management.topology.settle import settle_links

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.needs("gns3-server", "vpcs"), pytest.mark.slow]
LABS = "/api/network/labs"
ALL = {"select": {"all": True}}


@pytest.fixture(params=GNS3_VERSIONS)
def server(request: pytest.FixtureRequest, gns3_server: Callable[[str], Gns3Server], use_servers: Use) -> Gns3Server:
    found = gns3_server(request.param)
    use_servers(main=found)
    return found


@pytest.fixture
def network(server: Gns3Server) -> dict[str, int]:
    """Three switches in a row."""
    profiles = [
        make_profile(1, ports=3, neighbors=(neighbor(1, 2, 1),)),
        make_profile(2, ports=3, neighbors=(neighbor(1, 1, 1), neighbor(2, 3, 3))),
        make_profile(3, ports=3, neighbors=(neighbor(3, 2, 2),)),
    ]
    settle_links(reconcile(profiles).concerned)
    return dict(Device.objects.values_list("name", "pk"))


def export(**asked: Any) -> dict[str, Any]:
    return call_capability("network_management.export_lab", {"name": "copy", **ALL, **asked}, Call(actor="ada"))


def compare(project_id: str, **asked: Any) -> dict[str, Any]:
    return call_capability("network_management.compare_lab", {"project_id": project_id, **asked}, Call(actor="ada"))


def projects(server: Gns3Server) -> list[str]:
    return [project["name"] for project in server.request("GET", "projects")]


def test_the_network_becomes_a_project_with_the_same_links_between_ports_of_the_same_names(
    server: Gns3Server, network: dict[str, int]
) -> None:
    plan = export(dry_run=True)
    assert (plan["project_id"], projects(server)) == (None, [])
    made = export()
    assert made["plan"] == plan["plan"]
    project = f"projects/{made['project_id']}"
    nodes = {node["node_id"]: node for node in server.request("GET", f"{project}/nodes")}
    assert {node["name"] for node in nodes.values()} == {"switch-1", "switch-2", "switch-3"}
    assert {(node["x"], node["y"]) for node in nodes.values()} == {
        (planned["x"], planned["y"]) for planned in made["plan"]["nodes"]
    }
    found = set()
    for link in server.request("GET", f"{project}/links"):
        ends = []
        for end in link["nodes"]:
            node = nodes[end["node_id"]]
            ports = {port["port_number"]: port["name"] for port in node["ports"]}
            ends.append(f"{node['name']} {ports[end['port_number']]}")
        found.add(tuple(sorted(ends)))
    assert found == {("switch-1 Gi0/1", "switch-2 Gi0/1"), ("switch-2 Gi0/2", "switch-3 Gi0/3")}
    assert dict(LabNode.objects.values_list("device__name", "node_id")) == {
        name: made["node_ids"][str(device_id)] for name, device_id in network.items()
    }
    assert server.request("GET", project)["auto_close"] is False


def test_a_lab_is_the_same_as_what_it_was_made_of_until_one_of_them_changes(
    server: Gns3Server, network: dict[str, int]
) -> None:
    made = export()
    found = compare(made["project_id"])
    assert (found["same"], found["compared_with"], len(found["matched"])) == (True, "export", 3)
    assert {pair["by"] for pair in found["matched"]} == {"export"}
    project = f"projects/{made['project_id']}"
    server.request("DELETE", f"{project}/nodes/{made['node_ids'][str(network['switch-3'])]}")
    node = {"name": "stray", "node_type": "vpcs", "compute_id": "local"}
    server.request("POST", f"{project}/nodes", node)
    found = compare(made["project_id"])
    told = {(row["about"], row["kind"]) for row in found["differences"]}
    assert told == {("node", "missing_in_lab"), ("node", "missing_live"), ("link", "missing_in_lab")}
    lost = Link.objects.get(a_device__name="switch-2", b_device__name="switch-3")
    assert {row["link_id"] for row in found["differences"]} == {None, lost.pk}
    some = compare(made["project_id"], select={"device_ids": [network["switch-1"], network["switch-2"]]})
    assert {(row["about"], row["kind"]) for row in some["differences"]} == {("node", "missing_live")}


def test_a_part_of_the_network_with_templates_and_places_of_ones_own(
    server: Gns3Server, network: dict[str, int]
) -> None:
    Device.objects.filter(name__in=["switch-1", "switch-2"]).update(site="Basel")
    templates = {template["template_type"]: template for template in server.request("GET", "templates")}
    made = export(
        select={"site": "Basel"},
        devices={str(network["switch-1"]): {"template": templates["vpcs"]["name"]}},
        positions={str(network["switch-2"]): [-500, 40]},
    )
    nodes = {node["name"]: node for node in server.request("GET", f"projects/{made['project_id']}/nodes")}
    assert {name: node["node_type"] for name, node in nodes.items()} == {
        "switch-1": "vpcs",
        "switch-2": "ethernet_switch",
    }
    assert (nodes["switch-2"]["x"], nodes["switch-2"]["y"]) == (-500, 40)
    assert len(server.request("GET", f"projects/{made['project_id']}/links")) == 1


def test_a_port_that_a_template_has_not_leaves_nothing_of_the_project(
    server: Gns3Server, network: dict[str, int]
) -> None:
    templates = {template["template_type"]: template for template in server.request("GET", "templates")}
    pc = {"template": templates["vpcs"]["template_id"], "ports": ["7/0", "7/1"]}
    with pytest.raises(CapabilityFailed, match="7/"):
        export(devices={str(network["switch-2"]): pc})
    assert projects(server) == []
    assert not LabNode.objects.exists()
    export()
    with pytest.raises(CapabilityFailed, match="There is a project copy on main already") as taken:
        export(dry_run=True)
    assert (taken.value.code, taken.value.retryable) == ("project_exists", False)


def test_over_rest_a_plan_is_answered_at_once_and_an_export_is_a_run(
    client_of: ClientOf, server: Gns3Server, network: dict[str, int]
) -> None:
    operator, viewer = client_of("operator"), client_of("viewer")
    body = {"name": "copy", **ALL}
    plan = operator.post(f"{LABS}/export/", {**body, "dry_run": True}, format="json")
    assert (plan.status_code, len(plan.json()["plan"]["links"])) == (200, 2)
    assert viewer.post(f"{LABS}/export/", body, format="json").status_code == 403
    answer = operator.post(f"{LABS}/export/", body, format="json")
    assert answer.status_code == 202
    run_here(answer.json()["id"])
    run = operator.get(answer.headers["Location"]).json()
    assert (run["state"], run["output"]["plan"]) == ("succeeded", plan.json()["plan"])
    found = viewer.get(f"{LABS}/compare/?project_id={run['output']['project_id']}").json()
    assert (found["same"], found["compared_with"]) == (True, "export")
    narrowed = viewer.get(
        f"{LABS}/compare/?project_id={found['project_id']}&device_id={network['switch-1']}&device_id={network['switch-2']}"
    ).json()
    assert (narrowed["compared_with"], narrowed["devices"], narrowed["same"]) == ("selection", 2, False)
    again = operator.post(f"{LABS}/export/", body, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "project_exists")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "copy"},
        {"name": "copy", "select": {}},
        {"name": "copy", "select": {"all": True, "site": "Basel"}},
        {"name": "copy", "select": {"device_ids": []}},
        {"name": "copy", "select": {"device_ids": [999]}},
        {"name": "copy", "select": {"site": "nowhere"}},
        {"name": "copy", "select": {"colour": "red"}},
        {"name": " copy", **ALL},
        {"name": "co\npy", **ALL},
        {"name": "copy", **ALL, "roles": {"switch": {}}},
        {"name": "copy", **ALL, "roles": {"switch": {"template": "no such"}}},
        {"name": "copy", **ALL, "roles": {"switch": {"type": "qemu"}}},
        {"name": "copy", **ALL, "roles": {"switch": {"type": "vpcs"}}},
        {"name": "copy", **ALL, "devices": {"one": {"type": "vpcs"}}},
        {"name": "copy", **ALL, "positions": {"1": [1]}},
        {"name": "copy", **ALL, "positions": {"999": [1, 1]}},
        {"name": "copy", **ALL, "dry_run": "yes"},
        [],
    ],
)
def test_what_makes_no_lab_is_refused_and_makes_nothing(
    client_of: ClientOf, server: Gns3Server, network: dict[str, int], body: Any
) -> None:
    answer = client_of("operator").post(f"{LABS}/export/", body, format="json")
    assert (answer.status_code, answer.json()["error"]) == (400, True)
    assert projects(server) == []
    assert not WorkflowRun.objects.exists()


def test_comparing_what_is_not_there_is_refused(
    client_of: ClientOf, server: Gns3Server, network: dict[str, int]
) -> None:
    viewer = client_of("viewer")
    ghost = "00000000-0000-4000-8000-000000000000"
    for query, status in (
        (f"project_id={ghost}", 404),
        ("project_id=nonsense", 404),
        ("", 400),
        (f"project_id={ghost}&device_id=x", 400),
        (f"project_id={ghost}&all=perhaps", 400),
        (f"project_id={ghost}&colour=red", 400),
    ):
        assert viewer.get(f"{LABS}/compare/?{query}").status_code == status, query


def test_the_command_exports_and_compares(server: Gns3Server, network: dict[str, int]) -> None:
    def run(*arguments: str) -> Any:
        out = StringIO()
        call_command("gns3_lab", *arguments, "--json", stdout=out)
        return json.loads(out.getvalue())

    plan = run("export", "copy", "--all", "--dry-run")
    assert (plan["project_id"], len(plan["plan"]["nodes"])) == (None, 3)
    made = run("export", "copy", "--all")
    assert run("compare", made["project_id"])["same"] is True
    with pytest.raises(SystemExit) as differs:
        run("compare", made["project_id"], "--device", str(network["switch-1"]))
    assert differs.value.code == 1
    with pytest.raises(CommandError) as taken:
        run("export", "copy", "--all")
    assert taken.value.returncode == 2
    with pytest.raises(CommandError, match="say which devices"):
        run("export", "other")
