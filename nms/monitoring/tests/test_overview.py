"""The overview: what is collected of simulated services over real sockets, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from api_clients.domain.alerts import Alert
from api_clients.simulation import status
from common.application.modules.registry import local_modules
from common.application.system.monitoring import monitor_system
from common.domain.modules import Call
from nms.monitoring import module
from nms.monitoring.models import CollectedPart, CollectedRound
from nms.monitoring.overview import collecting
from nms.monitoring.overview.collecting import collect, end_round
from nms.monitoring.overview.composing import counts_of
from nms.monitoring.tests.conftest import Simulated

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/monitoring/overview/"
Make = Callable[..., Simulated]


def test_before_the_first_round_there_is_an_overview_that_says_so(make_services: Make, viewer: APIClient) -> None:
    make_services("prometheus")
    body = viewer.get(URL).json()
    assert (body["as_of"], body["is_stale"], body["parts"]) == (None, True, [])
    assert body["services"]["counts"]["unknown"] == len(body["services"]["items"])


def test_alerts_and_figures_of_all_services_stand_in_one_shape(make_services: Make, viewer: APIClient) -> None:
    services = make_services("prometheus", "netdata", "docker")
    monitor_system()
    done = collect()
    assert done is not None
    assert done.failed == ()
    body = viewer.get(URL).json()
    assert (body["is_stale"], body["is_partial"]) == (False, False)
    by_id = {row["id"]: row for row in body["services"]["items"]}
    assert {by_id[name]["status"] for name in ("prometheus/main", "netdata/main", "docker/main")} == {"healthy"}
    told = {(alert["service"], alert["id"]) for alert in body["alerts"]["items"]}
    wanted = {
        (f"{name}/main", alert.id)
        for name in ("prometheus", "netdata")
        for alert in services.clients.get(name).active_alerts()
    }
    assert told == wanted
    assert len({name for name, _ in told}) == 2
    assert sum(body["alerts"]["counts"].values()) == body["alerts"]["total"] == len(told)
    keys = {"service", "id", "severity", "title", "source", "description", "since", "is_silenced", "labels"}
    assert all(set(alert) == keys for alert in body["alerts"]["items"])
    assert {"netdata/main", "docker/main"} <= {figure["service"] for figure in body["resources"]}
    assert {figure["name"].partition(".")[0] for figure in body["resources"]} >= {"cpu", "memory"}
    assert "prometheus/main" in {figure["service"] for figure in body["metrics"]}
    assert all(part["ok"] and part["age_seconds"] < 60 for part in body["parts"])


def test_alerts_come_gravest_first_and_of_these_the_newest(make_services: Make, viewer: APIClient) -> None:
    make_services()
    now = timezone.now()
    alerts: list[dict[str, Any]] = [
        {"id": name, "severity": severity, "since": since, "is_silenced": name == "c"}
        for name, severity, since in (
            ("a", "low", "2026-11-21T12:00:00Z"),
            ("b", "critical", "2026-11-21T11:00:00Z"),
            ("c", "critical", None),
            ("d", "critical", "2026-11-21T12:00:00Z"),
        )
    ]
    part = CollectedPart(service="x", target="main", kind="alerts", items=alerts, total=4, counts=counts_of(alerts))
    end_round([part], now)
    found = viewer.get(URL).json()["alerts"]
    assert [alert["id"] for alert in found["items"]] == ["d", "b", "c", "a"]
    assert (found["counts"]["critical"], found["silenced"]) == (3, 1)


def test_a_service_that_fails_keeps_what_it_told_with_its_age_and_the_rest_is_fresh(
    make_services: Make, viewer: APIClient
) -> None:
    services = make_services("prometheus", "netdata")
    collect()
    CollectedPart.objects.update(collected_at=timezone.now() - timedelta(minutes=5))
    before = viewer.get(URL).json()
    services.servers["netdata"].stop()
    services.renew()
    done = collect()
    assert done is not None
    assert done.failed == ("netdata/main:alerts", "netdata/main:figures")
    body = viewer.get(URL).json()
    assert body["is_partial"] is True
    parts = {(part["service"], part["kind"]): part for part in body["parts"]}
    failed, fresh = parts["netdata/main", "alerts"], parts["prometheus/main", "alerts"]
    assert (failed["ok"], fresh["ok"], fresh["error"]) == (False, True, "")
    assert "refused the connection" in failed["error"]
    assert failed["age_seconds"] >= 300 > fresh["age_seconds"]
    of_netdata = [alert for alert in before["alerts"]["items"] if alert["service"] == "netdata/main"]
    assert [alert for alert in body["alerts"]["items"] if alert["service"] == "netdata/main"] == of_netdata != []


def test_what_a_fallback_tells_is_not_told_as_whom_it_stands_in_for(make_services: Make, settings: Any) -> None:
    services = make_services("netdata")
    document = yaml.safe_load(settings.NMS_CLIENTS_FILE.read_text())
    away = {"instances": [{"url": "http://127.0.0.1:1"}], "fallback": "main"}
    document["services"]["netdata"]["targets"]["away"] = away
    settings.NMS_CLIENTS_FILE.write_text(yaml.safe_dump(document))
    services.renew()
    done = collect()
    assert done is not None
    assert done.failed == ("netdata/away:alerts", "netdata/away:figures")


def test_a_stale_answer_of_an_open_circuit_is_no_success_and_tells_its_age(
    make_services: Make, viewer: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_services("netdata")

    items = [{"id": "1", "severity": "low", "since": None, "is_silenced": False}]

    def stale(place: collecting.Place) -> collecting.Told:
        return collecting.Told(items if place.kind == "alerts" else [], 90.0, True)

    monkeypatch.setattr(collecting, "_ask", stale)
    done = collect()
    assert done is not None
    assert "netdata/main:alerts" in done.failed
    part = viewer.get(URL).json()["parts"][0]
    assert (part["ok"], part["items"]) == (False, 1)
    assert "circuit is open" in part["error"]
    assert 89 < part["age_seconds"] < 150


def test_a_service_that_is_not_configured_any_more_is_gone(make_services: Make, viewer: APIClient) -> None:
    make_services("prometheus", "netdata")
    collect()
    make_services("prometheus")
    collect()
    assert {part["service"] for part in viewer.get(URL).json()["parts"]} == {"prometheus/main"}


def test_a_defect_of_a_client_is_a_failed_part_that_shows_no_more_than_its_kind(
    make_services: Make, viewer: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_services("prometheus")

    def broken(self: Any) -> Any:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr("api_clients.monitoring.prometheus.client.PrometheusClient.active_alerts", broken)
    collect()
    answer = viewer.get(URL)
    assert "RuntimeError" in answer.content.decode()
    assert "hunter2" not in answer.content.decode()


def test_a_service_with_very_many_alerts_is_cut_and_says_so(
    make_services: Make, viewer: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_services("prometheus")
    monkeypatch.setattr(collecting, "MOST_ITEMS", 1)
    collect()
    figures = next(part for part in viewer.get(URL).json()["parts"] if part["kind"] == "figures")
    assert figures["items"] == 1 < figures["total"]


def test_the_gravest_alerts_are_kept_and_all_are_counted(
    make_services: Make, viewer: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_services("netdata")
    severities = ["info"] * 5 + ["critical"] + ["low"] * 4
    alerts = [Alert(str(number), severity, "x", is_silenced=number < 2) for number, severity in enumerate(severities)]
    monkeypatch.setattr("api_clients.monitoring.netdata.client.NetdataClient.active_alerts", lambda self: alerts)
    monkeypatch.setattr(collecting, "MOST_ITEMS", 3)
    collect()
    found = viewer.get(URL).json()["alerts"]
    assert [alert["severity"] for alert in found["items"]] == ["critical", "low", "low"]
    assert found["counts"] == {"critical": 1, "high": 0, "medium": 0, "low": 4, "info": 5}
    assert (found["total"], found["silenced"]) == (10, 2)


def test_items_that_are_as_they_were_are_not_written_again(make_services: Make, viewer: APIClient) -> None:
    make_services("netdata", "alertmanager")
    collect()
    first = viewer.get(URL).json()
    with CaptureQueriesContext(connection) as queries:
        collect()
    title = first["alerts"]["items"][0]["title"]
    assert not any(title in query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE")))
    second = viewer.get(URL).json()
    assert second["as_of"] > first["as_of"]
    assert second["alerts"] == first["alerts"]


def test_a_service_that_leaves_the_file_during_a_round_is_left_out(
    make_services: Make, viewer: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = make_services("netdata")
    configured = services.clients.configured()
    monkeypatch.setattr(services.clients, "configured", lambda: (*configured, ("grafana", "gone")))
    done = collect()
    assert done is not None
    assert done.failed == ()


def test_an_unchanged_overview_is_a_304_and_costs_a_few_queries(make_services: Make, viewer: APIClient) -> None:
    make_services("prometheus", "netdata")
    monitor_system()
    collect()
    with CaptureQueriesContext(connection) as queries:
        first = viewer.get(URL)
    assert len(queries) <= 3
    assert int(first["Age"]) < 60
    again = viewer.get(URL, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")


def test_collecting_that_has_stopped_is_told(make_services: Make, viewer: APIClient) -> None:
    make_services("prometheus")
    collect()
    assert module.health().status == "healthy"
    CollectedRound.objects.update(ended_at=timezone.now() - timedelta(hours=1))
    answer = viewer.get(URL)
    assert answer.json()["is_stale"] is True
    assert int(answer["Age"]) >= 3600
    assert module.health().status == "degraded"


def test_the_overview_needs_a_login_and_takes_no_parameters(make_services: Make, viewer: APIClient) -> None:
    make_services("prometheus")
    assert APIClient().get(URL).status_code == 401
    assert viewer.get(f"{URL}?service=prometheus").status_code == 400
    assert viewer.post(URL).status_code == 405


def test_the_module_is_registered_and_its_capabilities_answer(make_services: Make) -> None:
    services = make_services("netdata")
    services.simulators["netdata"].inject(status(500))
    assert "monitoring" in {one.name for one in local_modules()}
    done = module.collect(module.Nothing(), Call())
    assert done.failed == ("netdata/main:alerts", "netdata/main:figures")
    told = module.overview(module.Nothing(), Call()).overview
    assert told["is_partial"] is True
    assert isinstance(told["as_of"], str)
