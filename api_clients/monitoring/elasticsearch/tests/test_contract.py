"""The contract of all clients, kept by Elasticsearch's, with a password and with an API key."""

from __future__ import annotations

from typing import Any

from api_clients.infrastructure.http import Basic, Bearer
from api_clients.monitoring.elasticsearch.client import ElasticsearchClient
from api_clients.monitoring.elasticsearch.simulator import ElasticsearchSimulator, State
from api_clients.tests.contract import ServiceContract

LOGIN = Basic("elastic", "elasticsearch-password-of-the-tests")
API_KEY = Bearer("ZWxhc3RpY3NlYXJjaC1rZXktb2YtdGhlLXRlc3Rz", scheme="ApiKey")


class TestElasticsearch(ServiceContract):
    client_class = ElasticsearchClient
    credentials = LOGIN
    wrong_credentials = Basic("elastic", "not-the-password")

    def make_simulator(self) -> ElasticsearchSimulator:
        return ElasticsearchSimulator(authorization=LOGIN.headers()["Authorization"])

    def make_empty_simulator(self) -> ElasticsearchSimulator:
        return ElasticsearchSimulator(State(), authorization=LOGIN.headers()["Authorization"])

    def call(self, client: Any) -> Any:
        return client.search()

    def is_empty(self, answer: Any) -> bool:
        return answer.hits == ()


class TestElasticsearchByApiKey(TestElasticsearch):
    credentials = API_KEY
    wrong_credentials = Bearer("bm90LXRoZS1rZXk=", scheme="ApiKey")

    def make_simulator(self) -> ElasticsearchSimulator:
        return ElasticsearchSimulator(authorization="ApiKey ZWxhc3RpY3NlYXJjaC1rZXktb2YtdGhlLXRlc3Rz")

    def make_empty_simulator(self) -> ElasticsearchSimulator:
        return ElasticsearchSimulator(State(), authorization=API_KEY.headers()["Authorization"])
