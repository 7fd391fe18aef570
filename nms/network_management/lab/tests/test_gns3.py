"""The GNS3 server of the lab: raised with it, the hub's own where nothing else is configured, worth discovering."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from api_clients.tests.servers import free_port
from nms.environment import BASE_DIR
from nms.network_management.lab.gns3 import Gns3Lab
from nms.tests.lab_addresses import lab_addresses  # noqa: F401 - a fixture
from nms.tests.rest import Api
from nms.tests.running_hub import running_hub
from nms.tests.waiting import wait_until

CENTRAL = "/api/common/api/gns3-central"
EQUIPMENT = "/api/common/api/v1/equipment/projects"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running_hub(tmp_path_factory.mktemp("hub"), NMS_LAB="1") as hub:
        hub.process.wait_for(r"Simulated GNS3 server at http://127\.0\.0\.1:\d+", 120)
        yield hub.api()


def _demo(api: Api) -> dict[str, Any]:
    projects: dict[str, dict[str, Any]] = {}

    def listed() -> bool:
        projects.update({project["name"]: project for project in api.all(f"{CENTRAL}/projects/")})
        return "Two sites" in projects

    wait_until("the demo project is there", listed)
    return projects["Two sites"]


@pytest.mark.slow
def test_a_hub_without_a_gns3_server_has_the_labs(api: Api) -> None:
    project = _demo(api)
    assert project["server"] == "main"
    topology = api.get(f"{CENTRAL}/topology/", project_id=project["project_id"])
    assert len(topology["nodes"]) == 10
    assert len(topology["links"]) == 9
    stopped = [node["name"] for node in topology["nodes"] if node["status"] == "stopped"]
    assert stopped == ["paris-pc3"]


@pytest.mark.slow
def test_the_hub_starts_and_stops_its_nodes(api: Api) -> None:
    project = _demo(api)["project_id"]
    nodes = {node["name"]: node for node in api.get(f"{CENTRAL}/topology/", project_id=project)["nodes"]}
    asked = {"project_id": project, "node_id": nodes["paris-pc3"]["node_id"]}
    assert api.post(f"{CENTRAL}/start_node/", asked, expect=200)["status"] == "started"
    assert api.post(f"{CENTRAL}/stop_node/", asked, expect=200)["status"] == "stopped"


@pytest.mark.slow
def test_the_demo_project_is_discovered_with_its_addresses(api: Api) -> None:
    project = _demo(api)["project_id"]
    path = api.post(f"{EQUIPMENT}/{project}/discover/", {}, expect=202)["url"]
    ended = ("succeeded", "failed", "cancelled")
    wait_until("the discovery has ended", lambda: api.get(path)["state"] in ended)
    run = api.get(path)
    assert (run["state"], run["summary"]["failed"]) == ("succeeded", [])
    listed = api.all(f"{EQUIPMENT}/{project}/equipment/")
    found = {row["name"]: set(row["network_info"]["ip_addresses"]) for row in listed}
    assert found["berlin-pc1"] == {"10.10.0.11"}
    assert found["berlin-r1"] == {"10.255.0.1", "10.10.0.1"}
    assert found["paris-pc2"] == {"10.20.0.12"}


def test_the_server_of_a_lab_is_told_in_its_json(tmp_path: Path) -> None:
    said = _lab(tmp_path, "--json", "--gns3")
    gns3 = json.loads(said)["gns3"]
    assert [project["name"] for project in gns3["projects"]] == ["Two sites", "Training room"]
    assert (gns3["username"], gns3["password"]) == ("admin", "admin")


def test_a_lab_that_is_not_asked_for_one_has_none(tmp_path: Path) -> None:
    assert "gns3" not in json.loads(_lab(tmp_path, "--json"))


@pytest.mark.parametrize(("port", "told"), [("70000", "70000 is no TCP port"), ("-1", "-1 is no TCP port")])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str, told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        _lab(tmp_path, "--gns3", "--gns3-port", port)


def test_a_port_that_is_taken_is_refused_where_it_was_asked_for_and_another_taken_else() -> None:
    with Gns3Lab() as first, Gns3Lab() as second:
        urls = [lab.describe()["url"] for lab in (first, second)]
        assert len(set(urls)) == 2
        taken = int(urls[0].rpartition(":")[2])
        with pytest.raises(ValueError, match=f"cannot listen on port {taken}"):
            Gns3Lab(port=taken).start()


def test_it_ends_with_its_consoles() -> None:
    with Gns3Lab(port=free_port()) as lab:
        described = lab.describe()
        assert requests.get(f"{described['url']}/v3/version", timeout=30).json()["version"] == "3.0.6"
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{described['url']}/v3/version", timeout=5)


def _lab(folder: Path, *arguments: str) -> str:
    """The first line of a lab that is ended then."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "lab", "--devices", "4", "--port", "0", *arguments],
        cwd=BASE_DIR,
        env={"NMS_DATA_DIR": str(folder), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.stderr.read() if process.stderr else ""
        return line
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
