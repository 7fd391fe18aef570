"""The contract of all clients, kept by ntopng's, with a name and password and with a token."""

from __future__ import annotations

from typing import Any

from api_clients.infrastructure.http import Basic, Bearer
from api_clients.monitoring.ntopng.client import NtopngClient
from api_clients.monitoring.ntopng.simulator import NtopngSimulator
from api_clients.tests.contract import ServiceContract

LOGIN = Basic("admin", "ntopng-password-of-the-tests")
TOKEN = Bearer("ntopng-token-of-the-tests", scheme="Token")


class TestNtopng(ServiceContract):
    client_class = NtopngClient
    credentials = LOGIN
    wrong_credentials = Basic("admin", "not-the-password")

    def make_simulator(self) -> NtopngSimulator:
        return NtopngSimulator(authorization=LOGIN.headers()["Authorization"])

    def make_empty_simulator(self) -> NtopngSimulator:
        return NtopngSimulator(authorization=LOGIN.headers()["Authorization"], flows=0)

    def call(self, client: Any) -> Any:
        return client.active_flows(0, limit=10)

    def is_empty(self, answer: Any) -> bool:
        return answer == ()


class TestNtopngByToken(TestNtopng):
    credentials = TOKEN
    wrong_credentials = Bearer("not-the-token", scheme="Token")

    def make_simulator(self) -> NtopngSimulator:
        return NtopngSimulator(authorization=TOKEN.headers()["Authorization"])

    def make_empty_simulator(self) -> NtopngSimulator:
        return NtopngSimulator(authorization=TOKEN.headers()["Authorization"], flows=0)
