"""The simulator keeps the contract of real servers, in both editions, with and without a login."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api_clients.network.gns3.simulator import Gns3Simulator, Manners, serve_gns3
from api_clients.network.gns3.tests.contract import Gns3Contract, Rig
from api_clients.network.gns3.tests.fake_server import connected
from api_clients.network.gns3.values import Api

LOGIN = ("ada", "a password of the tests")
IN_A_HURRY = Manners(start_seconds=0.2, auto_close_seconds=0.3, ping_seconds=0.5)


class SimulatorContract(Gns3Contract):
    api: Api
    login: tuple[str, str] | None = LOGIN

    @pytest.fixture
    def rig(self) -> Iterator[Rig]:
        simulator = Gns3Simulator(self.api, login=self.login, consoles=True, manners=IN_A_HURRY)
        with serve_gns3(simulator) as server:
            rig = Rig(None, server.url, self.api, self.login)  # type: ignore[arg-type]
            with connected(server.url, credentials=rig.credentials, read_timeout_seconds=10) as rig.client:
                yield rig


class TestSimulatorOfVersion2(SimulatorContract):
    api = "v2"


class TestSimulatorOfVersion3(SimulatorContract):
    api = "v3"


class TestSimulatorOfVersion2WithoutLogin(SimulatorContract):
    api, login = "v2", None
