"""The contract of consoles, kept by VPCS nodes of real GNS3 servers: their telnet wrapper, shared by all visitors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from api_clients.network.console.session import ConsoleSession
from api_clients.network.console.tests.contract import ConsoleContract, Rig
from api_clients.network.console.values import ConsoleInterface
from api_clients.network.gns3.tests.servers import Gns3Server, running_gns3


@pytest.fixture(scope="class")
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """Two hosts on a switch, started; the console ports by name."""
    version: str = request.cls.version
    with running_gns3(version, tmp_path_factory.mktemp(f"consoles-{version}")) as server:
        project = server.request("POST", "projects", {"name": "lab", "auto_close": False})["project_id"]
        switch = _node(server, project, name="SW", node_type="ethernet_switch")
        for number in (1, 2):
            script = f"set pcname PC{number}\nip 10.0.0.{number}/24 10.0.0.254\n"
            host = _node(server, project, name=f"PC{number}", node_type="vpcs", properties={"startup_script": script})
            ends = [
                {"node_id": node, "adapter_number": 0, "port_number": port}
                for node, port in ((host, 0), (switch, number))
            ]
            server.request("POST", f"projects/{project}/links", {"nodes": ends})
        server.request("POST", f"projects/{project}/nodes/start")
        yield {node["name"]: node["console"] for node in server.request("GET", f"projects/{project}/nodes")}


def _node(server: Gns3Server, project: str, **values: Any) -> str:
    return str(server.request("POST", f"projects/{project}/nodes", {**values, "compute_id": "local"})["node_id"])


class VpcsOfGns3(ConsoleContract):
    version: str
    device_type, name, address, mac = "vpcs", "PC1", "10.0.0.1/24", None
    reachable = "10.0.0.2"

    @pytest.fixture(autouse=True)
    def _where(self, lab: dict[str, int]) -> None:
        self._port = lab["PC1"]

    @asynccontextmanager
    async def rig(self) -> AsyncIterator[Rig]:
        yield Rig(self._port)

    async def carried_out(self, rig: Rig, console: ConsoleSession) -> str:
        return await console.show("show history")

    def check(self, interfaces: tuple[ConsoleInterface, ...]) -> None:
        (only,) = interfaces
        assert self.address in map(str, only.addresses)
        assert only.mac is not None
        assert only.mac.startswith("00:50:79:66:68:")

    async def test_a_stopped_console_is_unreachable_and_says_why(self) -> None:
        self._port = 1  # nobody listens there
        await super().test_a_stopped_console_is_unreachable_and_says_why()


@pytest.mark.slow
@pytest.mark.needs("gns3-server", "vpcs")
class TestServer22(VpcsOfGns3):
    version = "2.2.54"


@pytest.mark.slow
@pytest.mark.needs("gns3-server", "vpcs")
class TestServer30(VpcsOfGns3):
    version = "3.0.6"
