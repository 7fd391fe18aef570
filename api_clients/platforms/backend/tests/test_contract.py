"""A described backend keeps the contract of every service."""

from __future__ import annotations

from typing import Any

from api_clients.infrastructure.http import ApiKey
from api_clients.platforms.backend.client import BackendClient
from api_clients.platforms.backend.simulator import KEY, KEY_HEADER, OPTIONS, StoreroomSimulator, make_simulator
from api_clients.tests.contract import ServiceContract


class TestBackend(ServiceContract):
    client_class = BackendClient
    credentials = ApiKey(KEY_HEADER, KEY)
    wrong_credentials = ApiKey(KEY_HEADER, "a-key-of-another-door")
    options = OPTIONS

    def make_simulator(self) -> StoreroomSimulator:
        return make_simulator()

    def make_empty_simulator(self) -> StoreroomSimulator:
        return StoreroomSimulator()

    def call(self, client: Any) -> Any:
        return client.read("parts")

    def is_empty(self, answer: Any) -> bool:
        return answer == []
