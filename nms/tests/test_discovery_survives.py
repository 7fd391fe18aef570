"""A discovery goes on whatever dies under it: every worker at once, or the one process of the embedded hub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api_clients.tests.servers import free_port, running_redis
from common.tests.hub_process import HubProcess
from common.tests.servers import PostgreSQL
from nms.tests.lab import Lab, running_lab
from nms.tests.production_stack import QUEUES, WORKER, production_stack
from nms.tests.rest import Api
from nms.tests.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running_lab(tmp_path_factory.mktemp("lab"), devices=12) as lab:
        yield lab


def start_a_slow_one(api: Api, lab: Lab) -> dict[str, Any]:
    """The lab, and an address that nobody answers at: that alone takes six seconds."""
    if not api.all("/api/network/credentials/"):
        api.post("/api/network/credentials/", {"name": "lab", "kind": "v2c", "community": "public"}, expect=201)
    asked = {"targets": [*lab.addresses, "127.99.9.9"], "port": lab.port, "timeout_seconds": 3.0}
    run: dict[str, Any] = api.post("/api/network/discovery-runs/", asked, expect=202)
    wait_until("the discovery has begun", lambda: api.get(run["url"])["progress"]["alive"])
    return run


def check_it_ends_well(api: Api, run: dict[str, Any], lab: Lab) -> None:
    wait_until("the discovery has ended", lambda: api.get(run["url"])["state"] not in ("queued", "running"))
    ended = api.get(run["url"])
    assert (ended["state"], ended["result"]["devices_new"]) == ("succeeded", len(lab.names)), ended
    assert ended["result"]["unreachable"] == ["127.99.9.9"]
    workflow = api.get(run["workflow_run"]["url"])
    assert workflow["state"] == "succeeded"
    finished = api.all("/api/common/api/v1/events/", type="discovery.finished")
    assert [event["subject"] for event in finished] == [f"discovery_run:{run['id']}"]
    discovered = api.all("/api/common/api/v1/events/", type="device.discovered")
    assert sorted(event["data"]["device_name"] for event in discovered) == sorted(lab.names)


@pytest.mark.needs("postgres", "initdb", "redis-server")
def test_workers_killed_in_the_middle_lose_nothing(lab: Lab, postgresql: PostgreSQL, tmp_path: Path) -> None:
    with (
        running_redis(tmp_path) as redis,
        production_stack(
            tmp_path, database_url=postgresql.fresh_database("discovery"), redis_url=redis.url, port=free_port()
        ) as stack,
    ):
        api = stack.api()
        run = start_a_slow_one(api, lab)
        for name in ("worker0", "worker1"):
            stack.kill(name)
        assert api.get(run["url"])["state"] == "running"
        stack.start("worker2", [*WORKER, *QUEUES, "--hostname", "worker2@%h"])
        check_it_ends_well(api, run, lab)


def test_a_hub_killed_in_the_middle_goes_on_when_it_is_started_again(lab: Lab, tmp_path: Path) -> None:
    first = HubProcess(tmp_path)
    try:
        password = first.wait_for(r"Password: (\S+)", 120)[1]
        first.wait_for(r"serves at", 120)
        run = start_a_slow_one(Api(first.url, password), lab)
    finally:
        first.kill()
    second = HubProcess(tmp_path)
    try:
        second.wait_for(r"serves at", 120)
        check_it_ends_well(Api(second.url, password), run, lab)
    finally:
        second.kill()
