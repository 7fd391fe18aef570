"""Both ways to run, from the outside: one process on SQLite, and separate processes on PostgreSQL and Redis.

One story for both: the lab is discovered, REST shows every device and cable of it, the events came in order over the
WebSocket, and a device that falls silent is marked.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api_clients.tests.servers import free_port, running_redis
from common.tests.servers import PostgreSQL
from nms.network_management.lab.topology import draw_topology
from nms.tests.lab import Lab, control_lab, running_lab
from nms.tests.lab_addresses import alone_at_the_lab_addresses
from nms.tests.live_events import LiveEvents
from nms.tests.production_stack import ProductionStack, production_stack
from nms.tests.rest import Api
from nms.tests.running_hub import running_hub
from nms.tests.waiting import wait_until

TOPICS = ["*"]


@pytest.mark.slow
def test_one_process_on_sqlite_discovers_its_lab_and_watches_it(tmp_path: Path) -> None:
    truth = draw_topology()
    names = {device.name for device in truth.devices}
    links = {frozenset(f"{end.device} {end.interface}" for end in (link.a, link.b)) for link in truth.links}
    # The other story, which is long, needs no fixed addresses and keeps nobody waiting for them.
    with alone_at_the_lab_addresses(), running_hub(tmp_path, NMS_LAB="1", NMS_WATCH_INTERVAL_SECONDS="1") as hub:
        hub.process.wait_for(rf"{len(names)} of {len(names)} devices, {len(links)} of {len(links)} links", 120)
        api = hub.api()
        check_inventory(api, names, links)
        with LiveEvents(hub.url, api.token, TOPICS, after=0) as live:
            check_story(live, names)
            control_lab(tmp_path, "silence", "access-03")
            check_marked(live, api, "access-03")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture
def stack(postgresql: PostgreSQL, tmp_path: Path) -> Iterator[ProductionStack]:
    with (
        running_redis(tmp_path) as redis,
        production_stack(
            tmp_path, database_url=postgresql.fresh_database("modes"), redis_url=redis.url, port=free_port()
        ) as stack,
    ):
        yield stack


@pytest.mark.slow
@pytest.mark.needs("postgres", "initdb", "redis-server")
def test_processes_on_postgresql_and_redis_discover_the_lab_and_watch_it(lab: Lab, stack: ProductionStack) -> None:
    api = stack.api()
    with LiveEvents(stack.url, api.token, TOPICS) as live:
        run = discover(api, lab)
        assert run["result"]["devices_new"] == len(lab.names)
        check_story(live, lab.names)
        check_inventory(api, lab.names, lab.links)

        stack.kill("worker0")
        again = discover(api, lab)
        assert again["result"]["devices_new"] == 0
        assert again["result"]["devices_unchanged"] == len(lab.names)

        lab.control("silence", "access-03")
        check_marked(live, api, "access-03")


def discover(api: Api, lab: Lab) -> dict[str, dict[str, int]]:
    """Ask for the whole lab over REST and wait for the end of the run."""
    if not api.all("/api/network/credentials/"):
        api.post("/api/network/credentials/", {"name": "lab", "kind": "v2c", "community": "public"}, expect=201)
    run = api.post("/api/network/discovery-runs/", {"targets": lab.addresses, "port": lab.port}, expect=202)
    wait_until("the discovery has ended", lambda: api.get(run["url"])["state"] not in ("queued", "running"))
    ended: dict[str, dict[str, int]] = api.get(run["url"])
    assert ended["state"] == "succeeded", ended
    return ended


def check_inventory(api: Api, names: set[str], links: set[frozenset[str]]) -> None:
    devices = api.all("/api/network/devices/")
    assert len(devices) == len(names)
    assert {device["name"] for device in devices} == names
    found = api.all("/api/network/links/")
    assert len(found) == len(links)
    assert {
        frozenset(f"{end['device']['name']} {end['interface']['name']}" for end in (link["a"], link["b"]))
        for link in found
    } == links


def check_story(live: LiveEvents, names: set[str]) -> None:
    """From the first event to the end of the discovery: every device once, positions without a gap."""
    live.wait_for(lambda event: event["type"] == "discovery.finished")
    discovered = [event["data"]["device_name"] for event in live.events if event["type"] == "device.discovered"]
    assert sorted(discovered) == sorted(names)
    positions = [event["position"] for event in live.events]
    assert positions == list(range(positions[0], positions[0] + len(positions)))


def check_marked(live: LiveEvents, api: Api, name: str) -> None:
    """On a busy machine another may have missed its polls and be back by now."""

    def lost() -> list[str]:
        return [device["name"] for device in api.all("/api/network/devices/") if device["status"] == "unreachable"]

    fate = {"device_name": name, "new": "unreachable"}
    live.wait_for(lambda event: event["type"] == "device.status_changed" and fate.items() <= event["data"].items())
    wait_until(f"{name} alone is unreachable", lambda: lost() == [name])
