"""What deploy/ offers for watching the hub itself: Prometheus' rules and scrape configuration, Grafana's dashboard."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from api_clients.monitoring.prometheus.client import PrometheusClient
from api_clients.monitoring.tests.prometheus_servers import client_of, running_prometheus, until
from nms.environment import BASE_DIR
from nms.tests.running_hub import RunningHub, running_hub

PROMETHEUS = BASE_DIR / "deploy/prometheus"
GRAFANA = BASE_DIR / "deploy/grafana"
RULES = PROMETHEUS / "rules/nms.yml"
DASHBOARD: dict[str, Any] = json.loads((GRAFANA / "dashboards/nms.json").read_text())
# What Grafana puts in before it asks; here for everything, as it is when the dashboard opens.
VARIABLES = {"$job": "nms.*", "$instance": ".*", "$service": ".*", "$__rate_interval": "1m"}
SCRAPED = {"up", "ALERTS"}  # Prometheus makes these itself
KEYWORDS = {"and", "or", "unless", "bool", "offset"}


def panels() -> Iterator[dict[str, Any]]:
    yield from (panel for panel in DASHBOARD["panels"] if panel["type"] != "row")


def filled_in(expression: str) -> str:
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    return expression


def dashboard_expressions() -> list[str]:
    asked = [target["expr"] for panel in panels() for target in panel["targets"]]
    noted = [item["expr"] for item in DASHBOARD["annotations"]["list"] if "expr" in item]
    return [filled_in(expression) for expression in (*asked, *noted)]


def rule_expressions() -> list[str]:
    return [rule["expr"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def metrics_of(expression: str) -> set[str]:
    """The metrics that a PromQL expression names: what is neither function, label, number nor keyword."""
    bare = re.sub(r'"[^"]*"', "", expression)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", bare)
    bare = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", "", bare)
    bare = re.sub(r"\boffset\s+\w+", "", bare)
    return set(re.findall(r"\b[a-zA-Z_:][\w:]*\b(?!\s*\()", bare)) - KEYWORDS


def names_told(exposition: str) -> set[str]:
    """The names of all samples that an exposition has, or would have once something was counted."""
    found = set()
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", exposition, re.MULTILINE):
        found |= {f"{name}_{part}" for part in ("bucket", "sum", "count")} if kind == "histogram" else {name}
    return found


def promtool(program: Callable[[str], str], *arguments: str | Path) -> str:
    done = subprocess.run(
        [program("promtool"), *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_names_of_metrics_are_found_in_expressions() -> None:
    assert metrics_of('sum by (service, le) (rate(nms_a_bucket{x=~"nms_b", y!="{"}[5m])) / max(nms_c offset 1h)') == {
        "nms_a_bucket",
        "nms_c",
    }
    assert metrics_of("absent(nms_a) and on (job) up == 0 or vector(1)") == {"nms_a", "up"}


# --- Prometheus ---


@pytest.mark.needs("promtool")
def test_promtool_accepts_the_rules(program: Callable[[str], str]) -> None:
    assert f"{len(rule_expressions())} rules found" in promtool(program, "check", "rules", RULES)


@pytest.mark.needs("promtool")
def test_each_alert_fires_on_a_hub_that_is_not_well_and_none_on_one_that_is(program: Callable[[str], str]) -> None:
    tests = PROMETHEUS / "tests/nms.yml"
    promtool(program, "test", "rules", tests)
    alerts = {rule["alert"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]}
    assert alerts == set(re.findall(r'alertname="(\w+)"', tests.read_text()))


@pytest.mark.needs("promtool")
def test_promtool_finds_a_rule_that_does_not_fire(program: Callable[[str], str], tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "rules/nms.yml").write_text(RULES.read_text().replace("max(nms_workers) == 0", "max(nms_workers) < 0"))
    (tmp_path / "tests/nms.yml").write_text((PROMETHEUS / "tests/nms.yml").read_text())
    with pytest.raises(AssertionError, match="NmsNoWorkers"):
        promtool(program, "test", "rules", tmp_path / "tests/nms.yml")


@pytest.mark.needs("promtool")
def test_promtool_accepts_the_scrape_configuration(program: Callable[[str], str], tmp_path: Path) -> None:
    (tmp_path / "password").write_text("x")
    text = (PROMETHEUS / "prometheus.yml").read_text().replace("/run/secrets/nms_password", str(tmp_path / "password"))
    (tmp_path / "prometheus.yml").write_text(text.replace("rules/nms.yml", str(RULES)))
    promtool(program, "check", "config", tmp_path / "prometheus.yml")


def test_every_alert_says_how_bad_it_is_and_what_happened() -> None:
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in {"critical", "high", "warning", "info"}
            assert rule["annotations"]["summary"]


# --- Grafana ---


def test_panels_have_a_place_of_their_own() -> None:
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = set(
            itertools.product(range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"]))
        )
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells


def test_panels_say_what_they_show_and_ask_the_chosen_prometheus() -> None:
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    for panel in panels():
        assert panel["title"]
        assert panel["description"]
        assert panel["datasource"] == chosen
        assert all(target["datasource"] == chosen for target in panel["targets"])


def test_every_variable_that_is_used_is_there() -> None:
    defined = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    used = set(re.findall(r"\$\{?([a-z]\w*)", json.dumps(DASHBOARD)))
    assert used == defined


def test_provisioning_points_at_what_it_provides() -> None:
    (source,) = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((GRAFANA / "provisioning/dashboards/nms.yml").read_text())["providers"]
    assert (source["type"], provider["type"]) == ("prometheus", "file")
    assert provider["options"]["path"].startswith("/")
    assert DASHBOARD["uid"] == "nms-hub"
    assert "id" not in DASHBOARD  # Grafana gives it one of its own


@pytest.mark.needs("promtool")
def test_every_query_of_the_dashboard_is_promql(program: Callable[[str], str], tmp_path: Path) -> None:
    rules = [{"record": f"panel:{number}", "expr": expr} for number, expr in enumerate(dashboard_expressions())]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    assert f"{len(rules)} rules found" in promtool(program, "check", "rules", tmp_path / "rules.yml")


# --- A running hub ---


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with running_hub(tmp_path_factory.mktemp("hub"), NMS_LAB="0") as hub:
        yield hub


def test_every_metric_of_rules_and_dashboard_is_told_by_a_running_hub(hub: RunningHub) -> None:
    told = names_told(requests.get(f"{hub.url}/metrics", auth=("admin", hub.password), timeout=20).text)
    for expression in (*rule_expressions(), *dashboard_expressions()):
        named = metrics_of(expression)
        assert named, expression
        assert named <= told | SCRAPED, expression


@pytest.mark.needs("prometheus")
def test_prometheus_scrapes_the_hub_and_answers_the_dashboard(hub: RunningHub, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(hub.password)
    configuration = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    (job,) = [job for job in configuration["scrape_configs"] if job["job_name"] == "nms"]
    job |= {
        "scheme": "http",
        "basic_auth": {"username": "admin", "password_file": str(tmp_path / "password")},
        "static_configs": [{"targets": [hub.url.removeprefix("http://")]}],
    }
    configuration |= {
        # Each scrape checks a password, which takes its time on a busy machine.
        "global": {"scrape_interval": "3s", "scrape_timeout": "3s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES)],
        "alerting": {},
        "scrape_configs": [job],
    }
    with running_prometheus(tmp_path, configuration) as url:
        prometheus = client_of(PrometheusClient, url)
        (target,) = until(
            lambda: prometheus.targets().active,
            lambda found: [target.health for target in found] == ["up"],
            seconds=120,
        )
        assert target.pool == "nms"
        for expression in dashboard_expressions():
            prometheus.query(expression)
        stats = [filled_in(panel["targets"][0]["expr"]) for panel in panels() if panel["type"] == "stat"]
        # Of a scrape that came too late there are no samples until the next one.
        until(
            lambda: {expression for expression in stats if not prometheus.query(expression).samples},
            # absent before the first cacheable call
            lambda empty: empty <= {'max(nms_cache_hit_ratio{job=~"nms.*"})'},
            seconds=60,
        )
        until(
            lambda: {rule.health for group in prometheus.rules() for rule in group.rules},
            lambda found: found == {"ok"},
            seconds=60,
        )
        assert prometheus.active_alerts() == ()
