"""The hub's own series are written to a Prometheus that asks for them, as often as it asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from api_clients.container import make_container
from api_clients.monitoring.prometheus.simulator import PrometheusSimulator
from api_clients.simulation import serve, status
from common.application import clients, own_series
from common.application.own_series import OwnSeries

pytestmark = pytest.mark.django_db


@pytest.fixture
def simulator() -> PrometheusSimulator:
    return PrometheusSimulator()


@pytest.fixture
def writes(
    simulator: PrometheusSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], int]]:
    """How often the server was written to."""
    with serve(simulator) as server:
        path = tmp_path / "clients.yaml"
        asked = f"{{instances: [{{url: '{server.url}'}}], options: {{own_series_seconds: 15}}}}"
        silent = f"{{instances: [{{url: '{server.url}'}}]}}"
        path.write_text(f"services: {{prometheus: {{targets: {{main: {asked}, other: {silent}}}}}}}")
        container = make_container(clients_file=path, prometheus_registry=CollectorRegistry())
        monkeypatch.setattr(clients, "_container", lambda: container)
        yield lambda: sum(received.path.endswith("/write") for received in simulator.received)


def test_it_is_written_to_when_its_time_has_come(writes: Callable[[], int]) -> None:
    series = OwnSeries()
    series.write_due(100.0)
    series.write_due(110.0)
    assert writes() == 1
    series.write_due(115.0)
    assert writes() == 2


def test_a_server_that_refuses_is_written_to_again_and_told_once(
    writes: Callable[[], int], simulator: PrometheusSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    series = OwnSeries()
    simulator.inject(status(400, body=b"out of order", times=2))
    for now in (100.0, 115.0, 130.0):
        series.write_due(now)
    assert writes() == 3
    assert caplog.text.count("own_series_refused") == 1


def test_its_thread_ends_when_the_hub_does() -> None:
    running = own_series._start()
    running.stop()
    assert not running._thread.is_alive()
