"""The contract of all clients, kept by Netdata's, behind a proxy that wants a login."""

from __future__ import annotations

from typing import Any

from api_clients.infrastructure.http import Basic
from api_clients.monitoring.netdata.client import NetdataClient
from api_clients.monitoring.netdata.simulator import NetdataSimulator
from api_clients.tests.contract import ServiceContract

LOGIN = Basic("watcher", "netdata-password-of-the-tests")


class TestNetdata(ServiceContract):
    client_class = NetdataClient
    credentials = LOGIN
    wrong_credentials = Basic("watcher", "not-the-password")

    def make_simulator(self) -> NetdataSimulator:
        return NetdataSimulator(authorization=LOGIN.headers()["Authorization"])

    def make_empty_simulator(self) -> NetdataSimulator:
        return NetdataSimulator(authorization=LOGIN.headers()["Authorization"], log=False)

    def call(self, client: Any) -> Any:
        return client.alarm_log()

    def is_empty(self, answer: Any) -> bool:
        return answer == ()
