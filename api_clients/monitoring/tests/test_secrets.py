"""What a service's answer holds of secrets stays in this process: the cache, which others share, never has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from api_clients.infrastructure.client import ServiceClient
from api_clients.infrastructure.clock import SystemClock
from api_clients.monitoring.alertmanager.client import AlertmanagerClient
from api_clients.monitoring.alertmanager.simulator import AlertmanagerSimulator
from api_clients.monitoring.grafana.client import GrafanaClient
from api_clients.monitoring.grafana.simulator import make_simulator as make_grafana
from api_clients.monitoring.ntopng.client import NtopngClient
from api_clients.monitoring.ntopng.simulator import make_simulator as make_ntopng
from api_clients.monitoring.prometheus.client import PrometheusClient
from api_clients.monitoring.prometheus.simulator import PrometheusSimulator
from api_clients.simulation import HttpSimulator, InProcessTransport
from api_clients.tests.connected import connected


@pytest.mark.parametrize(
    ("client_class", "make_simulator", "ask"),
    [
        pytest.param(kind, make, ask, id=f"{kind.service}-{ask[0]}")
        for kind, make, ask in (
            (AlertmanagerClient, AlertmanagerSimulator, ("status",)),
            (GrafanaClient, make_grafana, ("contact_points",)),
            (GrafanaClient, make_grafana, ("datasources",)),
            (GrafanaClient, make_grafana, ("datasource", "prometheus")),
            (NtopngClient, make_ntopng, ("users",)),
            (PrometheusClient, PrometheusSimulator, ("targets",)),
            (PrometheusClient, PrometheusSimulator, ("alertmanagers",)),
            (PrometheusClient, PrometheusSimulator, ("flags",)),
            (PrometheusClient, PrometheusSimulator, ("configuration",)),
        )
    ],
)
def test_an_answer_that_may_hold_secrets_is_never_cached(
    client_class: type[ServiceClient], make_simulator: Callable[[], HttpSimulator], ask: tuple[Any, ...]
) -> None:
    simulator = make_simulator()
    wire = InProcessTransport(simulator, clock=SystemClock())
    with connected(client_class, "http://simulator", wire=wire) as client:
        for _ in range(2):
            getattr(client, ask[0])(*ask[1:])
    assert len(simulator.received) == 2
