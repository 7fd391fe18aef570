"""The contract of every client, against the simulated Alertmanager."""

from __future__ import annotations

from typing import Any

from api_clients.infrastructure.http import Bearer
from api_clients.monitoring.alertmanager.client import AlertmanagerClient
from api_clients.monitoring.alertmanager.simulator import AlertmanagerSimulator
from api_clients.tests.contract import ServiceContract

CREDENTIALS = Bearer("token-of-the-tests")


class TestAlertmanager(ServiceContract):
    client_class = AlertmanagerClient
    credentials = CREDENTIALS
    wrong_credentials = Bearer("another-token")

    def make_simulator(self) -> AlertmanagerSimulator:
        return AlertmanagerSimulator(credentials=CREDENTIALS)

    def make_empty_simulator(self) -> AlertmanagerSimulator:
        return AlertmanagerSimulator(credentials=CREDENTIALS, is_empty=True)

    def call(self, client: Any) -> Any:
        return client.silences()

    def is_empty(self, answer: Any) -> bool:
        return answer == ()
