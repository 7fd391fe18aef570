"""What is special to ntopng: rc codes, the login page, pages of hosts and flows, engaged alerts and figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api_clients.domain.errors import InvalidRequest, Malformed, Rejected, ServiceError, Unauthorized, Unreachable
from api_clients.domain.figures import Figure
from api_clients.monitoring.ntopng import reading_alerts
from api_clients.monitoring.ntopng.client import NtopngClient
from api_clients.monitoring.ntopng.simulator import NOW, NtopngSimulator, make_simulator
from api_clients.monitoring.tests.exchanges import Exchanges, examples, exchanges
from api_clients.simulation import Fault, garbage, status

AT = datetime.fromtimestamp(NOW, tz=UTC)


@pytest.fixture
def ntopng() -> Exchanges[NtopngClient]:
    return exchanges(NtopngClient, make_simulator())


def params(asked: Exchanges[NtopngClient]) -> list[dict[str, str]]:
    return [{name: values[0] for name, values in received.params.items()} for received, _ in asked.said]


@pytest.mark.parametrize("name", examples(NtopngClient))
def test_every_operation_has_an_example_that_is_answered(ntopng: Exchanges[NtopngClient], name: str) -> None:
    getattr(ntopng.client, name)(**examples(NtopngClient)[name])
    assert ntopng.said
    assert all(received.path.startswith("/lua/rest/v2/get/") for received, _ in ntopng.said)


@pytest.mark.parametrize(
    ("code", "word", "kind", "known_as"),
    [
        (-1, "NOT_FOUND", Rejected, 404),
        (-2, "INVALID_INTERFACE", Rejected, 400),
        (-3, "NOT_GRANTED", Unauthorized, 403),
        (-5, "INVALID_ARGUMENTS", Rejected, 400),
        (-6, "INTERNAL_ERROR", Unreachable, 500),
        (-99, "SOMETHING_NEW", Rejected, 400),
    ],
)
@pytest.mark.parametrize("with_status", [False, True])
def test_a_return_code_is_the_same_error_with_and_without_a_status(
    ntopng: Exchanges[NtopngClient], code: int, word: str, kind: type[ServiceError], known_as: int, with_status: bool
) -> None:
    body = f'{{"rc": {code}, "rc_str": "{word}", "rc_str_hr": "In words", "rsp": []}}'.encode()
    fault: Fault = status(500 if code == -6 else 400, body=body) if with_status else garbage(body)
    ntopng.simulator.inject(fault)
    with pytest.raises(kind, match=rf"rc {code}: {word} In words") as caught:
        ntopng.client.host_data(0, "192.168.1.93")
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.operation) == (known_as, "host_data")


def test_a_status_without_a_return_code_means_what_it_says(ntopng: Exchanges[NtopngClient]) -> None:
    ntopng.simulator.inject(status(404, body=b"<html><title>Not Found</title></html>"))
    with pytest.raises(Rejected, match="404 Not Found"):
        ntopng.client.interfaces()


@pytest.mark.parametrize("body", [b'{"rc": 0}', b'{"rsp": []}', b'{"rc": "x", "rsp": []}', b'{"rc": 0, "rsp": 5}'])
def test_a_success_without_an_answer_is_malformed(ntopng: Exchanges[NtopngClient], body: bytes) -> None:
    ntopng.simulator.inject(garbage(body))
    with pytest.raises(Malformed):
        ntopng.client.interfaces()


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("/lua/login.lua?referer=localhost/lua/rest", Unauthorized),
        ("http://ntopng:3000/prefix/lua/login.lua", Unauthorized),
        ("/lua/change_password_prompt.lua?referer=/", Unauthorized),
        ("/elsewhere?page=/lua/login.lua", Rejected),
    ],
)
def test_a_redirect_to_the_login_page_is_unauthorized(
    ntopng: Exchanges[NtopngClient], location: str, kind: type[ServiceError]
) -> None:
    ntopng.simulator.inject(Fault("status", None, 302, {"Location": location}))
    with pytest.raises(kind) as caught:
        ntopng.client.interfaces()
    assert type(caught.value) is kind
    assert caught.value.status == 302


def test_health_tells_the_version_of_the_server_header(ntopng: Exchanges[NtopngClient]) -> None:
    assert ntopng.client.health().version == "5.7.231014"


def test_an_ntopng_that_watches_nothing_is_degraded(ntopng: Exchanges[NtopngClient]) -> None:
    assert isinstance(ntopng.simulator, NtopngSimulator)
    ntopng.simulator.interfaces = []
    health = ntopng.client.health()
    assert (health.status, health.reason) == ("degraded", "no interface is being watched")


def test_active_hosts_come_page_by_page(ntopng: Exchanges[NtopngClient]) -> None:
    hosts = ntopng.client.active_hosts(0)
    assert len(hosts) == len({host.ip for host in hosts}) == 230
    assert [asked["currentPage"] for asked in params(ntopng)] == ["1", "2", "3"]
    assert {asked["perPage"] for asked in params(ntopng)} == {"100"}
    assert (hosts[0].throughput_bps, hosts[0].last_seen) == (800.5, AT)


@pytest.mark.parametrize(("limit", "pages"), [(1, 1), (99, 1), (100, 1), (101, 2), (200, 2)])
def test_no_more_hosts_are_asked_for_than_are_wanted(ntopng: Exchanges[NtopngClient], limit: int, pages: int) -> None:
    assert len(ntopng.client.active_hosts(0, limit=limit)) == limit
    assert len(ntopng.said) == pages


def test_a_host_that_moves_to_the_next_page_meanwhile_is_there_once() -> None:
    simulator = NtopngSimulator(hosts=150)
    asked = exchanges(NtopngClient, simulator)
    simulator.hosts.insert(100, simulator.hosts[99])
    assert len(asked.client.active_hosts(0)) == 150


def test_a_server_that_ignores_the_page_does_not_hold_us_for_ever() -> None:
    simulator = NtopngSimulator(flows=100)
    asked = exchanges(NtopngClient, simulator)
    always = simulator._page
    simulator._page = lambda sent, rows, *, total: always({**sent, "currentPage": ["1"]}, rows, total=total)  # type: ignore[method-assign]
    assert len(asked.client.active_flows(0, limit=10_000)) == 100
    assert len(asked.said) == 2


def test_active_flows_are_filtered_by_ntopng(ntopng: Exchanges[NtopngClient]) -> None:
    flows = ntopng.client.active_flows(0, host="192.168.1.93", l4=6, application="TLS", limit=5)
    assert params(ntopng) == [
        {
            "ifid": "0",
            "host": "192.168.1.93",
            "l4proto": "6",
            "application": "TLS",
            "sortColumn": "bytes",
            "sortOrder": "desc",
            "currentPage": "1",
            "perPage": "5",
        }
    ]
    assert (flows[0].client.port, flows[0].server.name, flows[0].client_share_percent) == (
        40_000,
        "media.example.org",
        1,
    )


def test_an_interface_that_is_not_there_is_rejected(ntopng: Exchanges[NtopngClient]) -> None:
    with pytest.raises(Rejected, match="INVALID_INTERFACE"):
        ntopng.client.interface_data(7)


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.active_hosts(0, limit=0),
        lambda client: client.active_hosts(0, limit=10_001),
        lambda client: client.active_flows(0, limit=10**12),
        lambda client: client.alerts(0, limit=10_001),
        lambda client: client.active_flows(0, limit=-1),
        lambda client: client.alerts(0, limit=0),
        lambda client: client.alerts(0, offset=-1),
        lambda client: client.alerts(0, since=AT),
        lambda client: client.alerts(0, since=AT, until=AT),
        lambda client: client.alerts(0, since=AT.replace(tzinfo=None), until=AT + timedelta(hours=1)),
    ],
)
def test_what_makes_no_sense_is_never_sent(ntopng: Exchanges[NtopngClient], call: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        call(ntopng.client)
    assert caught.value.operation in ("active_hosts", "active_flows", "alerts")
    assert ntopng.said == []


def test_alerts_of_a_time_come_in_parts(ntopng: Exchanges[NtopngClient]) -> None:
    page = ntopng.client.alerts(0, since=AT - timedelta(hours=1), until=AT, limit=10, offset=20)
    assert (page.total, len(page.alerts)) == (25, 5)
    assert params(ntopng)[0]["epoch_begin"] == str(NOW - 3600)
    assert page.alerts[0].subject == "192.168.1.93 -> 192.168.1.1"


@pytest.mark.parametrize(
    ("record", "subject"),
    [
        ({"network": "192.0.2.0/24", "alias": "office", "local_network_id": "3"}, "192.0.2.0/24"),
        ({"subtype": "ghost 10.0.0.0/8"}, "ghost 10.0.0.0/8"),
        ({}, ""),
    ],
)
def test_alerts_of_networks_and_interfaces_have_their_words_in_another_place(
    record: dict[str, Any], subject: str
) -> None:
    common = {
        "row_id": 7,
        "alert_id": {"value": "12", "label": "Ghost Network"},
        "alert_name": "<i></i> Ghost Network",
        "severity": {"value": "4"},
        "tstamp": {"value": NOW},
        "msg": {"name": "Ghost Network", "value": 12, "description": "Seen <b>here</b>"},
    }
    (alert,) = reading_alerts.alert_page({"rsp": {"records": [{**common, **record}]}}).alerts
    assert (alert.name, alert.severity, alert.description) == ("Ghost Network", "warning", "Seen here")
    assert (alert.subject, alert.duration_seconds, alert.score) == (subject, 0, 0)


def test_a_severity_that_ntopng_does_not_have_is_refused() -> None:
    record = {"row_id": "1", "alert_id": 1, "severity": 9, "tstamp": 1}
    with pytest.raises(ValueError, match="severity"):
        reading_alerts.alert_page({"rsp": {"records": [record]}})


def test_engaged_alerts_are_those_of_the_overview(ntopng: Exchanges[NtopngClient]) -> None:
    flood, other = ntopng.client.active_alerts()
    assert (flood.severity, other.severity) == ("high", "medium")
    assert (flood.title, flood.source) == ("Flow Flood", "192.168.1.93")
    assert flood.description == "Host 192.168.1.93 is a flow flood attacker > 128 flows/s"
    assert flood.since == AT - timedelta(seconds=60)
    assert flood.labels["interface"] == "uplink"
    assert flood.id != other.id
    assert ntopng.client.active_alerts()[0].id == flood.id


def test_an_interface_without_engaged_alerts_costs_one_request(ntopng: Exchanges[NtopngClient]) -> None:
    assert isinstance(ntopng.simulator, NtopngSimulator)
    ntopng.simulator.engaged = []
    assert ntopng.client.active_alerts() == ()
    assert len(ntopng.said) == 4  # of the system, the interfaces, and one for each of the two


def test_figures_tell_of_interfaces_and_the_machine(ntopng: Exchanges[NtopngClient]) -> None:
    figures = ntopng.client.figures()
    assert Figure("traffic.rate", 125_000.0, "bytes/s", {"interface": "eth0"}) in figures
    assert Figure("alerts.engaged", 2, "count", {"interface": "eth0"}) in figures
    assert [figure for figure in figures if not figure.labels.get("interface")] == [
        Figure("cpu.used", 12.5, "percent"),
        Figure("memory.used", 25.0, "percent"),
        Figure("load", 0.75, "count", {"minutes": "1"}),
    ]
