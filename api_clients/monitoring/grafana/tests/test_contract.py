"""The client before a simulated Grafana keeps the contract of every service, with each kind of login."""

from __future__ import annotations

from typing import Any

from api_clients.infrastructure.http import Basic, Bearer
from api_clients.monitoring.grafana.client import GrafanaClient
from api_clients.monitoring.grafana.simulator import GrafanaSimulator
from api_clients.monitoring.grafana.simulator.content import company
from api_clients.tests.contract import ServiceContract

TOKEN = Bearer("glsa_token-of-the-tests_0a1b2c3d")
LOGIN = Basic("ada", "a password of the tests")


class TestGrafanaWithToken(ServiceContract):
    client_class = GrafanaClient
    credentials = TOKEN
    wrong_credentials = Bearer("glsa_another-token_00000000")

    def make_simulator(self) -> GrafanaSimulator:
        return GrafanaSimulator(company(), logins=(TOKEN, LOGIN))

    def make_empty_simulator(self) -> GrafanaSimulator:
        return GrafanaSimulator(logins=(TOKEN, LOGIN))

    def call(self, client: Any) -> Any:
        return client.service_accounts()

    def is_empty(self, answer: Any) -> bool:
        return answer == ()


class TestGrafanaWithPassword(TestGrafanaWithToken):
    credentials = LOGIN
    wrong_credentials = Basic("ada", "not the password at all")
