"""What the client makes good of the habits of real servers, beyond the contract that simulator and servers share."""

from __future__ import annotations

import queue
import re
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from api_clients.domain.errors import Rejected, Unauthorized
from api_clients.domain.policies.retry import RetryPolicy
from api_clients.infrastructure.http import Basic
from api_clients.network.gns3.client import Gns3Client
from api_clients.network.gns3.notifications import Connected, Item, Lost, Notifications
from api_clients.network.gns3.tests.fake_server import connected
from api_clients.network.gns3.tests.servers import GNS3_VERSIONS, PASSWORD, USER, Gns3Server, running_gns3
from api_clients.network.gns3.values import Link, LinkEnd, Node, Notification

pytestmark = [pytest.mark.needs("gns3-server", "vpcs"), pytest.mark.slow]
each_version = pytest.mark.parametrize("version", GNS3_VERSIONS)
Servers = Callable[[str], Gns3Server]


@contextmanager
def client_of(server: Gns3Server, **options: object) -> Iterator[Gns3Client]:
    with connected(
        server.url, credentials=Basic(USER, PASSWORD), read_timeout_seconds=20, deadline_seconds=60
    ) as client:
        yield client


def two_hosts(client: Gns3Client) -> tuple[str, Node, Node, Link]:
    """Two started hosts with addresses, and the link between them."""
    project = client.create_project("lab").project_id
    hosts = [
        client.create_node(project, f"PC{number}", "vpcs", properties={"startup_script": f"ip 10.0.0.{number}/24\n"})
        for number in (1, 2)
    ]
    link = client.create_link(project, LinkEnd(hosts[0].node_id, 0, 0), LinkEnd(hosts[1].node_id, 0, 0))
    first, second = client.start_all(project)
    return project, first, second, link


def answered_pings(node: Node) -> int:
    """Ping the other host twice from this one's console."""
    assert node.console is not None
    with socket.create_connection((node.console_host, node.console), timeout=20) as console:
        console.sendall(b"\r")
        _read_until(console, rb"> $")
        time.sleep(0.3)
        console.sendall(b"ping 10.0.0.2 -c 2\r")
        said = _read_until(console, rb"(seq=2|not reachable).*> $")
    return len(re.findall(rb"icmp_seq=\d ttl", said))


def _read_until(console: socket.socket, pattern: bytes) -> bytes:
    said = b""
    while not re.search(pattern, said, re.DOTALL):
        said += console.recv(4096)
    return said


@each_version
def test_a_link_that_was_cut_or_filtered_carries_everything_again(gns3_server: Servers, version: str) -> None:
    with client_of(gns3_server(version)) as client:
        project, first, _, link = two_hosts(client)
        assert _settled(first, 2) == 2
        assert client.suspend_link(project, link.link_id, True).suspended
        assert answered_pings(first) == 0
        assert not client.suspend_link(project, link.link_id, False).suspended
        assert _settled(first, 2) == 2
        client.set_filters(project, link.link_id, {"packet_loss": (100,)})
        assert answered_pings(first) == 0
        assert client.set_filters(project, link.link_id, {}).filters == {}
        assert _settled(first, 2) == 2


def _settled(node: Node, wanted: int) -> int:
    """Count answers once the hosts have read their startup scripts, which takes VPCS a few seconds, and while a busy
    machine does not answer late.
    """
    until = time.monotonic() + 30
    while (count := answered_pings(node)) != wanted and time.monotonic() < until:
        time.sleep(0.2)
    return count


@each_version
def test_refused_filters_leave_the_link_as_it_was(gns3_server: Servers, version: str) -> None:
    with client_of(gns3_server(version)) as client:
        project, first, _, link = two_hosts(client)
        assert _settled(first, 2) == 2
        with pytest.raises(Rejected) as caught:
            client.set_filters(project, link.link_id, {"no_such_filter": (1,)})
        assert caught.value.status == 409
        assert client.link(project, link.link_id).filters == {}
        assert _settled(first, 2) == 2


