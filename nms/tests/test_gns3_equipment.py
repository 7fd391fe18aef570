"""A lab on a real GNS3 server, by REST alone: made, started, spoken to, pinged across, discovered.

The hub is one process, the server a real one of each version, its nodes are real VPCS.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api_clients.network.gns3.tests.servers import GNS3_VERSIONS, Gns3Server, _module_gns3, gns3_server
from common.tests.gns3.configured import configure
from nms.tests.live_events import LiveEvents
from nms.tests.rest import Api
from nms.tests.running_hub import RunningHub, running_hub
from nms.tests.waiting import wait_until

__all__ = ["_module_gns3", "gns3_server"]
pytestmark = [pytest.mark.slow, pytest.mark.needs("gns3-server", "vpcs")]

CENTRAL = "/api/common/api/gns3-central"
EQUIPMENT = "/api/common/api/v1/equipment/projects"
HOSTS = {"PC1": "10.77.0.1", "PC2": "10.77.0.2", "PC3": "10.77.0.3"}
ENDED = {"succeeded", "failed", "cancelled"}


@pytest.fixture(params=GNS3_VERSIONS)
def server(request: pytest.FixtureRequest, gns3_server: Callable[[str], Gns3Server]) -> Gns3Server:
    return gns3_server(request.param)


@pytest.fixture
def hub(server: Gns3Server, tmp_path: Path) -> Iterator[RunningHub]:
    clients = configure(tmp_path / "clients.yaml", {"main": server})
    with running_hub(tmp_path / "data", NMS_CLIENTS_FILE=str(clients)) as hub:
        yield hub


def test_a_lab_is_made_started_pinged_across_and_discovered_into_the_inventory(
    hub: RunningHub, server: Gns3Server
) -> None:
    api = hub.api()
    project, nodes = make_lab(api)
    started = finish(api, api.post(f"{CENTRAL}/start_project/", {"project_id": project}, expect=202))
    assert started["state"] == "succeeded", started
    for name, address in HOSTS.items():
        type_at(api, project, nodes[name], f"ip {address}/24")
    pinged = type_at(api, project, nodes["PC1"], f"ping {HOSTS['PC3']} -c 1")
    assert f"{HOSTS['PC3']} icmp_seq=1 ttl=64" in pinged

    run = finish(api, api.post(f"{EQUIPMENT}/{project}/discover/", {}, expect=202))
    assert run["state"] == "succeeded", run
    assert run["summary"]["failed"] == [], run["summary"]
    check_profiles(api, project, nodes)
    check_inventory(api)
    check_topology(api)
    check_events(hub, api, project, nodes)

    again = finish(api, api.post(f"{EQUIPMENT}/{project}/discover/", {"equipment_id": nodes["PC1"]}, expect=202))
    assert again["state"] == "succeeded", again
    check_inventory(api)
    check_topology(api)
    check_stop_is_seen_at_once(hub, api, server, project, nodes["PC2"])


def make_lab(api: Api) -> tuple[str, dict[str, str]]:
    project = api.post(f"{CENTRAL}/projects/", {"name": "lab"}, expect=201)["project_id"]
    path = f"{CENTRAL}/projects/{project}"
    kinds = {"S": "ethernet_switch", **dict.fromkeys(HOSTS, "vpcs")}
    nodes = {
        name: api.post(f"{path}/nodes/", {"name": name, "type": kind}, expect=201)["node_id"]
        for name, kind in kinds.items()
    }
    for number, name in enumerate(HOSTS):
        ends = [{"node_id": nodes[name]}, {"node_id": nodes["S"], "port_number": number}]
        api.post(f"{path}/links/", {"ends": ends}, expect=201)
    return project, nodes


def type_at(api: Api, project: str, node: str, command: str) -> str:
    asked = {"command": command, "wait_seconds": 20.0}
    return str(api.post(f"{CENTRAL}/projects/{project}/nodes/{node}/console/", asked, expect=200)["output"])


def finish(api: Api, run: dict[str, Any]) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    def ended() -> bool:
        seen.update(api.get(run["url"]))
        return seen["state"] in ENDED

    wait_until(f"run {run['id']} has ended", ended, timeout_seconds=180)
    return seen


def check_profiles(api: Api, project: str, nodes: dict[str, str]) -> None:
    profiles = {row["name"]: row for row in api.all(f"{EQUIPMENT}/{project}/equipment/")}
    assert sorted(profiles) == ["PC1", "PC2", "PC3", "S"]
    for name, address in HOSTS.items():
        profile = api.get(f"{EQUIPMENT}/{project}/equipment/{nodes[name]}/")
        assert address in profile["network_info"]["ip_addresses"]
        assert {"name": "Ethernet0", "connected": True, "ip": address} in profile["network_info"]["interfaces"]
        tests = profile["network_info"]["connectivity_tests"]
        others = [test for asked, test in tests.items() if asked in set(HOSTS.values()) - {address}]
        assert others, tests
        assert all(test["ping_success"] and test["response_time_ms"] > 0 for test in others), tests
        assert profile["links"][0]["neighbor"]["name"] == "S"
        assert (profile["status"], profile["discovery"]["status"]) == ("started", "succeeded")
        assert profile["discovery"]["stale"] is False


def check_inventory(api: Api) -> None:
    devices = {device["name"]: device for device in api.all("/api/network/devices/")}
    assert sorted(devices) == ["PC1", "PC2", "PC3", "S"]
    assert {device["source"] for device in devices.values()} == {"gns3"}
    addresses = {(row["device"]["name"], row["address"]) for row in api.all("/api/network/addresses/")}
    assert set(HOSTS.items()) <= addresses
    assert not {(name, address) for name, address in addresses if address in HOSTS.values()} - set(HOSTS.items())


def check_topology(api: Api) -> None:
    links = api.all("/api/network/links/")
    ends = {frozenset({(link[end]["device"]["name"], link[end]["port"]) for end in ("a", "b")}) for link in links}
    wanted = {frozenset({(name, "Ethernet0"), ("S", f"Ethernet{number}")}) for number, name in enumerate(HOSTS)}
    assert ends == wanted, links
    assert len(links) == len(HOSTS)


def check_events(hub: RunningHub, api: Api, project: str, nodes: dict[str, str]) -> None:
    with LiveEvents(hub.url, api.token, ["equipment.discovered"], after=0) as live:
        for name in nodes:
            event = live.wait_for(lambda event, name=name: event["data"]["name"] == name)
            assert event["subject"] == f"gns3:{project}/{nodes[name]}"
            assert event["source"] == "gns3"


def check_stop_is_seen_at_once(hub: RunningHub, api: Api, server: Gns3Server, project: str, node: str) -> None:
    with LiveEvents(hub.url, api.token, ["node.stopped"]) as live:
        server.request("POST", f"projects/{project}/nodes/{node}/stop", {})
        began = time.monotonic()
        event = live.wait_for(lambda event: event["data"]["node_id"] == node)
        assert time.monotonic() - began < 10.0  # a part of a second where nothing else runs
        time.sleep(1.5)
        with pytest.raises(TimeoutError):
            live.wait_for(lambda other: other["position"] > event["position"], timeout_seconds=0.5)

    def state() -> tuple[str, bool]:
        profile = api.get(f"{EQUIPMENT}/{project}/equipment/{node}/")
        return profile["status"], profile["discovery"]["stale"]

    wait_until("its profile is marked", lambda: state() == ("stopped", True))
