"""The way of an alert on real servers: a rule fires, Alertmanager hears of it, somebody silences it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import yaml

from api_clients.domain.alerts import Alert
from api_clients.domain.errors import Rejected
from api_clients.monitoring.alertmanager.client import AlertmanagerClient
from api_clients.monitoring.alertmanager.simulator import make_simulator
from api_clients.monitoring.prometheus.client import PrometheusClient
from api_clients.monitoring.tests.prometheus_servers import (
    NEEDED,
    MonitoringServers,
    client_of,
    until,
)
from api_clients.simulation import Received

pytestmark = NEEDED

UNKNOWN = "8b4c1d0e-1f3a-4a52-9c62-0d9f5a0a1111"
# A scrape that comes late on a busy machine ends no alert.
LOADED = {
    "alert": "MachineLoaded",
    "expr": 'max_over_time(up{job="node"}[5m]) == 1',
    "for": "1s",
    "labels": {"severity": "page"},
    "annotations": {"summary": "{{ $labels.instance }} works hard", "description": "It is up."},
}
NEVER = {"alert": "NeverYet", "expr": "max_over_time(up[5m]) == 1", "for": "1h"}
COUNTED = {"record": "site:up:sum", "expr": "sum(up)"}


@pytest.fixture(scope="module")
def prometheus(monitoring: MonitoringServers) -> PrometheusClient:
    return client_of(PrometheusClient, monitoring.prometheus)


@pytest.fixture(scope="module")
def alertmanager(monitoring: MonitoringServers) -> AlertmanagerClient:
    return client_of(AlertmanagerClient, monitoring.alertmanager)


@pytest.fixture(scope="module")
def firing(
    monitoring: MonitoringServers, prometheus: PrometheusClient, alertmanager: AlertmanagerClient
) -> Iterator[Alert]:
    """An alert of a rule with `for: 1s` that has reached Alertmanager."""
    monitoring.write_rules([COUNTED, LOADED, NEVER])
    prometheus.reload()
    (alert,) = until(lambda: [alert for alert in alertmanager.active_alerts() if alert.title.endswith("hard")], bool)
    yield alert
    monitoring.write_rules([])
    prometheus.reload()


def of(alertmanager: AlertmanagerClient, alert: Alert) -> Alert:
    return next(each for each in alertmanager.active_alerts() if each.id == alert.id)


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=5)


def test_a_rule_that_fires_reaches_alertmanager_under_one_id(
    monitoring: MonitoringServers, prometheus: PrometheusClient, alertmanager: AlertmanagerClient, firing: Alert
) -> None:
    (at_prometheus,) = prometheus.active_alerts()  # what is only pending is none of them
    assert (at_prometheus.id, at_prometheus.title) == (firing.id, f"{monitoring.node} works hard")
    assert (firing.severity, firing.source, firing.description) == ("critical", monitoring.node, "It is up.")
    assert not firing.is_silenced
    assert firing.since is not None
    assert {alert.state for alert in prometheus.alerts()} == {"firing", "pending"}
    assert prometheus.alertmanagers().active == (f"{monitoring.alertmanager}/api/v2/alerts",)


def test_rules_tell_their_state_and_health(prometheus: PrometheusClient, firing: Alert) -> None:
    (group,) = prometheus.rules()
    rules = {rule.name: rule for rule in group.rules}
    assert (rules["site:up:sum"].kind, rules["MachineLoaded"].kind) == ("recording", "alerting")
    assert (rules["MachineLoaded"].state, rules["NeverYet"].state) == ("firing", "pending")
    assert (rules["MachineLoaded"].for_seconds, rules["MachineLoaded"].health) == (1.0, "ok")
    assert rules["MachineLoaded"].alerts[0].labels == firing.labels
    assert [rule.name for rule in prometheus.rules("record")[0].rules] == ["site:up:sum"]


def test_a_silence_holds_an_alert_back_until_it_is_expired(alertmanager: AlertmanagerClient, firing: Alert) -> None:
    identity = alertmanager.create_silence(
        ['alertname="MachineLoaded"', 'job=~"no.e"', "severity!=info"], "we know", "the tests", soon()
    )
    until(lambda: of(alertmanager, firing).is_silenced, bool)
    (held,) = alertmanager.alerts(['alertname="MachineLoaded"'])
    assert (held.state, held.silenced_by, held.receivers) == ("suppressed", (identity,), ("nobody",))
    assert alertmanager.alerts(silenced=False) == ()
    figures = {figure.name: figure.value for figure in alertmanager.figures()}
    assert figures == {"alerts.active": 0.0, "alerts.suppressed": 1.0, "silences.active": 1.0}

    silence = alertmanager.silence(identity)
    assert (silence.state, silence.comment, silence.created_by) == ("active", "we know", "the tests")
    assert [str(matcher) for matcher in silence.matchers] == [
        'alertname="MachineLoaded"',
        'job=~"no.e"',
        'severity!="info"',
    ]
    assert [each.id for each in alertmanager.silences(['alertname="MachineLoaded"'])] == [identity]

    alertmanager.expire_silence(identity)
    until(lambda: of(alertmanager, firing).is_silenced, lambda is_silenced: not is_silenced)
    assert alertmanager.silence(identity).state == "expired"
    alertmanager.expire_silence(identity)  # once more changes nothing


def test_a_silence_is_made_longer_and_keeps_its_id(alertmanager: AlertmanagerClient, firing: Alert) -> None:
    matchers = ['alertname="MachineLoaded"']
    identity = alertmanager.create_silence(matchers, "for now", "the tests", soon())
    begun = alertmanager.silence(identity).starts_at
    later = soon() + timedelta(hours=1)
    assert alertmanager.create_silence(matchers, "longer", "the tests", later, silence_id=identity) == identity
    changed = alertmanager.silence(identity)
    assert (changed.starts_at, changed.comment) == (begun, "longer")
    assert abs(changed.ends_at - later) < timedelta(seconds=1)
    alertmanager.expire_silence(identity)


def test_a_silence_for_later_is_pending(alertmanager: AlertmanagerClient, firing: Alert) -> None:
    identity = alertmanager.create_silence(
        ["job=node"], "tonight", "the tests", soon(), starts_at=datetime.now(UTC) + timedelta(minutes=4)
    )
    assert alertmanager.silence(identity).state == "pending"
    assert not of(alertmanager, firing).is_silenced
    alertmanager.expire_silence(identity)


def test_a_silence_nobody_knows_is_rejected_and_not_tried_again(alertmanager: AlertmanagerClient) -> None:
    for ask in (alertmanager.silence, alertmanager.expire_silence):
        with pytest.raises(Rejected) as caught:
            ask(UNKNOWN)
        assert caught.value.status == 404
    with pytest.raises(Rejected, match="uuid"):
        alertmanager.silence("5")


def test_groups_receivers_and_status_are_told(alertmanager: AlertmanagerClient, firing: Alert) -> None:
    (group,) = until(lambda: alertmanager.alert_groups(["alertname=MachineLoaded"]), bool)
    assert (group.labels, group.receiver) == ({"alertname": "MachineLoaded"}, "nobody")
    assert [alert.fingerprint for alert in group.alerts] == [firing.id]
    assert alertmanager.receivers() == ("nobody",)
    status = alertmanager.status()
    assert (status.cluster, status.peers) == ("disabled", ())
    assert "group_wait: 0s" in status.configuration
    health = alertmanager.health()
    assert (health.status, health.version) == ("healthy", status.version)


@pytest.mark.parametrize("path", ["status", "alerts", "alerts/groups", "silences", "receivers"])
def test_the_simulator_answers_in_the_shape_of_the_real_server(
    monitoring: MonitoringServers, alertmanager: AlertmanagerClient, firing: Alert, path: str
) -> None:
    identity = alertmanager.create_silence(["job=node"], "for its shape", "the tests", soon())
    real = requests.get(f"{monitoring.alertmanager}/api/v2/{path}", timeout=30).json()
    alertmanager.expire_silence(identity)
    simulated = json.loads(make_simulator().respond(Received("GET", f"/api/v2/{path}")).body)
    assert differences(real, simulated) == []


def differences(real: Any, simulated: Any, at: str = "") -> list[str]:
    """Where keys or types differ; what people name (labels, annotations) and what one of the two lacks may."""
    if type(real) is not type(simulated):
        return [f"{at}: {type(real).__name__}, not {type(simulated).__name__}"]
    if isinstance(real, list):
        return differences(real[0], simulated[0], f"{at}[]") if real and simulated else []
    if not isinstance(real, dict) or at.endswith(("labels", "annotations")):
        return []
    ours, theirs = set(simulated) - {"name"}, set(real) - {"name"}  # only a member of a cluster has a name
    found = [f"{at}: {key} is not on both sides" for key in sorted(ours ^ theirs)]
    return found + [
        problem for key in ours & theirs for problem in differences(real[key], simulated[key], f"{at}.{key}")
    ]


def test_alerts_that_were_sent_are_active_until_they_are_over(alertmanager: AlertmanagerClient) -> None:
    labels = {"alertname": "LinkDown", "instance": "switch-1", "severity": "warning"}
    alertmanager.send_alerts([{"labels": labels, "annotations": {"summary": "ge-0/0/1 is down"}}])
    (sent,) = until(lambda: alertmanager.alerts(["alertname=LinkDown"]), bool)
    assert (sent.labels, sent.state) == (labels, "active")
    over = datetime.now(UTC) - timedelta(seconds=1)
    alertmanager.send_alerts([{"labels": labels, "ends_at": over, "starts_at": over - timedelta(minutes=1)}])
    until(lambda: alertmanager.alerts(["alertname=LinkDown"]), lambda found: found == ())


def test_no_secret_of_the_configuration_is_told(
    monitoring: MonitoringServers, alertmanager: AlertmanagerClient
) -> None:
    path = monitoring.folder / "alertmanager.yml"
    before = path.read_text()
    configuration = yaml.safe_load(before)
    webhook = {
        "url": "http://user:SECRET-PASSWORD@127.0.0.1:9/SECRET-PATH?token=SECRET-TOKEN",
        "http_config": {"proxy_url": "http://user:SECRET-PROXY@127.0.0.1:9/?key=SECRET-KEY"},
    }
    slack = {"api_url": "https://hooks.example.org/SECRET-SLACK", "channel": "#x"}
    configuration["receivers"].append({"name": "told", "webhook_configs": [webhook], "slack_configs": [slack]})
    path.write_text(yaml.safe_dump(configuration))
    try:
        alertmanager.reload()
        told = alertmanager.status().configuration
        assert "SECRET" not in told
        assert {each["name"] for each in yaml.safe_load(told)["receivers"]} == {"nobody", "told"}
    finally:
        path.write_text(before)
        alertmanager.reload()


def test_a_broken_file_is_refused_with_its_reason(
    monitoring: MonitoringServers, alertmanager: AlertmanagerClient
) -> None:
    path = monitoring.folder / "alertmanager.yml"
    before = path.read_text()
    path.write_text(before + "no_such_key: 1\n")
    try:
        with pytest.raises(Rejected, match="no_such_key"):
            alertmanager.reload()
    finally:
        path.write_text(before)
    alertmanager.reload()
