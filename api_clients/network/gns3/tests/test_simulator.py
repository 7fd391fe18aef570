"""What the simulator can beyond the contract: manners, faults, tokens that end, size, and networks that carry pings."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import requests

from api_clients.domain.errors import Malformed, Rejected, Unreachable
from api_clients.infrastructure.http import Basic
from api_clients.network.gns3.client import Gns3Client
from api_clients.network.gns3.simulator import (
    Gns3Simulator,
    Manners,
    draw_campus,
    draw_demo,
    draw_projects,
    serve_gns3,
)
from api_clients.network.gns3.tests.contract import at_console, end, host
from api_clients.network.gns3.tests.fake_server import connected
from api_clients.network.gns3.tests.listener import listening
from api_clients.network.gns3.values import Api, Node
from api_clients.simulation import SimulatorServer, close, garbage, hang, status, truncate
from api_clients.tests.waiting import eventually

LOGIN = ("ada", "a password of the tests")
each_api = pytest.mark.parametrize("api", ["v2", "v3"])


class Running:
    def __init__(self, simulator: Gns3Simulator, server: SimulatorServer, client: Gns3Client) -> None:
        self.simulator = simulator
        self.server = server
        self.client = client


@contextmanager
def running(simulator: Gns3Simulator, *, login: tuple[str, str] | None = None, **options: Any) -> Iterator[Running]:
    credentials = Basic(*login) if login else None
    with (
        serve_gns3(simulator) as server,
        connected(server.url, credentials=credentials, **{"read_timeout_seconds": 5, **options}) as client,
    ):
        yield Running(simulator, server, client)


# --- Size ---


@each_api
def test_two_hundred_nodes_are_drawn_and_read_in_a_moment(api: Api) -> None:
    simulator = Gns3Simulator(api)
    project = draw_campus(simulator, 200)
    with running(simulator) as it:
        topology = it.client.topology(project.project_id)
        assert (len(topology.nodes), len(topology.links)) == (200, 199)
        spent = []
        for _ in range(5):
            started = time.monotonic()
            it.client.topology(project.project_id)
            spent.append(time.monotonic() - started)
        assert min(spent) < 1.0


@pytest.mark.parametrize("size", [1, 2, 15, 16, 17, 31, 200, 250])
def test_a_campus_has_the_size_that_was_asked_for_and_is_connected(size: int) -> None:
    project = draw_campus(Gns3Simulator(), size)
    assert len(project.nodes) == size
    assert len(project.links) == size - 1
    reached, waiting = set(), [next(iter(project.nodes))]
    while waiting:
        node = waiting.pop()
        reached.add(node)
        ends = [[item["node_id"] for item in link.ends] for link in project.links.values() if link.touches(node)]
        waiting += [other for pair in ends for other in pair if other not in reached]
    assert reached == set(project.nodes)


def test_drawings_are_the_same_at_every_start() -> None:
    def drawn() -> list[tuple[Any, ...]]:
        simulator = Gns3Simulator()
        draw_demo(simulator)
        draw_projects(simulator, 3)
        return [
            (project.name, node.node_id, node.name, node.x, node.y, sorted(node.files.items()))
            for project in simulator.world.projects.values()
            for node in project.nodes.values()
        ]

    assert drawn() == drawn()


def test_a_host_reaches_the_far_end_of_two_hundred_nodes() -> None:
    simulator = Gns3Simulator(consoles=True)
    project = draw_campus(simulator, 200, start=True)
    with running(simulator) as it:
        nodes = {node.name: node for node in it.client.nodes(project.project_id)}
        assert len({node.console for node in nodes.values() if node.type == "vpcs"}) == 186
        with at_console(nodes["pc1"]) as console:
            console.wait_for(rb"pc1> ")
            console.type("ping 10.0.0.186 -c 1")
            console.wait_for(rb"84 bytes from 10\.0\.0\.186 icmp_seq=1 ttl=64 time=0\.300 ms")


# --- Manners and faults ---


@each_api
def test_a_server_that_is_gone_comes_back_with_what_it_had(api: Api) -> None:
    with running(Gns3Simulator(api)) as it:
        project = it.client.create_project("kept")
        it.server.stop()
        with pytest.raises(Unreachable):
            it.client.projects()
        it.server.start()
        assert it.client.projects() == (project,)


@each_api
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (status(500), Unreachable),
        (status(502, body=b"<html>Bad Gateway</html>"), Unreachable),
        (garbage(b"<html>It works!</html>"), Malformed),
        (truncate(), Malformed),
        (close(), Unreachable),
        (hang(4.0), Unreachable),
    ],
)
def test_it_misbehaves_on_request_and_is_well_again(api: Api, fault: Any, error: type[Exception]) -> None:
    with running(Gns3Simulator(api), read_timeout_seconds=2.0) as it:
        it.client.version()
        it.simulator.inject(fault)
        with pytest.raises(error):
            it.client.projects()
        it.simulator.clear()
        assert it.client.projects() == ()


@each_api
def test_a_node_that_cannot_start_says_so_and_leaves_a_line_in_the_log(api: Api) -> None:
    with running(Gns3Simulator(api, manners=Manners(failing_starts={"broken"}, ping_seconds=0.3))) as it:
        project = it.client.create_project("lab").project_id
        node = it.client.create_node(project, "broken", "vpcs")
        with listening(it.client, project) as heard:
            with pytest.raises(Rejected, match="Could not start broken") as caught:
                it.client.start_node(project, node.node_id)
            assert caught.value.status == 409
            heard.wait_for("log.error", lambda event: "broken" in event["message"])
        assert it.client.node(project, node.node_id).status == "stopped"


def test_a_slow_start_does_not_hold_up_the_others() -> None:
    with running(Gns3Simulator(manners=Manners(start_seconds=2.0))) as it:
        project = it.client.create_project("lab").project_id
        node = it.client.create_node(project, "A", "vpcs")
        starting = threading.Thread(target=it.client.start_node, args=(project, node.node_id))
        starting.start()
        eventually(lambda: any(received.path.endswith("/start") for received in it.simulator.received))
        assert it.client.node(project, node.node_id).status == "stopped"  # answered while it starts
        starting.join()
        assert it.client.node(project, node.node_id).status == "started"


def test_a_node_that_was_closed_while_it_started_stays_stopped() -> None:
    with running(Gns3Simulator(manners=Manners(start_seconds=0.5))) as it:
        project = it.client.create_project("lab").project_id
        node = it.client.create_node(project, "A", "vpcs")
        address = f"{it.server.url}/v3/projects/{project}/nodes/{node.node_id}/start"
        starting = threading.Thread(target=lambda: requests.post(address, json={}, timeout=5))
        starting.start()
        time.sleep(0.1)
        it.client.close_project(project)
        starting.join()
        it.client.open_project(project)
        assert it.client.node(project, node.node_id).status == "stopped"


def test_the_controllers_stream_of_v2_tells_of_its_compute_again_and_again() -> None:
    with (
        running(Gns3Simulator("v2", manners=Manners(ping_seconds=0.1, compute_update_seconds=0.1))) as it,
        listening(it.client) as heard,
    ):
        first = heard.wait_for("compute.updated", lambda event: event["compute_id"] == "local")
        heard.wait_for("compute.updated", after=first)


# --- Tokens ---


def test_a_token_that_has_ended_is_refused_and_another_given() -> None:
    with running(Gns3Simulator("v3", login=LOGIN), login=LOGIN) as it:
        it.client.projects()
        it.simulator.logins.revoke()
        assert it.client.projects() == ()
        logins = [received for received in it.simulator.received if received.path.endswith("/authenticate")]
        assert len(logins) == 2


def test_a_token_is_good_for_as_long_as_it_says() -> None:
    simulator = Gns3Simulator("v3", login=LOGIN, token_seconds=0.0)
    with serve_gns3(simulator) as server:
        body = {"username": LOGIN[0], "password": LOGIN[1]}
        token = requests.post(f"{server.url}/v3/access/users/authenticate", json=body, timeout=5).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        answer = requests.get(f"{server.url}/v3/projects", headers=headers, timeout=5)
        assert (answer.status_code, answer.json()) == (401, {"message": "Could not validate credentials"})


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c", "....", "\xe9"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with serve_gns3(Gns3Simulator("v3", login=LOGIN)) as server:
        answer = requests.get(f"{server.url}/v3/projects", params={"token": token}, timeout=5)
        assert answer.status_code == 401


# --- Habits of the versions ---


def test_v3_refuses_filters_once_more_after_it_has_refused_some() -> None:
    with running(Gns3Simulator("v3")) as it:
        project = it.client.create_project("lab").project_id
        one, two = host(it.client, project, 1), host(it.client, project, 2)
        link = it.client.create_link(project, end(one), end(two)).link_id
        address = f"{it.server.url}/v3/projects/{project}/links/{link}"

        def put(filters: dict[str, Any]) -> int:
            return requests.put(address, json={"filters": filters}, timeout=5).status_code

        assert [put({"nonsense": [1]}), put({}), put({})] == [409, 409, 200]


def test_v3_tells_no_startup_script_and_wants_a_body_to_start() -> None:
    with running(Gns3Simulator("v3")) as it:
        project = it.client.create_project("lab").project_id
        node = host(it.client, project, 1)
        assert "startup_script" not in node.properties
        assert (
            requests.post(f"{it.server.url}/v3/projects/{project}/nodes/{node.node_id}/start", timeout=5).status_code
            == 422
        )


def test_connections_are_closed_by_v2_and_kept_by_v3() -> None:
    kept = {}
    for api in ("v2", "v3"):
        with serve_gns3(Gns3Simulator(api)) as server, requests.Session() as session:
            for _ in range(3):
                session.get(f"{server.url}/{api}/version", timeout=5)
            kept[api] = server.connections
    assert kept == {"v2": 3, "v3": 1}


# --- Networks ---


class Lab:
    """A project whose hosts have consoles; `ping` says what one of them sees."""

    def __init__(self, it: Running) -> None:
        self.client = it.client
        self.project = it.client.create_project("lab").project_id
        self._stack = ExitStack()

    def node(self, name: str, kind: str, **properties: Any) -> Node:
        return self.client.create_node(self.project, name, kind, properties=properties)

    def host(self, name: str, *lines: str) -> Node:
        return self.node(name, "vpcs", startup_script="\n".join(lines))

    def link(self, a: Node, a_port: int, b: Node, b_port: int, *, a_adapter: int = 0, b_adapter: int = 0) -> str:
        made = self.client.create_link(self.project, end(a, a_port, a_adapter), end(b, b_port, b_adapter))
        return made.link_id

    def ping(self, name: str, address: str, times: int = 1) -> str:
        node = next(node for node in self.client.nodes(self.project) if node.name == name)
        with at_console(node) as console:
            console.type(f"ping {address} -c {times} -i 10")
            told = rf"(icmp_seq={times} [^\r]*|not reachable|No gateway found)\r\n.*> $"
            return console.wait_for(told.encode()).decode(errors="replace")


@pytest.fixture
def lab() -> Iterator[Lab]:
    with running(Gns3Simulator("v2", consoles=True)) as it:
        yield Lab(it)


def test_a_hub_and_two_switches_carry_a_ping(lab: Lab) -> None:
    one, two = lab.host("one", "ip 10.0.0.1/24"), lab.host("two", "ip 10.0.0.2/24")
    hub, switch = lab.node("hub", "ethernet_hub"), lab.node("switch", "ethernet_switch")
    lab.link(one, 0, hub, 3)
    lab.link(hub, 0, switch, 7)
    lab.link(switch, 2, two, 0)
    lab.client.start_all(lab.project)
    assert "84 bytes from 10.0.0.2 icmp_seq=1 ttl=64" in lab.ping("one", "10.0.0.2")
    assert "10.0.0.1 icmp_seq=1 ttl=64 time=0.001 ms" in lab.ping("one", "10.0.0.1")
    assert "host (10.0.0.9) not reachable" in lab.ping("one", "10.0.0.9")
    assert "No gateway found" in lab.ping("one", "10.1.0.1")
    lab.client.stop_node(lab.project, two.node_id)
    assert "host (10.0.0.2) not reachable" in lab.ping("one", "10.0.0.2")


def test_vlans_are_apart_and_a_trunk_joins_them(lab: Lab) -> None:
    def ports(vlan: int) -> list[dict[str, Any]]:
        access = {"name": "Ethernet0", "port_number": 0, "type": "access", "vlan": vlan}
        return [access, {"name": "Ethernet1", "port_number": 1, "type": "dot1q", "vlan": 1}]

    for name, vlan in (("ten", 10), ("also-ten", 10), ("twenty", 20)):
        lab.node(f"sw-{name}", "ethernet_switch", ports_mapping=ports(vlan))
    trunks = [{"name": f"Ethernet{n}", "port_number": n, "type": "dot1q", "vlan": 1} for n in range(3)]
    core = lab.node("core", "ethernet_switch", ports_mapping=trunks)
    switches = {node.name: node for node in lab.client.nodes(lab.project)}
    for number, name in enumerate(("ten", "also-ten", "twenty")):
        lab.link(lab.host(name, f"ip 10.0.0.{number + 1}/24"), 0, switches[f"sw-{name}"], 0)
        lab.link(switches[f"sw-{name}"], 1, core, number)
    lab.client.start_all(lab.project)
    assert "icmp_seq=1 ttl=64" in lab.ping("ten", "10.0.0.2")
    assert "not reachable" in lab.ping("ten", "10.0.0.3")


def test_routers_hand_on_from_network_to_network() -> None:
    simulator = Gns3Simulator(consoles=True)
    project = draw_demo(simulator)
    with running(simulator) as it:
        consoles = {node.name: node for node in it.client.nodes(project.project_id)}
        with at_console(consoles["berlin-pc1"]) as console:
            console.wait_for(rb"berlin-pc1> ")
            console.type("ping 10.20.0.11 -c 1")
            console.wait_for(rb"icmp_seq=1 ttl=62")
            console.type("ping 10.255.0.2 -c 1")
            console.wait_for(rb"from 10\.255\.0\.2 icmp_seq=1 ttl=63")
            console.type("ping 10.20.0.13 -c 1")  # that host is stopped
            console.wait_for(rb"host \(10\.10\.0\.1\) not reachable")
        with at_console(consoles["paris-r1"]) as console:
            console.wait_for(rb"paris-r1#")
            console.type("show ip interface brief")
            said = console.wait_for(rb"paris-r1#$")
            assert b"FastEthernet1/0            10.20.0.1       YES NVRAM  up                    up" in said
            assert b"FastEthernet2/0            unassigned" in said
            console.type("sh run")
            assert b"ip address 10.255.0.2 255.255.255.252" in console.wait_for(rb"paris-r1#$")
            console.type("configure terminal")
            console.wait_for(rb"% Invalid input detected")


def test_filters_and_cuts_are_felt_by_pings(lab: Lab) -> None:
    one, two = lab.host("one", "ip 10.0.0.1/24"), lab.host("two", "ip 10.0.0.2/24")
    link = lab.link(one, 0, two, 0)
    lab.client.start_all(lab.project)
    lab.client.set_filters(lab.project, link, {"delay": (100, 0)})
    assert "time=200.300 ms" in lab.ping("one", "10.0.0.2")  # there and back
    lab.client.set_filters(lab.project, link, {"packet_loss": (100,)})
    assert lab.ping("one", "10.0.0.2", 2).count("timeout") == 2
    lab.client.set_filters(lab.project, link, {})
    lab.client.suspend_link(lab.project, link, True)
    assert "not reachable" in lab.ping("one", "10.0.0.2")
    lab.client.suspend_link(lab.project, link, False)
    assert lab.ping("one", "10.0.0.2", 3).count("ttl=64") == 3


# --- At the console ---


@pytest.fixture
def console(lab: Lab) -> Iterator[Any]:
    one = lab.host("one", "set pcname one", "ip 10.0.0.1/24 10.0.0.254")
    with at_console(lab.client.start_node(lab.project, one.node_id)) as console:
        console.wait_for(rb"one> ")
        yield console


def test_an_address_that_is_typed_is_there_and_saved(lab: Lab, console: Any) -> None:
    console.type("ip 10.9.0.5 255.255.0.0")
    console.wait_for(rb"PC1 : 10\.9\.0\.5 255\.255\.255\.0 gateway 255\.255\.0\.0")  # the second is the gateway
    console.type("ip 10.9.0.5/16 10.9.0.1")
    console.wait_for(rb"PC1 : 10\.9\.0\.5 255\.255\.0\.0 gateway 10\.9\.0\.1")
    console.type("save")
    console.wait_for(rb"done")
    (node,) = lab.client.nodes(lab.project)
    assert (
        lab.client.node_file(lab.project, node.node_id, "startup.vpc") == b"set pcname one\nip 10.9.0.5/16 10.9.0.1\n"
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("ip 10.0.0.999/24", rb"Invalid address"),
        ("ip 10.0.0.1/99", rb"Invalid address"),
        ("ip dhcp", rb"Can't find dhcp server"),
        ("ping nowhere", rb"Cannot resolve nowhere"),
        ("ping 10.0.0.2 -c many", rb"Cannot resolve"),
        ("ping 10.0.0.2 -c", rb"Cannot resolve"),
        ("show nonsense", rb"Invalid arguments"),
        ("set nonsense", rb"Invalid arguments"),
        ("x" * 500, rb"Bad command"),
    ],
)
def test_a_line_that_means_nothing_is_answered_and_the_next_one_as_well(console: Any, line: str, told: bytes) -> None:
    console.type(line)
    console.wait_for(told + rb".*one> ")
    console.type("show ip")
    console.wait_for(rb"10\.0\.0\.1/24")


def test_keys_are_echoed_taken_back_and_a_command_interrupted(console: Any) -> None:
    console._socket.sendall(b"shox\x7fw ipp\x08\r")
    console.wait_for(rb"10\.0\.0\.1/24.*one> ")
    console.type("ping 10.0.0.77 -c 100")
    time.sleep(0.2)
    console._socket.sendall(b"\x03")
    console.wait_for(rb"one> ")
    console.type("show ip")
    console.wait_for(rb"10\.0\.0\.1/24")


def test_telnet_options_of_the_visitor_are_no_text(console: Any) -> None:
    console._socket.sendall(bytes.fromhex("fffd03") + b"sh" + bytes.fromhex("fffb1ffffa1f00500018fff0") + b"ow i")
    console._socket.sendall(b"\xff")
    time.sleep(0.05)
    console._socket.sendall(b"\xfd\x01p\r")
    console.wait_for(rb"show ip\r\n.*10\.0\.0\.1/24")
