"""A real Netdata measures this machine and raises an alarm; started once for this file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api_clients.domain.errors import Rejected
from api_clients.monitoring.netdata.client import NetdataClient
from api_clients.monitoring.netdata.tests.servers import running_netdata
from api_clients.tests.connected import connected
from api_clients.tests.waiting import eventually

pytestmark = pytest.mark.needs("netdata")
ALARM = "system.uptime.nms_machine_is_up"
ALARM_SECONDS = 90.0


@pytest.fixture(scope="module")
def netdata(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NetdataClient]:
    folder: Path = tmp_path_factory.mktemp("netdata")
    with running_netdata(folder) as address, connected(NetdataClient, address) as client:
        yield client


def test_an_alarm_is_raised_and_found_in_the_log_and_among_the_alerts(netdata: NetdataClient) -> None:
    until = time.monotonic() + ALARM_SECONDS
    while not any(event.status == "WARNING" for event in netdata.alarm_log()):
        assert time.monotonic() < until, "the alarm was never raised"
        time.sleep(0.25)
    while not (found := [alert for alert in netdata.active_alerts() if alert.id == ALARM]):
        assert time.monotonic() < until, "the alarm is in the log, and not among the alerts"
        time.sleep(0.25)
    (alert,) = found
    assert alert.severity == "medium"
    assert alert.description.startswith("raised for as long as the machine & its kernel are up (")
    assert alert.since is not None
    assert abs(datetime.now(UTC) - alert.since) < timedelta(minutes=2)

    (alarm,) = [alarm for alarm in netdata.alarms() if alarm.name == "nms_machine_is_up"]
    assert alarm.warn == "$this > 1 AND $this < 99999999999"
    assert alarm.value is not None
    assert alarm.value > 1

    events = [event for event in netdata.alarm_log() if event.name == "nms_machine_is_up"]
    assert events[0].status == "WARNING"
    assert netdata.alarm_log(after=max(event.id for event in netdata.alarm_log())) == ()
    assert [found.name for found in netdata.alerts()] == ["nms_machine_is_up"]


def test_its_health_and_info_tell_the_version(netdata: NetdataClient) -> None:
    version = netdata.health().version
    assert version.startswith("v")
    info = netdata.info()
    assert info.version == version
    assert len(info.hosts) == 1
    assert netdata.info(node=info.hosts[0]).uid == info.uid


def test_the_processors_data_are_read_and_dimensions_chosen(netdata: NetdataClient) -> None:
    data = netdata.data("system.cpu", seconds=900)
    assert {"user", "system"} <= set(data.labels)
    newest = next(row for row in data.rows if None not in row.values)
    assert 0 <= sum(value or 0 for value in newest.values) <= 100.5
    assert [row.at for row in data.rows] == sorted((row.at for row in data.rows), reverse=True)
    assert None in data.rows[-1].values  # a quarter of an hour ago it did not run
    chosen = netdata.data("system.cpu", seconds=2, dimensions=["user", "system"])
    assert set(chosen.labels) == {"user", "system"}
    whole = netdata.data("system.cpu", after=datetime.now(UTC) - timedelta(seconds=5), points=1, group="max")
    assert len(whole.rows) == 1


def test_charts_contexts_and_nodes_agree(netdata: NetdataClient) -> None:
    charts = {chart.id: chart for chart in netdata.charts()}
    assert charts["system.cpu"].units == "percentage"
    assert netdata.chart("system.cpu").dimensions == charts["system.cpu"].dimensions
    contexts = {context.id for context in netdata.contexts()}
    assert "system.cpu" in contexts
    assert {charts[name].context for name in ("system.cpu", "disk_space._")} <= contexts
    (node,) = netdata.nodes()
    assert node.state == "reachable"
    assert node.hops == 0


def test_a_chart_that_is_not_there_is_a_plain_404_with_its_words(netdata: NetdataClient) -> None:
    with pytest.raises(Rejected, match="No metrics where matched to query") as caught:
        netdata.data("system.nothing")
    assert caught.value.status == 404
    with pytest.raises(Rejected) as caught:
        netdata.chart("system.nothing")
    assert caught.value.status == 404


def test_all_alarms_are_more_than_those_that_are_raised(netdata: NetdataClient) -> None:
    assert {alarm.name for alarm in netdata.alarms()} <= {alarm.name for alarm in netdata.alarms(all=True)}
    assert len(netdata.alarms(all=True)) >= 1


def test_the_figures_are_those_of_this_machine(netdata: NetdataClient) -> None:
    figures = {(figure.name, figure.labels.get("minutes", "")): figure for figure in netdata.figures()}
    assert 0 <= figures["cpu.used", ""].value <= 100
    assert 0 < figures["memory.used", ""].value < 100
    eventually(lambda: abs(memory_used(netdata) - memory_used_here()) < 10, seconds=60.0)  # programs come and go
    assert figures["load", "1"].value >= 0
    assert 0 < next(figure.value for figure in netdata.figures() if figure.name == "disk.used") <= 100


def memory_used(netdata: NetdataClient) -> float:
    return next(figure.value for figure in netdata.figures() if figure.name == "memory.used")


def memory_used_here() -> float:
    with Path("/proc/meminfo").open() as file:
        memory = {line.split(":")[0]: int(line.split()[1]) for line in file}
    return 100 * (1 - memory["MemAvailable"] / memory["MemTotal"])
