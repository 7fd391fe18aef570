"""What is special to Netdata: texts with entities, numbers as texts, gaps, versions of its API, and the overview."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api_clients.domain.alerts import Alert
from api_clients.domain.errors import InvalidRequest, Rejected, Unauthorized
from api_clients.domain.figures import Figure
from api_clients.infrastructure.clock import SystemClock
from api_clients.monitoring.netdata import reading
from api_clients.monitoring.netdata.client import NetdataClient
from api_clients.monitoring.netdata.overview import figures_of
from api_clients.monitoring.netdata.simulator import HOST, NOW, NetdataSimulator, make_simulator
from api_clients.monitoring.netdata.values import Metric, Node
from api_clients.monitoring.tests.exchanges import Exchanges, examples, exchanges
from api_clients.simulation import InProcessTransport, status
from api_clients.tests.connected import connected
from api_clients.tests.contracts import contract_file
from api_clients.tests.openapi import Description

OLD = ("v1",)
AT = datetime.fromtimestamp(NOW, tz=UTC)


@pytest.fixture
def netdata() -> Exchanges[NetdataClient]:
    return exchanges(NetdataClient, make_simulator())


@pytest.fixture
def old() -> Exchanges[NetdataClient]:
    return exchanges(NetdataClient, NetdataSimulator(versions=OLD, version="v1.37.1"))


def paths(asked: Exchanges[NetdataClient]) -> list[str]:
    return [received.path for received, _ in asked.said]


@pytest.mark.parametrize("name", examples(NetdataClient))
def test_every_operation_is_as_netdata_describes_it(netdata: Exchanges[NetdataClient], name: str) -> None:
    description = Description.load(contract_file("netdata/netdata-swagger.json"))
    getattr(netdata.client, name)(**examples(NetdataClient)[name])
    assert netdata.said
    assert netdata.problems(description) == []


def test_variants_of_its_operations_are_as_netdata_describes_them(netdata: Exchanges[NetdataClient]) -> None:
    description = Description.load(contract_file("netdata/netdata-swagger.json"))
    client = netdata.client
    client.data("system.cpu", after=AT - timedelta(minutes=5), before=AT, points=5, dimensions=["user", "system"])
    client.data("system.cpu", group="max")
    client.alarms(all=True)
    client.alarm_log(after=1)
    for api in ("v1", "v3"):
        client.contexts(api=api), client.nodes(api=api), client.alerts(api=api)
    client.contexts(api="v2"), client.nodes(api="v2")
    assert netdata.problems(description) == []


def test_the_machine_is_known_by_numbers_that_came_as_texts(netdata: Exchanges[NetdataClient]) -> None:
    info = netdata.client.info()
    assert (info.cores, info.ram_bytes, info.cpu_hz) == (4, 4_294_967_296, 2_400_000_000)
    assert (info.alarms.normal, info.alarms.warning, info.alarms.critical) == (1, 1, 0)
    assert info.labels["site"] == "north & west"


@pytest.mark.parametrize("said", ["", "unknown", "none", None])
def test_what_a_machine_does_not_say_is_none(said: Any) -> None:
    document = {
        "version": "v1.37.1",
        "uid": "x",
        "mirrored_hosts": ["vm"],
        "alarms": {"normal": 0, "warning": 0, "critical": 0},
        "cores_total": said,
        "ram_total": said,
    }
    info = reading.info(document)
    assert (info.cores, info.ram_bytes) == (None, None)


def test_conditions_are_free_of_html_entities(netdata: Exchanges[NetdataClient]) -> None:
    (alarm,) = netdata.client.alarms()
    assert alarm.warn == "$this > 80"
    assert (alarm.status, alarm.value, alarm.is_silenced) == ("WARNING", 90.0, False)
    assert len(netdata.client.alarms(all=True)) == 2


def test_gaps_in_the_data_are_none_and_times_have_a_zone() -> None:
    document = {"labels": ["time", "user", "system"], "data": [[NOW, 1.5, "2.5"], [NOW - 1, None, None]]}
    data = reading.data(document)
    assert data.labels == ("user", "system")
    assert [row.values for row in data.rows] == [(1.5, 2.5), (None, None)]
    assert data.rows[0].at == AT


def test_data_in_a_wrap_of_statistics_are_read_alike() -> None:
    table = {"labels": ["time", "a"], "data": [[NOW, 1]]}
    assert reading.data({"api": 1, "result": table}) == reading.data(table)


@pytest.mark.parametrize(
    "document",
    [
        {"labels": ["time", "a"], "data": [[NOW]]},
        {"labels": ["a"], "data": [[1]]},
        {"labels": ["time", "a"], "data": [[NOW, "much"]]},
    ],
)
def test_data_that_do_not_fit_their_labels_are_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        reading.data(document)


def test_a_chart_that_is_not_there_is_rejected_with_netdatas_words(netdata: Exchanges[NetdataClient]) -> None:
    with pytest.raises(Rejected, match="No metrics where matched to query") as caught:
        netdata.client.data("system.nothing")
    assert caught.value.status == 404
    with pytest.raises(Rejected, match=r"Chart is not found: system\.nothing"):
        netdata.client.chart("system.nothing")


def test_one_of_many_nodes_is_asked_through_the_server_it_streams_to(netdata: Exchanges[NetdataClient]) -> None:
    assert netdata.client.info(node=HOST).hosts == (HOST,)
    assert paths(netdata) == [f"/host/{HOST}/api/v1/info"]
    with pytest.raises(Rejected, match="does not maintain a database for host: elsewhere"):
        netdata.client.charts(node="elsewhere")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"chart": ""}, "chart is empty"),
        ({"chart": "x", "seconds": 0}, "seconds should be 1 or more"),
        ({"chart": "x", "points": -1}, "points 0 or more"),
        ({"chart": "x", "after": datetime(2026, 1, 1)}, "need a zone"),
        ({"chart": "x", "after": AT, "before": AT}, "after should be earlier"),
        ({"chart": "x", "before": AT}, "before needs after"),
    ],
)
def test_what_netdata_would_misunderstand_is_never_sent(
    netdata: Exchanges[NetdataClient], arguments: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InvalidRequest, match=problem):
        netdata.client.data(**arguments)
    assert netdata.said == []


def test_a_new_server_is_asked_in_the_newest_version(netdata: Exchanges[NetdataClient]) -> None:
    (alert,) = netdata.client.alerts()
    assert (alert.node, alert.name, alert.status, alert.value) == (HOST, "disk_space_usage", "WARNING", 90.0)
    assert [node.state for node in netdata.client.nodes()] == ["reachable"]
    assert {context.id for context in netdata.client.contexts()} >= {"system.cpu", "disk.space"}
    assert paths(netdata) == ["/api/v3/alerts", "/api/v3/nodes", "/api/v3/contexts"]


def test_an_old_server_tells_the_same_in_the_first_version(old: Exchanges[NetdataClient]) -> None:
    (alert,) = old.client.alerts()
    assert (alert.node, alert.name, alert.status) == (HOST, "disk_space_usage", "WARNING")
    (node,) = old.client.nodes()
    assert isinstance(node, Node)
    assert (node.name, node.state) == (HOST, "reachable")
    assert paths(old)[-3:] == ["/api/v3/nodes", "/api/v2/nodes", "/api/v1/info"]
    (cpu,) = [context for context in old.client.contexts() if context.id == "system.cpu"]
    assert (cpu.title, cpu.is_live, cpu.last_entry) == ("Total CPU utilization", True, AT)


def test_a_version_that_is_asked_for_is_not_replaced_by_another(old: Exchanges[NetdataClient]) -> None:
    with pytest.raises(Rejected, match="Unsupported API version: v3"):
        old.client.nodes(api="v3")
    assert paths(old) == ["/api/v3/nodes"]


def test_an_error_of_the_newest_version_is_not_taken_for_its_absence(netdata: Exchanges[NetdataClient]) -> None:
    netdata.simulator.inject(status(400, body=b"bad pattern"))
    with pytest.raises(Rejected, match="bad pattern"):
        netdata.client.contexts()
    assert len(netdata.simulator.received) == 1


def test_a_server_that_wants_a_bearer_token_says_unauthorized(netdata: Exchanges[NetdataClient]) -> None:
    netdata.simulator.inject(status(412, body=b"You need to be authorized to access this resource"))
    with pytest.raises(Unauthorized, match="wants a bearer token") as caught:
        netdata.client.info()
    assert (caught.value.status, caught.value.operation) == (412, "info")


def test_the_log_goes_on_after_the_last_event_seen(netdata: Exchanges[NetdataClient]) -> None:
    newest, first = netdata.client.alarm_log()
    assert (newest.id, newest.old_status, newest.status, newest.is_silenced) == (2, "CLEAR", "WARNING", False)
    assert (first.value, first.old_value) == (90.0, None)
    assert [event.id for event in netdata.client.alarm_log(after=1)] == [2]
    assert netdata.client.alarm_log(after=2) == ()


def test_raised_alarms_are_alerts_of_the_overview(netdata: Exchanges[NetdataClient]) -> None:
    (alert,) = netdata.client.active_alerts()
    assert isinstance(alert, Alert)
    assert (alert.id, alert.severity, alert.source) == ("disk_space._.disk_space_usage", "medium", "disk_space._")
    assert alert.description == "disk / space utilization (90%)"
    assert alert.since == AT - timedelta(seconds=900)
    assert not alert.is_silenced


@pytest.mark.parametrize("quiet", [{"silenced": True}, {"disabled": True}, {"recipient": "silent"}])
def test_an_alarm_that_nobody_is_told_of_is_silenced(quiet: dict[str, Any]) -> None:
    from api_clients.monitoring.netdata.overview import alerts_of
    from api_clients.monitoring.netdata.simulator import _alarm

    document = {"alarms": {"x": {**_alarm("disk_space_usage"), **quiet}}}
    (alert,) = alerts_of(reading.alarms(document))
    assert alert.is_silenced


def test_the_machines_use_is_told_by_figures(netdata: Exchanges[NetdataClient]) -> None:
    assert netdata.client.figures() == (
        Figure("cpu.used", 30.75, "percent"),
        Figure("memory.used", 62.5, "percent"),
        Figure("load", 1.25, "count", {"minutes": "1"}),
        Figure("load", 1.5, "count", {"minutes": "5"}),
        Figure("load", 0.75, "count", {"minutes": "15"}),
        Figure("disk.used", 90.0, "percent", {"mount": "/"}),
    )


def test_figures_that_a_machine_lacks_are_left_out() -> None:
    gap = Metric("system.cpu", "system.cpu", "cpu", "percentage", None, {"user": None, "idle": None})
    memory_disk = Metric("disk_space._run", "disk.space", "/run", "GiB", None, {"used": 1.0, "avail": 1.0})
    empty_disk = Metric("disk_space._mnt", "disk.space", "/mnt", "GiB", None, {"used": 0.0, "avail": 0.0})
    assert figures_of([gap, memory_disk, empty_disk]) == ()
    assert figures_of([]) == ()


def test_two_readers_of_one_shape_are_equal_so_a_cached_answer_is_read_once() -> None:
    assert reading.in_plain_text(reading.charts) == reading.in_plain_text(reading.charts)
    with connected(
        NetdataClient, "http://netdata", wire=InProcessTransport(make_simulator(), clock=SystemClock())
    ) as it:
        assert it.charts() is it.charts()
