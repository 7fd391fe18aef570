"""Profiling 50 VPCS nodes, simulated and real: files, consoles twice, pings, ARP, rows and events.

Then the same with ten consoles that accept a connection and stay silent, which must hold up nobody else.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.databases import print_rows
from bench.table import Row

NODES, DEAF = 50, 10
SWITCHES = 4  # of the simulated campus
LOGIN = ("admin", "secret")
TARGET_SECONDS = 30.0
RUNS = 3
_SECONDS = 300


def run() -> list[Row]:
    return [*_simulated(), *_real()]


def _simulated() -> list[Row]:
    """The hub's own share: nodes that answer at once, in this process."""
    from api_clients.network.gns3.simulator import Gns3Simulator, draw_campus, serve_gns3

    simulator = Gns3Simulator("v3", login=LOGIN, consoles=True)
    drawn = draw_campus(simulator, NODES + SWITCHES, start=True)
    with serve_gns3(simulator) as served, TemporaryDirectory(prefix="nms-bench-") as folder:
        return _in_child(Path(folder), _Server(served.url), "simulated", drawn.project_id)


def _real() -> list[Row]:
    """Real ones where they are installed; the nodes take their time to answer a ping."""
    from api_clients.network.gns3.tests.servers import GNS3_VERSIONS, gns3_program, running_gns3

    if not shutil.which("vpcs"):
        return []
    rows = []
    for version in GNS3_VERSIONS:
        if Path(gns3_program(version)).exists():
            with TemporaryDirectory(prefix="nms-bench-") as name:
                folder = Path(name)
                (folder / "server").mkdir()
                with running_gns3(version, folder / "server") as server:
                    rows += _in_child(folder, server, f"GNS3 {version}", _project(server))
    return rows


@dataclass(frozen=True)
class _Server:
    url: str
    login: tuple[str, str] | None = LOGIN


def _in_child(folder: Path, server: Any, name: str, project: str) -> list[Row]:
    from common.tests.gns3.configured import configure

    clients = configure(folder / "clients.yaml", {"main": server})
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("NMS_", "REDIS_"))}
    environment |= {"NMS_DATA_DIR": str(folder / "data"), "NMS_CLIENTS_FILE": str(clients)}
    environment |= {"DJANGO_SETTINGS_MODULE": "nms.settings", "NMS_LOG_LEVEL": "ERROR"}
    done = subprocess.run(
        [sys.executable, "-m", "bench.equipment", name, project],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        timeout=_SECONDS,
        check=True,
    )
    return [Row(**row) for row in json.loads(done.stdout)]


def _project(server: Any) -> str:
    """50 hosts, each with an address since its start, at one switch."""
    path = f"projects/{server.request('POST', 'projects', {'name': 'bench', 'auto_close': False})['project_id']}"
    ports = [{"name": f"Ethernet{n}", "port_number": n, "type": "access", "vlan": 1} for n in range(NODES)]
    switch = {
        "name": "S",
        "node_type": "ethernet_switch",
        "compute_id": "local",
        "properties": {"ports_mapping": ports},
    }
    switch_id = server.request("POST", f"{path}/nodes", switch)["node_id"]
    for number in range(NODES):
        script = f"set pcname pc{number + 1}\nip 10.50.0.{number + 1}/24\n"
        host = {"name": f"pc{number + 1}", "node_type": "vpcs", "compute_id": "local"}
        node_id = server.request("POST", f"{path}/nodes", host | {"properties": {"startup_script": script}})["node_id"]
        ends = [(node_id, 0), (switch_id, number)]
        link = [{"node_id": one, "adapter_number": 0, "port_number": port} for one, port in ends]
        server.request("POST", f"{path}/links", {"nodes": link})
        server.request("POST", f"{path}/nodes/{node_id}/start", {})
    return path.removeprefix("projects/")


def _measure(server: str, project: str) -> list[Row]:
    from api_clients.network.console.values import ConsoleTarget
    from common.application.equipment import consoles

    first, *again = (_profiled(project, NODES) for _ in range(RUNS))
    real, silent_nodes = consoles.target_of, {f"pc{number + 1}" for number in range(DEAF)}
    with _deaf() as port:
        consoles.target_of = lambda node: (  # as if ten of them hung
            ConsoleTarget("127.0.0.1", port[node.name], "vpcs") if node.name in silent_nodes else real(node)
        )
        held_up = _profiled(project, NODES - DEAF)
    name = f"profile {NODES} VPCS nodes, {server}"
    seconds, pinged = max(took for took, _ in (first, *again)), min(answered for _, answered in (first, *again))
    note = f"the slowest of {RUNS}; all {NODES} addresses found and proven, pings answered at {pinged} consoles or more"
    return [
        Row(name, seconds, "s", TARGET_SECONDS, note=note),
        Row(f"{name}, {DEAF} consoles silent", held_up[0], "s", TARGET_SECONDS, note="all others were profiled"),
    ]


def _profiled(project: str, expected: int) -> tuple[float, int]:
    """Seconds, and at how many consoles a ping was answered. So many hosts must have told their own address."""
    from common.application.equipment.discovery import discover_project
    from common.domain.modules import Call

    found = discover_project("main", project, call=Call(actor="bench"))
    hosts = [profile for profile in found.profiles if profile["type"] == "vpcs"]
    told = [
        profile
        for profile in hosts
        if profile["console"]["dialect"] == "vpcs" and profile["discovery"]["steps"][2]["details"]["confirmed"]
    ]
    assert len(told) == expected, f"{len(told)} of {len(hosts)} told their address"
    pinged = [
        profile
        for profile in hosts
        if any(test["ping_success"] for test in profile["network_info"]["connectivity_tests"].values())
    ]
    return found.seconds, len(pinged)


@contextmanager
def _deaf() -> Iterator[dict[str, int]]:
    """A port for each of ten consoles that take a connection and never say a word."""
    listening = [socket.create_server(("127.0.0.1", 0)) for _ in range(DEAF)]
    for server in listening:
        threading.Thread(target=_accept, args=(server,), daemon=True).start()
    try:
        yield {f"pc{number + 1}": server.getsockname()[1] for number, server in enumerate(listening)}
    finally:
        for server in listening:
            server.close()


def _accept(server: socket.socket) -> None:
    kept = []
    while True:
        try:
            kept.append(server.accept())
        except OSError:
            return


def main() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    print_rows(_measure(sys.argv[1], sys.argv[2]))


if __name__ == "__main__":
    main()
