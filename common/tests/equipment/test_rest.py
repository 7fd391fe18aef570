"""Equipment over REST on a real server: who may, what is refused, and what a discovery leads to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from api_clients.network.gns3.tests.servers import Gns3Server
from common.application.workflows.here import run_here
from common.models import EquipmentProfile, WorkflowRun
from common.tests.gns3.conftest import Use
from common.tests.gns3.outside import Lab

BASE = "/api/common/api/v1/equipment/projects"
NOBODY = "00000000-0000-4000-8000-000000000000"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lab(gns3_server: Callable[[str], Gns3Server], use_servers: Use) -> Lab:
    server = gns3_server("3.0.6")
    use_servers(main=server)
    made = Lab(server, "lab", hosts=2)
    made.server.request("POST", f"{made.path}/nodes/start", {})
    return made


def paths(lab: Lab) -> tuple[str, str, str]:
    project = f"{BASE}/{lab.project_id}"
    return f"{project}/equipment/", f"{project}/equipment/{lab.nodes['A']}/", f"{project}/discover/"


@pytest.mark.needs("gns3-server", "vpcs")
@pytest.mark.slow
class TestWithAServer:
    def test_a_discovery_is_a_run_and_ends_with_profiles(
        self, lab: Lab, client_of: Callable[[str | None], APIClient]
    ) -> None:
        listing, detail, discover = paths(lab)
        operator = client_of("operator")
        before = operator.get(listing).json()
        assert (before["meta"]["total"], [one["name"] for one in before["data"]]) == (3, ["A", "B", "S"])
        assert {one["discovery"]["status"] for one in before["data"]} == {"not_discovered"}
        answer = operator.post(discover, {}, format="json")
        assert answer.status_code == 202, answer.content
        assert answer["Location"] == answer.json()["url"]
        run = run_here(answer.json()["id"], timeout_seconds=240)
        assert run.state == "succeeded", run.error
        assert (run.workflow, run.input["project_id"]) == ("equipment_discovery", lab.project_id)
        states = dict(run.steps.filter(item=-1).values_list("step", "state"))
        assert (states["detect"], states["profile"], states["record"]) == ("succeeded", "succeeded", "succeeded")
        shown = operator.get(detail).json()
        assert shown["discovery"]["status"] == "succeeded"
        assert shown["console"]["dialect"] == "vpcs"
        assert len(run.output["device_ids"]) == 3

    def test_one_node_alone_is_discovered(self, lab: Lab, client_of: Callable[[str | None], APIClient]) -> None:
        operator = client_of("operator")
        answer = operator.post(paths(lab)[2], {"equipment_id": lab.nodes["A"].upper()}, format="json")
        assert answer.status_code == 202, answer.content
        assert run_here(answer.json()["id"], timeout_seconds=240).state == "succeeded"
        assert list(EquipmentProfile.objects.values_list("name", flat=True)) == ["A"]

    def test_lists_are_filtered_and_paged_and_refuse_what_they_do_not_know(
        self, lab: Lab, client_of: Callable[[str | None], APIClient]
    ) -> None:
        viewer, (listing, detail, _) = client_of("viewer"), paths(lab)
        switches = viewer.get(listing, {"type": "ethernet_switch"}).json()
        assert [one["name"] for one in switches["data"]] == ["S"]
        page = viewer.get(listing, {"page_size": 1, "page": 2, "ordering": "-name"}).json()
        assert ([one["name"] for one in page["data"]], page["meta"]["total"]) == (["B"], 3)
        for wrong in ({"kind": "vpcs"}, {"status": "sleeping"}, {"ordering": "age"}, {"page_size": 0}):
            assert viewer.get(listing, wrong).status_code == 400, wrong
        assert viewer.get(detail, {"x": 1}).status_code == 400
        etag = viewer.get(detail)["ETag"]
        assert viewer.get(detail, HTTP_IF_NONE_MATCH=etag).status_code == 304

    @pytest.mark.parametrize(
        "body",
        [
            {"equipment": "x"},
            {"equipment_id": ""},
            {"equipment_id": 7},
            {"port": 0},
            {"port": "161"},
            {"credentials": [0]},
            [],
            ["x"],
        ],
    )
    def test_a_body_that_makes_no_sense_starts_nothing(
        self, lab: Lab, client_of: Callable[[str | None], APIClient], body: Any
    ) -> None:
        answer = client_of("operator").post(paths(lab)[2], body, format="json")
        assert answer.status_code == 400, answer.content
        assert not WorkflowRun.objects.exists()

    def test_unknown_equipment_and_a_closed_project_are_clear_errors(
        self, lab: Lab, client_of: Callable[[str | None], APIClient]
    ) -> None:
        operator, (listing, _, discover) = client_of("operator"), paths(lab)
        for unknown in (NOBODY, "nonsense", "%00"):
            assert operator.get(f"{listing}{unknown}/").status_code == 404
        for unknown in (NOBODY, "nonsense"):
            answer = operator.post(discover, {"equipment_id": unknown}, format="json")
            assert answer.status_code == 404, answer.content
        lab.project("close")
        answer = operator.post(discover, {}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (409, "project_closed")
        assert operator.get(listing).status_code == 200
        assert not WorkflowRun.objects.exists()


def test_without_a_login_nothing_is_told_and_viewers_start_nothing(
    client_of: Callable[[str | None], APIClient],
) -> None:
    listing, discover = f"{BASE}/{NOBODY}/equipment/", f"{BASE}/{NOBODY}/discover/"
    assert APIClient().get(listing).status_code == 401
    assert client_of("viewer").post(discover, {}, format="json").status_code == 403
    assert client_of("operator").get(discover).status_code == 405


@pytest.mark.parametrize("project", [NOBODY, "nonsense", "x" * 200])
def test_an_unknown_project_is_told_as_such(client_of: Callable[[str | None], APIClient], project: str) -> None:
    operator = client_of("operator")
    for answer in (
        operator.get(f"{BASE}/{project}/equipment/"),
        operator.get(f"{BASE}/{project}/equipment/{NOBODY}/"),
        operator.post(f"{BASE}/{project}/discover/", {}, format="json"),
    ):
        assert answer.status_code in {404, 503}, answer.content  # 503 where no GNS3 server is configured
        assert answer.json()["error"] is True
    assert not WorkflowRun.objects.exists()
