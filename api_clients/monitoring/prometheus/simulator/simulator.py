"""The simulated server: it knows selectors, the query of the client's figures and numbers; of other expressions it
checks the brackets and answers nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from api_clients.infrastructure.credentials import Credentials
from api_clients.monitoring.prometheus import figures
from api_clients.monitoring.prometheus.simulator import content, selectors
from api_clients.monitoring.prometheus.simulator.received_series import decode
from api_clients.monitoring.prometheus.simulator.store import OutOfOrder, SeriesStore, spelled
from api_clients.simulation import Answer, HttpSimulator, Received, json_answer

API = "/api/v1"
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)
MAX_POINTS = 11_000
Params = Mapping[str, list[str]]


class BadData(ValueError):
    """The parameters are wrong; the server says how with a 400."""


class PrometheusSimulator(HttpSimulator):
    """`is_empty` knows no series, targets or rules. `reload_problem` is what a reload fails with."""

    def __init__(self, *, credentials: Credentials | None = None, is_empty: bool = False) -> None:
        super().__init__()
        self._credentials = credentials
        self._is_empty = is_empty
        self.store = SeriesStore([] if is_empty else content.SERIES)
        self.reload_problem = ""
        self.warnings: list[str] = []
        self.infos: list[str] = []
        self._routes: dict[tuple[str, str], Callable[[Params], Any]] = {
            **{(method, path): route for method in ("GET", "POST") for path, route in self._asked().items()},
            **{("GET", path): route for path, route in self._read().items()},
            **{("POST", path): route for path, route in self._administered().items()},
        }

    def admits(self, received: Received) -> bool:
        wanted = self._credentials.headers() if self._credentials else {}
        return all(received.headers.get(name.lower()) == value for name, value in wanted.items())

    def answer(self, received: Received) -> Answer:
        if received.path == "/-/reload":
            return self._reload(received)
        if received.path == API + "/write":
            return self._write(received)
        route = self._routes.get((received.method, received.path.removeprefix(API)))
        label = re.fullmatch(API + "/label/([^/]+)/values", received.path)
        try:
            if label and received.method == "GET":
                return self._success(self._label_values(label[1], received.params))
            if route is None:
                return Answer(404, b"404 page not found\n", {"Content-Type": "text/plain; charset=utf-8"})
            return self._success(route(_params(received)))
        except BadData as error:
            return json_answer({"status": "error", "errorType": "bad_data", "error": str(error)}, status=400)

    def _asked(self) -> dict[str, Callable[[Params], Any]]:
        return {
            "/query": self._query,
            "/query_range": self._query_range,
            "/query_exemplars": lambda params: [] if self._is_empty else content.EXEMPLARS,
            "/format_query": lambda params: " ".join(_expression(params).split()),
            "/labels": lambda params: sorted({name for labels in self._matched(params) for name in labels}),
            "/series": lambda params: _limited(self._matched(params, required=True), params),
        }

    def _read(self) -> dict[str, Callable[[Params], Any]]:
        here = not self._is_empty
        return {
            "/metadata": self._metadata,
            "/targets": self._targets,
            "/targets/metadata": self._target_metadata,
            "/scrape_pools": lambda params: {"scrapePools": list(content.JOBS) if here else []},
            "/rules": self._rules,
            "/alerts": lambda params: {"alerts": [content.ALERT] if here else []},
            "/alertmanagers": lambda params: {
                "activeAlertmanagers": [{"url": "http://10.0.0.12:9093/api/v2/alerts"}] if here else [],
                "droppedAlertmanagers": [],
            },
            "/status/buildinfo": lambda params: content.BUILD,
            "/status/runtimeinfo": lambda params: content.runtime(is_configuration_loaded=not self.reload_problem),
            "/status/flags": lambda params: content.FLAGS,
            "/status/config": lambda params: {"yaml": content.CONFIGURATION},
            "/status/tsdb": lambda params: content.tsdb(self.store.all),
        }

    def _administered(self) -> dict[str, Callable[[Params], Any]]:
        return {
            "/admin/tsdb/delete_series": self._delete,
            "/admin/tsdb/clean_tombstones": lambda params: None,
            "/admin/tsdb/snapshot": lambda params: {"name": "20261120T120500Z-6f1b2a3c4d5e6f70"},
        }

    def _success(self, data: Any) -> Answer:
        if data is None:
            return Answer(204)
        notes = {name: said for name, said in (("warnings", self.warnings), ("infos", self.infos)) if said}
        return json_answer({"status": "success", "data": data, **notes})

    def _query(self, params: Params) -> Any:
        expression = _expression(params)
        moment = _moment(params, "time") or self.store.now()
        if expression == figures.QUERY:
            found = [] if self._is_empty else content.FIGURES
            return _vector(found, moment)
        if NUMBER.fullmatch(expression.strip()):
            return {"resultType": "scalar", "result": [moment, spelled(float(expression))]}
        fits = selectors.parse(expression)
        if fits is None:
            return _vector([], moment)
        if expression.rstrip().endswith("]"):
            return {"resultType": "matrix", "result": self.store.over(fits, moment, moment, 1.0)}
        return _vector(self.store.at(fits, moment), moment)

    def _query_range(self, params: Params) -> Any:
        expression = _expression(params)
        start, end, step = _moment(params, "start"), _moment(params, "end"), _number(params, "step")
        if start is None or end is None or end < start:
            raise BadData('invalid parameter "end": end timestamp must not be before start time')
        if step <= 0:
            raise BadData('invalid parameter "step": zero or negative query resolution step widths are not accepted')
        if (end - start) / step > MAX_POINTS:
            raise BadData("exceeded maximum resolution of 11,000 points per timeseries")
        fits = selectors.parse(expression)
        return {"resultType": "matrix", "result": self.store.over(fits, start, end, step) if fits else []}

    def _matched(self, params: Params, *, required: bool = False) -> list[dict[str, str]]:
        matches = params.get("match[]", [])
        if required and not matches:
            raise BadData("no match[] parameter provided")
        tests = [selectors.parse(match) for match in matches]
        if None in tests:
            raise BadData('invalid parameter "match[]": parse error')
        return self.store.label_sets([test for test in tests if test is not None])

    def _label_values(self, label: str, params: Params) -> list[str]:
        if not re.fullmatch(r"[a-zA-Z_]\w*", label):
            raise BadData(f'invalid label name: "{label}"')
        return sorted({labels[label] for labels in self._matched(params) if label in labels})

    def _metadata(self, params: Params) -> Any:
        wanted = params.get("metric", [""])[0]
        known = {} if self._is_empty else content.METRICS
        found = {
            name: [{"type": kind, "help": text, "unit": ""}]
            for name, (kind, text) in known.items()
            if wanted in ("", name)
        }
        return dict(_limited(list(found.items()), params))

    def _targets(self, params: Params) -> Any:
        state, pool = params.get("state", ["any"])[0], params.get("scrapePool", [""])[0]
        jobs = [] if self._is_empty or state == "dropped" else [job for job in content.JOBS if pool in ("", job)]
        return {
            "activeTargets": [content.target(job) for job in jobs],
            "droppedTargets": [],
            "droppedTargetCounts": dict.fromkeys(jobs, 0),
        }

    def _target_metadata(self, params: Params) -> Any:
        wanted = params.get("metric", [""])[0]
        return [
            {"target": content.NODE, "type": kind, "help": text, "unit": "", **({} if wanted else {"metric": name})}
            for name, (kind, text) in ({} if self._is_empty else content.METRICS).items()
            if wanted in ("", name)
        ]

    def _rules(self, params: Params) -> Any:
        kind = {"alert": "alerting", "record": "recording"}.get(params.get("type", [""])[0])
        names, groups, files = (params.get(name, []) for name in ("rule_name[]", "rule_group[]", "file[]"))
        found = []
        for group in [] if self._is_empty else content.RULE_GROUPS:
            rules = [
                rule for rule in group["rules"] if kind in (None, rule["type"]) and (not names or rule["name"] in names)
            ]
            if rules and (not groups or group["name"] in groups) and (not files or group["file"] in files):
                found.append({**group, "rules": rules})
        return {"groups": found}

    def _delete(self, params: Params) -> None:
        self._matched(params, required=True)
        tests = [selectors.parse(match) for match in params["match[]"]]
        self.store.delete([test for test in tests if test is not None])

    def _reload(self, received: Received) -> Answer:
        if received.method not in ("POST", "PUT"):
            return Answer(405, b"Only POST or PUT requests allowed")
        if self.reload_problem:
            return Answer(500, f"failed to reload config: {self.reload_problem}\n".encode())
        return Answer(200)

    def _write(self, received: Received) -> Answer:
        try:
            self.store.write(decode(received.body))
        except OutOfOrder as error:
            return Answer(400, f"{error}\n".encode())
        except (ValueError, LookupError) as error:
            return Answer(400, f"{error}\n".encode())
        return Answer(204)


def make_simulator() -> PrometheusSimulator:
    return PrometheusSimulator()


def _params(received: Received) -> Params:
    kind = received.headers.get("content-type", "")
    form = parse_qs(received.body.decode()) if kind == "application/x-www-form-urlencoded" else {}
    return {**received.params, **form}


def _expression(params: Params) -> str:
    expression = params.get("query", [""])[0]
    if not selectors.is_balanced(expression):
        raise BadData('invalid parameter "query": 1:1: parse error: unclosed or missing expression')
    return expression


def _moment(params: Params, name: str) -> float | None:
    given = params.get(name, [""])[0]
    if not given:
        return None
    try:
        return float(given)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(given).timestamp()
    except ValueError:
        raise BadData(f'invalid parameter "{name}": cannot parse "{given}" to a valid timestamp') from None


def _number(params: Params, name: str) -> float:
    try:
        return float(params.get(name, [""])[0])
    except ValueError:
        raise BadData(f'invalid parameter "{name}": cannot parse to a valid duration') from None


def _limited(found: list[Any], params: Params) -> list[Any]:
    limit = int(params.get("limit", ["0"])[0])
    return found[:limit] if limit > 0 else found


def _vector(found: list[tuple[dict[str, str], float]], moment: float) -> Any:
    return {
        "resultType": "vector",
        "result": [{"metric": labels, "value": [moment, spelled(value)]} for labels, value in found],
    }
