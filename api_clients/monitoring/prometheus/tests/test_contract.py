"""The contract of every client, against the simulated Prometheus."""

from __future__ import annotations

from typing import Any

from api_clients.infrastructure.http import Basic
from api_clients.monitoring.prometheus.client import PrometheusClient
from api_clients.monitoring.prometheus.simulator import PrometheusSimulator
from api_clients.tests.contract import ServiceContract

CREDENTIALS = Basic("nms", "password-of-the-tests")


class TestPrometheus(ServiceContract):
    client_class = PrometheusClient
    credentials = CREDENTIALS
    wrong_credentials = Basic("nms", "another-password")

    def make_simulator(self) -> PrometheusSimulator:
        return PrometheusSimulator(credentials=CREDENTIALS)

    def make_empty_simulator(self) -> PrometheusSimulator:
        return PrometheusSimulator(credentials=CREDENTIALS, is_empty=True)

    def call(self, client: Any) -> Any:
        return client.series(["up"])

    def is_empty(self, answer: Any) -> bool:
        return answer.series == ()
