"""What a user does, on a real Prometheus with its Alertmanager and a node exporter."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from api_clients.domain.errors import Rejected, Unauthorized
from api_clients.domain.figures import Figure
from api_clients.domain.health import Health
from api_clients.domain.operation import example_of, operations_of
from api_clients.infrastructure.http import Basic
from api_clients.monitoring.prometheus.client import PrometheusClient
from api_clients.monitoring.prometheus.values import Point, Series
from api_clients.monitoring.tests.prometheus_servers import (
    NEEDED,
    MonitoringServers,
    client_of,
    guarded_prometheus,
    until,
)

pytestmark = NEEDED


@pytest.fixture(scope="module")
def prometheus(monitoring: MonitoringServers) -> PrometheusClient:
    client = client_of(PrometheusClient, monitoring.prometheus)
    until(lambda: client.query("up == 1").samples, lambda samples: len(samples) == 2)
    return client


@pytest.fixture
def site(monitoring: MonitoringServers, prometheus: PrometheusClient) -> Iterator[MonitoringServers]:
    """For tests that change the configuration: it is as it was afterwards."""
    yield monitoring
    monitoring.configure()
    monitoring.write_rules([])
    prometheus.reload()


def now() -> datetime:
    return datetime.now(UTC)


def test_it_is_healthy_and_says_its_version(prometheus: PrometheusClient) -> None:
    health = prometheus.health()
    assert (health.status, health.reason) == ("healthy", "")
    assert health.version.startswith("2.") or health.version.startswith("3.")


def test_every_operation_answers_its_example(prometheus: PrometheusClient) -> None:
    for described in operations_of(PrometheusClient):
        if described.name != "write":  # its example is older than what the server's head takes
            getattr(prometheus, described.name)(**example_of(PrometheusClient, described))


def test_targets_are_up_and_one_that_refuses_is_down(site: MonitoringServers, prometheus: PrometheusClient) -> None:
    until(
        lambda: {target.pool: target.health for target in prometheus.targets().active},
        lambda found: found == {"prometheus": "up", "node": "up"},
    )
    gone = {"job_name": "gone", "static_configs": [{"targets": ["127.0.0.1:9"]}]}
    site.configure(scrape_configs=[*site.configuration["scrape_configs"], gone])
    prometheus.reload()
    (down,) = until(
        lambda: [target for target in prometheus.targets("active", "gone").active if target.health == "down"], bool
    )
    assert down.labels == {"instance": "127.0.0.1:9", "job": "gone"}
    assert "connection refused" in down.last_error
    assert down.interval_seconds == 1.0
    assert "gone" in prometheus.scrape_pools()


def test_a_vector_a_matrix_a_scalar_and_a_string_are_told_apart(prometheus: PrometheusClient) -> None:
    # A scrape that comes late on a busy machine is a 0 among the ones.
    vector = until(
        lambda: prometheus.query('up{job="node"}'), lambda found: [one.value for one in found.samples] == [1.0]
    )
    assert vector.kind == "vector"
    matrix = prometheus.query('up{job="node"}[10m]')
    assert matrix.kind == "matrix"
    assert 1.0 in {point.value for point in matrix.series[0].points} <= {0.0, 1.0}
    assert prometheus.query("1 + 1").samples[0].value == 2.0
    assert prometheus.query('"text"').text == "text"
    assert math.isnan(prometheus.query("0 / 0").samples[0].value or 0.0)
    assert prometheus.query("-1 / 0").samples[0].value == -math.inf


def test_a_range_has_a_point_for_each_step(prometheus: PrometheusClient) -> None:
    end = now().replace(microsecond=0)
    series = prometheus.query_range("vector(7)", end - timedelta(seconds=30), end, 10).series
    assert [(point.time - end).total_seconds() for point in series[0].points] == [-30, -20, -10, 0]
    assert {point.value for point in series[0].points} == {7.0}


def test_a_query_too_long_for_an_address_is_answered(prometheus: PrometheusClient) -> None:
    jobs = "|".join(f"job-{number}" for number in range(2_000))
    assert len(jobs) > 16_000
    found = prometheus.query(f'up{{job=~"{jobs}|node"}}').samples
    assert [sample.labels["job"] for sample in found] == ["node"]
    assert prometheus.series([f'up{{job=~"{jobs}|node"}}']).series[0]["job"] == "node"


def test_what_is_wrong_with_a_query_is_told_and_not_tried_again(prometheus: PrometheusClient) -> None:
    with pytest.raises(Rejected, match=r"bad_data: .*parse error.*unclosed left parenthesis"):
        prometheus.query("sum(up")
    with pytest.raises(Rejected, match=r"execution: .*multiple matches|execution: .*many-to-many"):
        prometheus.query("up * on() up")


def test_a_query_that_takes_too_long_is_rejected_by_the_server_and_nobody_else_suffers(
    prometheus: PrometheusClient,
) -> None:
    with pytest.raises(Rejected, match="timeout"):
        prometheus.query("max_over_time(vector(time())[500h:1s])", timeout_seconds=0.005)
    assert prometheus.query("1").samples[0].value == 1.0


def test_series_labels_values_and_metadata_are_found(prometheus: PrometheusClient) -> None:
    assert {"node", "prometheus"} <= {labels["job"] for labels in prometheus.series(["up"]).series}
    assert {"__name__", "instance", "job"} <= set(prometheus.labels().names)
    assert prometheus.labels(["up"]).names == ("__name__", "instance", "job")
    assert prometheus.label_values("job", ['up{job!="gone"}']).names == ("node", "prometheus")
    until(lambda: prometheus.metadata("node_load1"), lambda found: [item.type for item in found] == ["gauge"])
    (of_target,) = prometheus.target_metadata('{job="node"}', "node_load1")
    assert (of_target.metric, of_target.target["job"]) == ("node_load1", "node")


def test_the_server_tells_its_state_and_shows_no_secret(site: MonitoringServers, prometheus: PrometheusClient) -> None:
    secret = "a-password-nobody-may-see"
    writing = {
        "url": f"http://user:{secret}@127.0.0.1:9/?token={secret}",
        "basic_auth": {"username": "u", "password": secret},
        "headers": {"X-Api-Key": secret},
        # Nothing is sent: what waits for an address that refuses would hold up the next reload for a minute.
        "write_relabel_configs": [{"action": "drop", "source_labels": ["__name__"], "regex": ".*"}],
    }
    jobs = [
        {**job, "basic_auth": {"username": "u", "password": secret}, "params": {"token": [secret]}}
        for job in site.configuration["scrape_configs"]
    ]
    site.configure(scrape_configs=jobs, remote_write=[{**writing, "name": "elsewhere"}])
    prometheus.reload()
    told = prometheus.configuration()
    assert "<secret>" in told
    assert secret not in told
    found = until(prometheus.targets, lambda found: "__param_token" in str(found))
    assert secret not in str(found)
    assert prometheus.build().version == prometheus.health().version
    assert prometheus.flags()["web.enable-lifecycle"] == "true"
    assert prometheus.runtime().started_at < now()
    head = prometheus.tsdb()
    assert head.series > 100
    assert head.series_by_metric[0].count > 1
    assert head.newest is not None


def test_a_broken_file_is_refused_with_its_line_and_what_ran_before_runs_on(
    site: MonitoringServers, prometheus: PrometheusClient
) -> None:
    site.configure(scrape_configs=[{"job_name": "broken", "no_such_key": 1}])
    with pytest.raises(Rejected, match="no_such_key"):
        prometheus.reload()
    version = prometheus.build().version
    assert prometheus.health() == Health("degraded", version, "its last reload failed: what ran before runs on")
    until(
        lambda: {target.pool for target in prometheus.targets().active}, lambda found: found == {"prometheus", "node"}
    )
    site.configure()
    prometheus.reload()
    assert prometheus.health().status == "healthy"


def test_what_was_written_is_read_back(prometheus: PrometheusClient) -> None:
    moment = now().replace(microsecond=0) - timedelta(seconds=20)
    points = [{"time": (moment + timedelta(seconds=step)).isoformat(), "value": step * 1.5} for step in (0, 5, 10)]
    labels = {"__name__": "site_power_watts", "site": "north", "note": 'a "quoted" µ'}
    written = prometheus.write([{"labels": labels, "points": points}])
    assert (written.series, written.samples) == (1, 3)
    (series,) = prometheus.query('site_power_watts{site="north"}[10m]').series
    assert series.labels == labels
    assert [point.value for point in series.points] == [0.0, 7.5, 15.0]
    assert series.points[0].time == moment
    prometheus.write_series([Series(labels, series.points[-1:])])  # the same again is no fault
    with pytest.raises(Rejected, match="out of order"):
        prometheus.write_series([Series(labels, (Point(moment - timedelta(seconds=5), 1.0),))])
    prometheus.delete_series(['site_power_watts{site="north"}'])
    assert prometheus.query("site_power_watts[10m]").series == ()


def test_the_hubs_own_figures_are_written_and_read_back(prometheus: PrometheusClient) -> None:
    registry = CollectorRegistry()
    Counter("hub_events", "Events.", ["kind"], registry=registry).labels("link").inc(3)
    Gauge("hub_load", "Load.", registry=registry).set(math.inf)
    Histogram("hub_delay_seconds", "Delay.", buckets=(0.1, 1.0), registry=registry).observe(0.5)
    many = Gauge("hub_rows", "More than one request holds.", ["row"], registry=registry)
    for row in range(2_500):
        many.labels(str(row)).set(row)
    written = prometheus.write_registry(registry, labels={"job": "nms", "instance": "hub-1"})
    assert written.series == written.samples > 2_500
    (events,) = prometheus.query('hub_events_total{job="nms"}').samples
    assert (events.value, events.labels["kind"], events.labels["instance"]) == (3.0, "link", "hub-1")
    assert prometheus.query("hub_load").samples[0].value == math.inf
    assert prometheus.query('hub_delay_seconds_bucket{le="1.0"}').samples[0].value == 1.0
    assert prometheus.query("sum(hub_rows)").samples[0].value == sum(range(2_500))


def test_figures_tell_of_targets_and_of_the_machine(prometheus: PrometheusClient) -> None:
    def figures_by_name() -> dict[str, Figure]:
        return {figure.name: figure for figure in prometheus.figures()}

    figures = until(figures_by_name, lambda found: "cpu.used" in found and found["targets.up"].value == 2.0)
    assert figures["targets.total"].value == prometheus.query("count(up)").samples[0].value
    assert figures["alerts.firing"].value == 0.0
    for name in ("cpu.used", "memory.used"):
        assert 0.0 <= figures[name].value <= 100.0
        assert figures[name].labels["instance"].startswith("127.0.0.1:")
    root = os.statvfs("/")
    used = root.f_blocks - root.f_bfree
    if "disk.used" in figures:  # not in a container, whose root is an overlay
        assert figures["disk.used"].value == pytest.approx(100 * used / (used + root.f_bavail), abs=1.0)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with guarded_prometheus(tmp_path_factory.mktemp("guarded")) as url:
        yield url


def test_a_server_with_a_login_is_asked_with_it(guarded: str) -> None:
    assert client_of(PrometheusClient, guarded, Basic("admin", "test")).health().status == "healthy"
    for credentials in (Basic("admin", "guess"), None):
        with pytest.raises(Unauthorized, match="401"):
            client_of(PrometheusClient, guarded, credentials).health()


def test_what_the_server_was_started_without_is_rejected_and_says_nothing_of_its_health(guarded: str) -> None:
    client = client_of(PrometheusClient, guarded, Basic("admin", "test"))
    with pytest.raises(Rejected, match="Lifecycle API is not enabled"):
        client.reload()
    with pytest.raises(Rejected, match="admin APIs disabled"):
        client.snapshot()
    with pytest.raises(Rejected, match="remote write receiver"):
        client.write([{"labels": {"__name__": "x"}, "points": [{"time": now(), "value": 1}]}])


def test_another_service_at_the_address_is_rejected(monitoring: MonitoringServers) -> None:
    with pytest.raises(Rejected, match="404"):
        client_of(PrometheusClient, monitoring.alertmanager).query("up")
