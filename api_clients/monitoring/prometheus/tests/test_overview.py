"""What the overview shows of Prometheus: firing alerts and figures in the shapes that all services share."""

from __future__ import annotations

from datetime import UTC, datetime

from api_clients.domain.alerts import Alert
from api_clients.domain.figures import Figure
from api_clients.monitoring.prometheus.active_alerts import active_alert, fingerprint
from api_clients.monitoring.prometheus.client import PrometheusClient
from api_clients.monitoring.prometheus.figures import figures
from api_clients.monitoring.prometheus.simulator import PrometheusSimulator
from api_clients.monitoring.prometheus.values import InstantResult, RuleAlert, Sample
from api_clients.monitoring.tests.exchanges import exchanges

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_a_firing_alert_has_the_shape_of_all_services() -> None:
    (alert,) = exchanges(PrometheusClient, PrometheusSimulator()).client.active_alerts()
    labels = {"alertname": "TargetDown", "instance": "10.0.0.1:161", "job": "snmp", "severity": "critical"}
    assert alert == Alert(
        id=fingerprint(labels),
        severity="critical",
        title="10.0.0.1:161 is down",
        source="10.0.0.1:161",
        description="It could not be scraped for a minute.",
        since=datetime(2026, 11, 20, 11, 58, 0, 500_000, tzinfo=UTC),
        labels=labels,
    )


def test_an_alert_of_few_words_is_called_by_its_name() -> None:
    alert = active_alert(RuleAlert({"alertname": "X", "job": "node"}, {}, "firing", NOON, 1.0))
    assert (alert.title, alert.source, alert.description, alert.severity) == ("X", "node", "", "medium")


def test_the_fingerprint_is_that_of_prometheus() -> None:
    # Alertmanager 0.25 said this of an alert with these labels.
    labels = {
        "alertname": "TargetDown",
        "instance": "127.0.0.1:1",
        "job": "gone",
        "severity": "critical",
        "site": "lab",
    }
    assert fingerprint(labels) == "61efbe7f95e1bf5a"
    assert fingerprint({}) == "cbf29ce484222325"  # the offset basis of FNV-1a


def test_figures_are_read_from_one_query() -> None:
    said = exchanges(PrometheusClient, PrometheusSimulator())
    found = said.client.figures()
    assert len(said.said) == 1
    assert Figure("targets.up", 2.0, "count") in found
    assert Figure("cpu.used", 12.5, "percent", {"instance": "10.0.0.11:9100"}) in found


def test_a_figure_that_is_no_number_is_left_out() -> None:
    samples = tuple(
        Sample({"nms_figure": name}, NOON, value) for name, value in (("targets.up", 1.0), ("cpu.used", float("nan")))
    )
    assert [figure.name for figure in figures(InstantResult("vector", samples))] == ["targets.up"]
