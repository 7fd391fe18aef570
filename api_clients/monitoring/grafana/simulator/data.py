"""Data sources with a short series for every query, and annotations."""

from __future__ import annotations

from api_clients.monitoring.grafana.simulator import content
from api_clients.monitoring.grafana.simulator.routing import Call, Refusal, Route, said
from api_clients.monitoring.grafana.simulator.state import Document
from api_clients.simulation import Answer, json_answer

STEP_MILLISECONDS = 15_000


def datasources(call: Call) -> Answer:
    return json_answer(list(call.state.datasources.values()))


def datasource(call: Call) -> Answer:
    held = _held(call, call.ids["uid"])
    more = {"basicAuthUser": "", "withCredentials": False, "secureJsonFields": {}, "version": 1}
    return json_answer({**{name: value for name, value in held.items() if name != "typeName"}, **more})


def health(call: Call) -> Answer:
    held = _held(call, call.ids["uid"])
    if held["type"] != "prometheus":
        return json_answer({"status": "ERROR", "message": "connection refused"}, status=400)
    return json_answer({"status": "OK", "message": "Successfully queried the Prometheus API."})


def query(call: Call) -> Answer:
    """Answer every query with three points; one whose expression is "bad" fails."""
    command = call.body("from", "to", "queries")
    results = {}
    for one in command["queries"]:
        _held(call, one["datasource"]["uid"])
        results[one["refId"]] = _failure() if one.get("expr") == "bad" else _series(one)
    failed = sum("error" in result for result in results.values())
    if failed == len(results):
        # Described with a message; Grafana 10 answers with the results alone.
        return json_answer({"message": "query failed", "results": results}, status=400)
    return json_answer({"results": results}, status=207 if failed else 200)


def find_annotations(call: Call) -> Answer:
    wanted, params = set(call.received.params.get("tags", ())), call.received.params
    rows = [
        item
        for item in call.state.annotations.values()
        if wanted <= set(item["tags"])
        and int(params.get("from", ["0"])[0]) <= item["time"] <= int(params.get("to", ["9" * 15])[0])
        and call.param("dashboardUID") in ("", item["dashboardUID"])
        and (call.param("type") != "alert" or item["newState"])
    ]
    rows.sort(key=lambda item: item["time"], reverse=True)
    return json_answer(rows[: int(call.param("limit", "100"))])


def create_annotation(call: Call) -> Answer:
    command, number = call.body("text"), call.state.next_number()
    time = command.get("time", content.STARTED_MILLISECONDS)
    more = {"timeEnd": command.get("timeEnd", time), "dashboardUID": command.get("dashboardUID", "")}
    made = content.annotation(
        number, command["text"], command.get("tags", []), time, **more, panelId=command.get("panelId", 0)
    )
    call.state.annotations[number] = made
    return json_answer({"message": "Annotation added", "id": number})


def delete_annotation(call: Call) -> Answer:
    if call.state.annotations.pop(int(call.ids["id"]), None) is None:
        raise Refusal(404, "annotation not found")
    return said("Annotation deleted")


def _held(call: Call, uid: str) -> Document:
    try:
        return call.state.datasources[uid]
    except KeyError:
        raise Refusal(404, "Data source not found") from None


def _failure() -> Document:
    return {"error": "parse error: unexpected identifier", "errorSource": "downstream", "status": 400, "frames": []}


def _series(query: Document) -> Document:
    times = [content.STARTED_MILLISECONDS + index * STEP_MILLISECONDS for index in range(3)]
    fields = [
        {"name": "Time", "type": "time", "typeInfo": {"frame": "time.Time"}},
        {
            "name": "Value",
            "type": "number",
            "typeInfo": {"frame": "float64"},
            "labels": {"instance": "core-1:161", "job": "snmp"},
        },
    ]
    schema = {"refId": query["refId"], "name": "up", "meta": {"type": "timeseries-multi"}, "fields": fields}
    data = {"values": [times, [1, 1, None]], "entities": [None, {"NaN": [2]}]}
    return {"status": 200, "frames": [{"schema": schema, "data": data}]}


ROUTES = (
    Route("GET", "/api/datasources", datasources),
    Route("GET", "/api/datasources/uid/{uid}", datasource),
    Route("GET", "/api/datasources/uid/{uid}/health", health),
    Route("POST", "/api/ds/query", query),
    Route("GET", "/api/annotations", find_annotations),
    Route("POST", "/api/annotations", create_annotation),
    Route("DELETE", "/api/annotations/{id}", delete_annotation),
)
