"""The client before a simulated Kibana keeps the contract of every service, with each kind of login."""

from __future__ import annotations

from typing import Any

from api_clients.infrastructure.http import Basic, Bearer
from api_clients.monitoring.kibana.client import KibanaClient
from api_clients.monitoring.kibana.simulator import KibanaSimulator
from api_clients.monitoring.kibana.simulator.content import company
from api_clients.tests.contract import ServiceContract

KEY = Bearer("bm1zOmtleS1vZi10aGUtdGVzdHM=", scheme="ApiKey")
LOGIN = Basic("ada", "a password of the tests")


class TestKibanaWithApiKey(ServiceContract):
    client_class = KibanaClient
    credentials = KEY
    wrong_credentials = Bearer("bm1zOmFub3RoZXIta2V5", scheme="ApiKey")

    def make_simulator(self) -> KibanaSimulator:
        return KibanaSimulator(company(), logins=(KEY, LOGIN))

    def make_empty_simulator(self) -> KibanaSimulator:
        return KibanaSimulator(logins=(KEY, LOGIN))

    def call(self, client: Any) -> Any:
        return client.find_saved_objects(["dashboard"])

    def is_empty(self, answer: Any) -> bool:
        return answer.objects == ()


class TestKibanaWithPassword(TestKibanaWithApiKey):
    credentials = LOGIN
    wrong_credentials = Basic("ada", "not the password at all")