@each_version
def test_a_switch_of_a_template_gets_its_name_though_it_is_started(gns3_server: Servers, version: str) -> None:
    with client_of(gns3_server(version)) as client:
        project = client.create_project("lab").project_id
        templates = {template.type: template for template in client.templates()}
        switch = client.create_from_template(project, templates["ethernet_switch"].template_id, x=3, y=4, name="core")
        assert (switch.name, switch.status, switch.x, switch.y) == ("core", "started", 3, 4)
        assert client.template(templates["nat"].template_id).name == "NAT"


@each_version
def test_an_imported_project_stays_open_when_nobody_listens(gns3_server: Servers, version: str) -> None:
    with client_of(gns3_server(version)) as client:
        project = client.create_project("lab").project_id
        client.create_node(project, "A", "vpcs")
        archive = client.export_project(project)
        copy = client.import_project(archive, "copy")
        assert (copy.name, copy.status, copy.auto_close) == ("copy", "closed", False)
        assert [node.name for node in client.nodes(copy.project_id)] == ["A"]


@each_version
def test_a_topology_costs_at_most_three_times_the_servers_own_time(gns3_server: Servers, version: str) -> None:
    server = gns3_server(version)
    with client_of(server) as client:
        project = client.create_project("large").project_id
        nodes = [client.create_node(project, f"N{number}", "vpcs") for number in range(60)]
        for one, other in zip(nodes[::2], nodes[1::2], strict=True):
            client.create_link(project, LinkEnd(one.node_id, 0, 0), LinkEnd(other.node_id, 0, 0))

        with requests.Session() as raw:
            authorization = server.authorization()

            def read_raw() -> None:
                for part in ("", "/nodes", "/links", "/drawings"):
                    raw.get(f"{server.url}/{server.api}/projects/{project}{part}", **authorization).json()

            own, others = _medians(lambda: client.topology(project), read_raw)
        topology = client.topology(project)
        assert (len(topology.nodes), len(topology.links)) == (60, 30)
        assert own < 3 * others, f"{own * 1000:.1f} ms, the API alone {others * 1000:.1f} ms"


def _medians(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """Take turns, so that whatever else this machine does troubles both alike."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(15):
        for call, seconds in zip((one, other), taken, strict=True):
            started = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - started)
    return statistics.median(taken[0]), statistics.median(taken[1])


@each_version
def test_notifications_survive_a_killed_server(tmp_path: Path, version: str) -> None:
    with running_gns3(version, tmp_path) as server, client_of(server) as client:
        notifications = Notifications(client, backoff=RetryPolicy(base_seconds=0.1, max_seconds=0.5))
        items: queue.Queue[Item] = queue.Queue()
        thread = threading.Thread(target=lambda: [items.put(item) for item in notifications], daemon=True)
        thread.start()
        assert items.get(timeout=30) == Connected()
        client.create_project("before")
        _wait_for(items, "project.created")
        server.kill()
        while not isinstance(items.get(timeout=30), Lost):
            pass
        server.start()
        assert items.get(timeout=30) == Connected()
        client.create_project("after")
        assert _wait_for(items, "project.created").event["name"] == "after"
        notifications.stop()
        thread.join(10)
        assert not thread.is_alive()


def _wait_for(items: queue.Queue[Item], action: str) -> Notification:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        item = items.get(timeout=30)
        if isinstance(item, Notification) and item.action == action:
            return item
    raise AssertionError(f"no {action} came")


@each_version
def test_who_may_not_enter_is_told_so(tmp_path: Path, version: str) -> None:
    with running_gns3(version, tmp_path, login=True) as server:
        with client_of(server) as client:
            assert client.projects() == ()
            assert client.version().version == version
        for wrong in (Basic(USER, "wrong"), Basic("nobody", PASSWORD), None):
            with (
                connected(server.url, credentials=wrong, read_timeout_seconds=20) as stranger,
                pytest.raises(Unauthorized) as caught,
            ):
                stranger.projects()
            assert caught.value.status == 401
