"""GNS3 in both ways to run: what somebody does to a lab is heard over WebSocket and Redis, once, and measured."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
import requests

from api_clients.network.gns3.simulator import Gns3Simulator, draw_campus, serve_gns3
from api_clients.tests.servers import free_port, running_redis
from common.tests.gns3.configured import configure
from common.tests.servers import PostgreSQL
from nms.tests.live_events import LiveEvents
from nms.tests.production_stack import production_stack
from nms.tests.rest import Api
from nms.tests.running_hub import running_hub
from nms.tests.waiting import wait_until

pytestmark = pytest.mark.slow
GNS3_PATH = "/ws/gns3/events/"
CENTRAL = "/api/common/api/gns3-central"
NODES = 5


class Lab:
    """A simulated server with one project, driven from outside."""

    login = None

    def __init__(self, url: str, project_id: str) -> None:
        self.url = url
        self.project_id = project_id
        nodes = requests.get(f"{url}/v3/projects/{project_id}/nodes", timeout=10).json()
        self.node_id = next(node["node_id"] for node in nodes if node["node_type"] == "vpcs")

    def do(self, action: str) -> None:
        address = f"{self.url}/v3/projects/{self.project_id}/nodes/{self.node_id}/{action}"
        requests.post(address, json={}, timeout=10).raise_for_status()


@pytest.fixture
def lab() -> Iterator[Lab]:
    simulator = Gns3Simulator("v3")
    project = draw_campus(simulator, NODES)
    with serve_gns3(simulator) as server:
        yield Lab(server.url, project.project_id)


def is_watched(api: Api, lab: Lab) -> bool:
    """All of the project is read: what differs from now on is an event."""
    state = requests.get(f"{api.url}/health/", timeout=10).json()["checks"]["gns3"]
    if state["detail"] != "1 of 1 servers answer":
        return False
    # How many nodes it has the hub knows of its own once it has read them.
    return bool(api.get(f"{CENTRAL}/projects/{lab.project_id}/")["nodes"] == NODES)


def check_story(api: Api, lab: Lab) -> None:
    with LiveEvents(api.url, api.token, ["node.*"], path=GNS3_PATH) as live:
        for action, wanted in (("start", "node.started"), ("stop", "node.stopped")):
            lab.do(action)
            event = live.wait_for(lambda event, wanted=wanted: event["type"] == wanted)  # type: ignore[misc]
            assert event["source"] == "gns3"
            assert event["subject"] == f"gns3:{lab.project_id}/{lab.node_id}"
        threading.Event().wait(2)
        with pytest.raises(TimeoutError):
            live.wait_for(lambda event: event["type"] == "never", timeout_seconds=0.5)
        assert [event["type"] for event in live.events] == ["node.started", "node.stopped"]


def metrics(api: Api) -> str:
    answer = requests.get(f"{api.url}/metrics", headers={"Authorization": f"Bearer {api.token}"}, timeout=10)
    answer.raise_for_status()
    return answer.text


def test_one_process_listens_tells_and_measures(tmp_path: Path, lab: Lab) -> None:
    clients = configure(tmp_path / "clients.yaml", {"main": lab})
    with running_hub(tmp_path, NMS_LAB="0", NMS_CLIENTS_FILE=str(clients)) as hub:
        api = hub.api()
        wait_until("the server is watched", lambda: is_watched(api, lab))
        check_story(api, lab)
        shown = metrics(api)
        assert 'gns3_response_time_seconds_count{operation="nodes"}' in shown
        assert 'gns3_events_total{priority="normal",type="node.stopped"} 1.0' in shown
        run = api.post(
            "/api/common/api/v1/hub/workflows/execute/",
            {"workflow": "start_gns3_project_complete", "input": {"project_id": lab.project_id, "wait_seconds": 1}},
            expect=202,
        )
        done = finished(api, run)
        assert done["state"] == "succeeded", done
        assert done["output"]["outcome"] in {"done", "partial"}
        assert len(done["output"]["nodes"]) == NODES


def finished(api: Api, run: dict[str, Any]) -> dict[str, Any]:
    address = f"/api/common/api/v1/hub/workflow-runs/{run['id']}/"
    wait_until("the run has ended", lambda: api.get(address)["state"] not in {"running", "waiting"})
    done: dict[str, Any] = api.get(address)
    return done


@contextmanager
def hearing(url: str) -> Iterator[Any]:
    with redis.Redis.from_url(url) as client, client.pubsub(ignore_subscribe_messages=True) as channel:
        channel.psubscribe("gns3:events:*")
        channel.get_message(timeout=2)
        yield channel


def channels_of(channel: Any, *, at_least: int = 0) -> list[str]:
    """What is heard until nothing more comes for a moment, which ends no wait for the first ones."""
    heard: list[str] = []
    until = time.monotonic() + 30
    while (message := channel.get_message(timeout=0.5)) or (len(heard) < at_least and time.monotonic() < until):
        if message:
            assert json.loads(message["data"])["source"] == "gns3"
            heard.append(message["channel"].decode())
    return heard


@pytest.mark.needs("postgres", "initdb", "redis-server")
def test_in_production_one_of_the_workers_listens(tmp_path: Path, lab: Lab, postgresql: PostgreSQL) -> None:
    clients = configure(tmp_path / "clients.yaml", {"main": lab})
    with (
        running_redis(tmp_path) as server,
        production_stack(
            tmp_path,
            database_url=postgresql.fresh_database("gns3"),
            redis_url=server.url,
            port=free_port(),
            NMS_CLIENTS_FILE=str(clients),
        ) as stack,
    ):
        api = stack.api()
        stack.wait_until("a worker listens", lambda: is_watched(api, lab))
        threading.Event().wait(2)
        listening = [name for name in stack.processes if "listening to a GNS3 server" in stack.log(name)]
        assert len(listening) == 1
        assert listening[0].startswith("worker")
        with hearing(server.url) as channel:
            check_story(api, lab)
            assert channels_of(channel, at_least=2) == ["gns3:events:node.started", "gns3:events:node.stopped"]
            stack.kill(listening[0])
            other = next(name for name in stack.processes if name.startswith("worker"))
            stack.wait_until("the other worker listens", lambda: "listening to a GNS3 server" in stack.log(other))
            threading.Event().wait(2)
            lab.do("start")
            wait_until("it is heard", lambda: "gns3:events:node.started" in channels_of(channel))
