"""The contract suite, run against the example service."""

from __future__ import annotations

from typing import Any

from api_clients.infrastructure.http import Bearer
from api_clients.tests.contract import ServiceContract
from api_clients.tests.example_service import TOKEN, StoreroomClient, StoreroomSimulator


class TestStoreroom(ServiceContract):
    client_class = StoreroomClient
    credentials = Bearer(TOKEN)
    wrong_credentials = Bearer("not-the-token")

    def make_simulator(self) -> StoreroomSimulator:
        return StoreroomSimulator()

    def make_empty_simulator(self) -> StoreroomSimulator:
        return StoreroomSimulator(names=())

    def call(self, client: Any) -> Any:
        return client.parts()

    def is_empty(self, answer: Any) -> bool:
        return answer == ()
