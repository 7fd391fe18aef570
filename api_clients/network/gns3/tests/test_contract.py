"""The client before a simulated server keeps the contract of every HTTP client, for both versions."""

from __future__ import annotations

from typing import Any

from api_clients.domain.ports import Transport
from api_clients.infrastructure.http import Basic
from api_clients.network.gns3.client import Gns3Client
from api_clients.network.gns3.simulator import Gns3Simulator, draw_campus
from api_clients.network.gns3.values import Api
from api_clients.tests.contract import ServiceContract

LOGIN = ("ada", "a password of the tests")


class Gns3HttpContract(ServiceContract):
    client_class = Gns3Client
    api: Api
    credentials = Basic(*LOGIN)
    wrong_credentials = Basic(LOGIN[0], "not the password at all")

    def make_simulator(self) -> Gns3Simulator:
        simulator = self.make_empty_simulator()
        draw_campus(simulator, 3)
        return simulator

    def make_empty_simulator(self) -> Gns3Simulator:
        return Gns3Simulator(self.api, login=LOGIN)

    def make_client(self, transport: Transport) -> Gns3Client:
        return Gns3Client(transport, api=self.api)

    def call(self, client: Any) -> Any:
        return client.projects()

    def is_empty(self, answer: Any) -> bool:
        return answer == ()


class TestVersion2(Gns3HttpContract):
    api = "v2"


class TestVersion3(Gns3HttpContract):
    api = "v3"
