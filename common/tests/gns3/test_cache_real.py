"""The cache of topologies: quick, right after every change, counted."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from api_clients.network.gns3.tests.servers import Gns3Server
from common.application.gns3 import central
from common.application.gns3.listener import Listener
from common.tests.gns3.conftest import Use
from common.tests.gns3.outside import Lab, told, until

VERSION = "2.2.54"
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.needs("gns3-server", "vpcs")]


@pytest.fixture
def server(gns3_server: Callable[[str], Gns3Server], use_servers: Use) -> Gns3Server:
    running = gns3_server(VERSION)
    use_servers(main=running)
    return running


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.stop()


def test_many_who_ask_at_once_share_one_reading(server: Gns3Server) -> None:
    lab = Lab(server, "shared")
    central.refresh("main")
    central.start_node("main", lab.project_id, lab.nodes["A"])  # a new revision: nothing of it is cached
    was = central.status()
    before = {call.operation: call.count for call in was.calls}

    def ask(_: int) -> int:
        try:
            return len(central.topology("main", lab.project_id).nodes)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(ask, range(40))) == {3}
    calls = {call.operation: call.count - before.get(call.operation, 0) for call in central.status().calls}
    assert (calls["nodes"], calls["links"], calls["drawings"]) == (1, 1, 1)
    counted = central.status().cache
    assert (counted.misses - was.cache.misses, counted.hits - was.cache.hits) == (1, 39)


def test_whoever_hears_of_a_change_reads_it(server: Gns3Server, listener: Listener) -> None:
    """Never the state of before: the event and the new revision come in one transaction."""
    lab = Lab(server, "changing")
    listener.start()
    until(lambda: any(state.links for state in central.project_states("main")))
    for action, wanted in (("start", "started"), ("stop", "stopped")) * 2:
        before = len(told(lab.project_id))
        central.node("main", lab.project_id, lab.nodes["A"])
        lab.do(action, "A")
        until(lambda: len(told(lab.project_id)) > before)  # noqa: B023
        assert central.node("main", lab.project_id, lab.nodes["A"]).status == wanted
        inside = central.topology("main", lab.project_id)
        assert {node.name: node.status for node in inside.nodes}["A"] == wanted


def test_a_node_is_moved_without_an_event_and_yet_read_anew(server: Gns3Server, listener: Listener) -> None:
    lab = Lab(server, "moved", hosts=1)
    listener.start()
    until(lambda: any(state.links for state in central.project_states("main")))
    central.topology("main", lab.project_id)
    server.request("PUT", f"{lab.path}/nodes/{lab.nodes['A']}", {"x": 123})
    until(lambda: central.node("main", lab.project_id, lab.nodes["A"]).x == 123)
    assert told(lab.project_id) == []


@pytest.mark.slow
def test_the_cached_topology_of_200_nodes_takes_less_than_ten_milliseconds(server: Gns3Server) -> None:
    lab = Lab(server, "large", hosts=0)
    for number in range(200):
        lab.add(f"H{number}")
    central.topology("main", lab.project_id)
    taken = []
    for _ in range(50):
        began = time.perf_counter()
        assert len(central.topology("main", lab.project_id).nodes) == 200
        taken.append((time.perf_counter() - began) * 1000)
    print(f"cached topology of 200 nodes: median {statistics.median(taken):.2f} ms, worst {max(taken):.2f} ms")
    assert statistics.median(taken) < 10


@pytest.mark.slow
def test_a_dashboard_like_load_is_answered_by_the_cache_in_95_of_100(server: Gns3Server, listener: Listener) -> None:
    """Four pages that look at everything every quarter of a second, while nodes start and stop."""
    labs = [Lab(server, f"lab {number}") for number in range(5)]
    listener.start()
    until(lambda: sum(state.links for state in central.project_states("main")) == 10)
    threading.Event().wait(1)
    began = central.status().cache

    def page(_: int) -> None:
        try:
            for _ in range(24):
                for project in central.projects("main"):
                    topology = central.topology("main", project.project_id)
                    for node in topology.nodes:
                        central.node("main", project.project_id, node.node_id)
                threading.Event().wait(0.25)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        pages = [pool.submit(page, number) for number in range(4)]
        for turn in range(6):
            labs[turn % 5].do("start" if turn < 5 else "stop", "A")
            threading.Event().wait(1)
        for each in pages:
            each.result()
    ended = central.status().cache
    hits, misses = ended.hits - began.hits, ended.misses - began.misses
    print(f"hit ratio: {hits / (hits + misses):.4f} of {hits + misses}")
    assert hits / (hits + misses) >= 0.95


@pytest.mark.slow
def test_fifty_projects_are_watched_at_once(server: Gns3Server, listener: Listener) -> None:
    labs = [Lab(server, f"lab {number}", hosts=1) for number in range(50)]
    for lab in labs[:10]:
        central.watch("main", lab.project_id)
    listener.start()
    until(lambda: sum(state.links for state in central.project_states("main")) == 50, 60)
    threading.Event().wait(3)
    times = []
    for lab in (labs[0], labs[20], labs[49]):
        lab.do("start", "A")
        times.append(until(lambda: ("node.started", "A") in told(lab.project_id)))  # noqa: B023
    print("seen after", [round(seconds, 2) for seconds in times])
    assert max(times) < 6  # one turn of polls, on a machine with more to do
    assert central.status().servers[0].open_projects == 50
    for lab in labs[:50:5]:
        lab.do("start" if lab not in (labs[0], labs[20]) else "stop", "A")
    seen = lambda: [one for lab in labs[:50:5] for one in told(lab.project_id)]  # noqa: E731
    until(lambda: len(seen()) >= 10 + 2, told_by=seen)  # labs 0 and 20 were started before
    threading.Event().wait(2)
    assert len(seen()) == 10 + 2
