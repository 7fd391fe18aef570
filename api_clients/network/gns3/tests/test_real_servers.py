"""The real servers of the fixture run VPCS nodes that speak and reach each other, and survive being killed."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from api_clients.network.gns3.tests.servers import GNS3_VERSIONS, Gns3Server, running_gns3
from api_clients.tests.waiting import eventually

pytestmark = [pytest.mark.needs("gns3-server", "vpcs"), pytest.mark.slow]
each_version = pytest.mark.parametrize("version", GNS3_VERSIONS)


def _make_lab(server: Gns3Server) -> str:
    """Two hosts on a switch; the project's id."""
    project: str = server.request("POST", "projects", {"name": "lab", "auto_close": False})["project_id"]
    switch = _make_node(server, project, {"name": "SW", "node_type": "ethernet_switch"})
    for number in (1, 2):
        script = f"set pcname PC{number}\nip 10.0.0.{number}/24\n"
        host = {"name": f"PC{number}", "node_type": "vpcs", "properties": {"startup_script": script}}
        ends = ((_make_node(server, project, host), 0), (switch, number))
        nodes = [{"node_id": node, "adapter_number": 0, "port_number": port} for node, port in ends]
        server.request("POST", f"projects/{project}/links", {"nodes": nodes})
    return project


def _make_node(server: Gns3Server, project: str, node: dict[str, object]) -> str:
    return str(server.request("POST", f"projects/{project}/nodes", {**node, "compute_id": "local"})["node_id"])


def _ask(port: int, line: bytes, until: bytes) -> bytes:
    for _ in range(4):
        with suppress(TimeoutError), socket.create_connection(("127.0.0.1", port), timeout=10) as console:
            console.sendall(b"\r")
            _read(console, b"> ")
            # The startup script has given a prompt; our CR gives another and loses what comes meanwhile.
            time.sleep(0.5)
            console.sendall(line + b"\r")
            return _read(console, until)
    raise AssertionError(f"{until!r} did not come after {line!r}")


def _refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


def _read(console: socket.socket, until: bytes) -> bytes:
    said = b""
    while until not in said:
        said += console.recv(4096)
    return said


@each_version
def test_hosts_speak_on_their_consoles_and_reach_each_other_across_a_switch(
    gns3_server: Callable[[str], Gns3Server], version: str
) -> None:
    server = gns3_server(version)
    project = _make_lab(server)
    server.request("POST", f"projects/{project}/nodes/start")
    consoles = {node["name"]: node["console"] for node in server.request("GET", f"projects/{project}/nodes")}
    assert b"10.0.0.2/24" in _ask(consoles["PC2"], b"show ip", b"MTU")
    assert b"icmp_seq=1" in _ask(consoles["PC1"], b"ping 10.0.0.2 -c 1", b"ttl=64")


@each_version
def test_the_fixture_gives_a_server_without_projects(gns3_server: Callable[[str], Gns3Server], version: str) -> None:
    server = gns3_server(version)
    assert server.request("GET", "projects") == []
    assert server.request("GET", "version")["version"] == version


@each_version
def test_a_killed_server_comes_back_with_its_projects_and_takes_its_nodes_with_it(tmp_path: Path, version: str) -> None:
    with running_gns3(version, tmp_path, login=True) as server:
        project = _make_lab(server)
        server.request("POST", f"projects/{project}/nodes/start")
        console = server.request("GET", f"projects/{project}/nodes")[1]["console"]
        server.kill()
        eventually(lambda: _refuses(console), seconds=20)
        server.start()
        assert [each["project_id"] for each in server.request("GET", "projects")] == [project]


def test_two_servers_have_ports_of_their_own(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with running_gns3("2.2.54", tmp_path / "one") as one, running_gns3("2.2.54", tmp_path / "two") as two:
        consoles = []
        for server in (one, two):
            project = _make_lab(server)
            consoles += [node["console"] for node in server.request("GET", f"projects/{project}/nodes")]
        assert len(set(consoles)) == len(consoles) == 6
