"""What is special to Alertmanager, against its simulator: silences, filters, and what is refused before it is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api_clients.domain.alerts import Alert
from api_clients.domain.errors import InvalidRequest, Malformed, Rejected
from api_clients.domain.figures import Figure
from api_clients.domain.values import Response
from api_clients.infrastructure.reading import ReadingTransport
from api_clients.infrastructure.tests.rig import Scripted
from api_clients.monitoring.alertmanager.client import EVER, AlertmanagerClient
from api_clients.monitoring.alertmanager.simulator import ALERTS, SILENCE_ID, STATUS, AlertmanagerSimulator
from api_clients.monitoring.alertmanager.values import Matcher, Peer
from api_clients.monitoring.tests.exchanges import Exchanges, examples, exchanges
from api_clients.simulation import status

END = datetime(2036, 11, 20, 14, 0, tzinfo=UTC)
SILENCE: dict[str, Any] = {"matchers": ["job=snmp"], "comment": "known", "created_by": "tests", "ends_at": END}


@pytest.fixture
def said() -> Exchanges[AlertmanagerClient]:
    return exchanges(AlertmanagerClient, AlertmanagerSimulator())


@pytest.mark.parametrize(("name", "arguments"), examples(AlertmanagerClient).items(), ids=lambda item: str(item)[:20])
def test_every_operation_answers_its_example(
    said: Exchanges[AlertmanagerClient], name: str, arguments: dict[str, Any]
) -> None:
    getattr(said.client, name)(**arguments)
    assert all(answer.status == 200 for _, answer in said.said)
    assert said.said


def test_what_is_silenced_is_active_all_the_same_and_says_so(said: Exchanges[AlertmanagerClient]) -> None:
    by_title = {alert.title: alert for alert in said.client.active_alerts()}
    down = by_title["10.0.0.1:161 is down"]
    assert isinstance(down, Alert)
    assert (down.severity, down.source, down.is_silenced) == ("critical", "10.0.0.1:161", False)
    assert by_title["/ of 10.0.0.11:9100 is nearly full"].is_silenced
    assert said.client.figures() == (
        Figure("alerts.active", 1.0, "count"),
        Figure("alerts.suppressed", 1.0, "count"),
        Figure("silences.active", 1.0, "count"),
    )


def test_alerts_are_filtered_by_matchers_state_and_receiver(said: Exchanges[AlertmanagerClient]) -> None:
    def names(**arguments: Any) -> list[str]:
        return [alert.labels["alertname"] for alert in said.client.alerts(**arguments)]

    assert names() == ["TargetDown", "DiskFull"]
    assert names(filters=["severity=critical"]) == ["TargetDown"]
    assert names(filters=['alertname=~".*Full"', "job!=snmp"]) == ["DiskFull"]
    assert names(silenced=False) == ["TargetDown"]
    assert names(active=False) == ["DiskFull"]
    assert names(receiver="nobody") == []
    received, _ = said.said[2]
    assert received.params["filter"] == ['alertname=~".*Full"', 'job!="snmp"']


def test_a_silence_begins_by_the_servers_clock(said: Exchanges[AlertmanagerClient]) -> None:
    identity = said.client.create_silence(**SILENCE)
    sent = said.said[0][0].json()
    assert sent["startsAt"] == "1970-01-01T00:00:00.000Z"
    assert sent["endsAt"] == "2036-11-20T14:00:00.000Z"
    assert said.client.silence(identity).starts_at == datetime(2026, 11, 20, 12, 5, tzinfo=UTC)
    assert said.client.silence(identity).matchers == (Matcher("job", "snmp"),)


def test_a_silence_that_is_changed_keeps_its_start(said: Exchanges[AlertmanagerClient]) -> None:
    begun = said.client.silence(SILENCE_ID).starts_at
    said.client.create_silence(**SILENCE, silence_id=SILENCE_ID)
    assert datetime.fromisoformat(said.said[-1][0].json()["startsAt"]) == begun != EVER
    with pytest.raises(Rejected):
        said.client.create_silence(**SILENCE, silence_id="00000000-0000-4000-8000-000000000000")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"matchers": []}, "matchers would fit every alert"),
        ({"matchers": ['job=~".*"']}, "matchers would fit every alert"),
        ({"matchers": ["job"]}, "is no matcher"),
        ({"ends_at": END.replace(tzinfo=None)}, "ends_at has no time zone"),
        ({"starts_at": END + timedelta(seconds=1)}, "ends_at is not after starts_at"),
        ({"comment": " "}, "comment is empty"),
        ({"created_by": ""}, "created_by is empty"),
    ],
)
def test_a_silence_that_makes_no_sense_is_not_sent(
    said: Exchanges[AlertmanagerClient], changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(InvalidRequest, match=f"^alertmanager create_silence main: .*{told}"):
        said.client.create_silence(**{**SILENCE, **changes})
    assert said.said == []


@pytest.mark.parametrize(
    ("alert", "told"),
    [
        ({}, "alerts.0.labels"),
        ({"labels": {"a": 1}}, "alerts.0.labels.a"),
        ({"labels": {"a": "b"}, "startsAt": "2026-11-20T12:00:00Z"}, "alerts.0.startsAt"),
        ({"labels": {"a": "b"}, "ends_at": "2026-11-20T12:00:00"}, "alerts.0.ends_at"),
    ],
)
def test_an_alert_that_is_wrong_is_named_and_none_is_sent(
    said: Exchanges[AlertmanagerClient], alert: dict[str, Any], told: str
) -> None:
    with pytest.raises(InvalidRequest, match=told):
        said.client.send_alerts([alert, ALERTS[0]])
    assert said.said == []


def test_the_id_of_a_silence_cannot_leave_its_place_in_the_path(said: Exchanges[AlertmanagerClient]) -> None:
    with pytest.raises(InvalidRequest):
        said.client.expire_silence("..")
    with pytest.raises(Rejected):
        said.client.silence("a/../b")
    assert said.said[0][0].path == "/api/v2/silence/a%2F..%2Fb"


def test_a_cluster_that_settles_is_degraded() -> None:
    document = {**STATUS, "cluster": {**STATUS["cluster"], "status": "settling"}}
    client = AlertmanagerClient(ReadingTransport(Scripted(Response(200, body=json.dumps(document).encode()))))
    health = client.health()
    assert (health.status, health.version) == ("degraded", "0.28.0")
    assert "settling" in health.reason


def test_the_peers_of_a_cluster_are_told(said: Exchanges[AlertmanagerClient]) -> None:
    assert said.client.status().peers == (Peer("01JD4X9M", "10.0.0.12:9094"),)


def test_a_failure_that_is_no_fault_of_the_servers_is_rejected(said: Exchanges[AlertmanagerClient]) -> None:
    said.simulator.inject(status(500, body=b'"silence not found"'))
    with pytest.raises(Rejected) as caught:
        said.client.expire_silence(SILENCE_ID)
    assert caught.value.status == 404
    said.simulator.clear()
    said.simulator.reload_problem = "no_such_key"  # type: ignore[attr-defined]
    with pytest.raises(Rejected, match="no_such_key"):
        said.client.reload()


@pytest.mark.parametrize(
    "document", [{}, None, [1], [{"labels": {}}], [{**ALERTS[0], "status": {"state": "odd"}}], "text"]
)
def test_alerts_that_are_none_are_malformed(document: Any) -> None:
    client = AlertmanagerClient(ReadingTransport(Scripted(Response(200, body=json.dumps(document).encode()))))
    with pytest.raises(Malformed):
        client.alerts()


@pytest.mark.parametrize(
    "act",
    [
        lambda client: client.expire_silence(SILENCE_ID),
        lambda client: client.send_alerts([{"labels": {"alertname": "Down"}}]),
        lambda client: client.reload(),
    ],
    ids=["expire_silence", "send_alerts", "reload"],
)
def test_a_page_of_a_portal_is_no_success_of_an_action(act: Callable[[AlertmanagerClient], None]) -> None:
    portal = Scripted(Response(200, headers={"Content-Type": "text/html"}, body=b"<html>Log in</html>"))
    with pytest.raises(Malformed):
        act(AlertmanagerClient(ReadingTransport(portal)))
