"""Unified alerting: rules, their states, alerts and silences, contact points."""

from __future__ import annotations

import re
from uuid import UUID

from api_clients.monitoring.grafana.simulator import content
from api_clients.monitoring.grafana.simulator.routing import Call, Refusal, Route, said
from api_clients.monitoring.grafana.simulator.state import STARTED, Document, State
from api_clients.simulation import Answer, json_answer

MATCHER = re.compile(r'([^=!~]+)(=~|!~|!=|=)"?(.*?)"?')


def rules(call: Call) -> Answer:
    return json_answer(list(call.state.rules.values()))


def rule(call: Call) -> Answer:
    return json_answer(_rule(call))


def create_rule(call: Call) -> Answer:
    command = call.body("title", "folderUID", "ruleGroup", "condition", "data")
    if command["folderUID"] not in call.state.folders:
        raise Refusal(400, "invalid alert rule: folder does not exist")
    number = call.state.next_number()
    uid = command.get("uid") or f"r{number:06d}"
    call.state.rules[uid] = {**command, "id": number, "uid": uid, "orgID": 1, "updated": STARTED}
    return json_answer(call.state.rules[uid], status=201)


def update_rule(call: Call) -> Answer:
    held = _rule(call)
    held.update(call.body("title", "data"))
    return json_answer(held)


def delete_rule(call: Call) -> Answer:
    call.state.rules.pop(call.ids["uid"], None)
    return Answer(204)


def rule_states(call: Call) -> Answer:
    firing = {alert["labels"]["alertname"] for alert in call.state.alerts}
    group = {
        "name": "network",
        "file": "Network",
        "interval": 60,
        "lastEvaluation": STARTED,
        "evaluationTime": 0.004,
        "rules": [_state(item, firing, call.state) for item in call.state.rules.values()],
    }
    groups = [group] if call.state.rules else []
    return json_answer({"status": "success", "data": {"groups": groups}})


def instances(call: Call) -> Answer:
    return json_answer({"status": "success", "data": {"alerts": [_instance(alert) for alert in call.state.alerts]}})


def alerts(call: Call) -> Answer:
    filters = [_parsed(text) for text in call.received.params.get("filter", ())]
    rows = [_with_status(alert, call.state) for alert in call.state.alerts if _matches(filters, alert["labels"])]
    return json_answer(rows)


def silences(call: Call) -> Answer:
    filters = [_parsed(text) for text in call.received.params.get("filter", ())]
    rows = []
    for silence in call.state.silences.values():
        named = {item["name"]: item["value"] for item in silence["matchers"]}
        if _matches(filters, named):
            rows.append(silence)
    return json_answer(rows)


def silence(call: Call) -> Answer:
    return json_answer(_silence(call))


def create_silence(call: Call) -> Answer:
    command = call.body("matchers", "startsAt", "endsAt", "comment", "createdBy")
    if command["endsAt"] <= command["startsAt"]:
        raise Refusal(400, "start time must be before end time")
    matchers = command.pop("matchers")
    uid = str(UUID(int=call.state.next_number(), version=4))
    call.state.silences[uid] = content.silence(uid, matchers, **command)
    return json_answer({"silenceID": uid}, status=201)


def expire_silence(call: Call) -> Answer:
    _silence(call)["status"] = {"state": "expired"}
    return said("silence deleted")


def contact_points(call: Call) -> Answer:
    return json_answer(list(call.state.contact_points.values()))


def create_contact_point(call: Call) -> Answer:
    command = call.body("name", "type", "settings")
    uid = f"c{call.state.next_number():06d}"
    call.state.contact_points[uid] = {**command, "uid": uid}
    return json_answer(call.state.contact_points[uid], status=202)


def update_contact_point(call: Call) -> Answer:
    held = call.state.contact_points.get(call.ids["uid"])
    if held is None:
        raise Refusal(404, "contact point not found")
    held.update(call.body("name", "type", "settings"))
    return said("contactpoint updated", status=202)


def delete_contact_point(call: Call) -> Answer:
    call.state.contact_points.pop(call.ids["uid"], None)
    return said("contactpoint deleted", status=202)


def _rule(call: Call) -> Document:
    try:
        return call.state.rules[call.ids["uid"]]
    except KeyError:
        raise Refusal(404, "could not find alert rule") from None


def _silence(call: Call) -> Document:
    try:
        return call.state.silences[call.ids["id"]]
    except KeyError:
        raise Refusal(404, "silence not found") from None


def _state(rule: Document, firing: set[str], state: State) -> Document:
    is_firing = rule["title"] in firing
    return {
        "uid": rule["uid"],
        "name": rule["title"],
        "query": '[{"refId":"A"}]',
        "duration": 300,
        "state": "firing" if is_firing else "inactive",
        "health": "ok",
        "type": "alerting",
        "labels": rule["labels"],
        "annotations": rule["annotations"],
        "alerts": [_instance(alert) for alert in state.alerts if alert["labels"]["alertname"] == rule["title"]],
        "lastEvaluation": STARTED,
        "evaluationTime": 0.004,
    }


def _instance(alert: Document) -> Document:
    said = {"labels": alert["labels"], "annotations": alert["annotations"]}
    return {**said, "state": "Alerting", "activeAt": STARTED, "value": "1e+00"}


def _with_status(alert: Document, state: State) -> Document:
    by = [
        silence["id"]
        for silence in state.silences.values()
        if silence["status"]["state"] == "active" and _matches(silence["matchers"], alert["labels"])
    ]
    return {**alert, "status": {"state": "suppressed" if by else "active", "silencedBy": by, "inhibitedBy": []}}


def _parsed(text: str) -> Document:
    found = MATCHER.fullmatch(text)
    if found is None:
        raise Refusal(400, f"bad matcher format: {text}")
    name, sign, value = found.groups()
    return {"name": name, "value": value, "isRegex": "~" in sign, "isEqual": "!" not in sign}


def _matches(matchers: list[Document], labels: Document) -> bool:
    return all(_fits(matcher, labels.get(matcher["name"], "")) for matcher in matchers)


def _fits(matcher: Document, value: str) -> bool:
    same = bool(re.fullmatch(matcher["value"], value)) if matcher["isRegex"] else matcher["value"] == value
    return same is bool(matcher.get("isEqual", True))


RULES, RULER = "/api/v1/provisioning/alert-rules", "/api/prometheus/grafana/api/v1"
ALERTMANAGER, CONTACT_POINTS = "/api/alertmanager/grafana/api/v2", "/api/v1/provisioning/contact-points"
ROUTES = (
    Route("GET", RULES, rules),
    Route("POST", RULES, create_rule),
    Route("GET", f"{RULES}/{{uid}}", rule),
    Route("PUT", f"{RULES}/{{uid}}", update_rule),
    Route("DELETE", f"{RULES}/{{uid}}", delete_rule),
    Route("GET", f"{RULER}/rules", rule_states),
    Route("GET", f"{RULER}/alerts", instances),
    Route("GET", f"{ALERTMANAGER}/alerts", alerts),
    Route("GET", f"{ALERTMANAGER}/silences", silences),
    Route("POST", f"{ALERTMANAGER}/silences", create_silence),
    Route("GET", f"{ALERTMANAGER}/silence/{{id}}", silence),
    Route("DELETE", f"{ALERTMANAGER}/silence/{{id}}", expire_silence),
    Route("GET", CONTACT_POINTS, contact_points),
    Route("POST", CONTACT_POINTS, create_contact_point),
    Route("PUT", f"{CONTACT_POINTS}/{{uid}}", update_contact_point),
    Route("DELETE", f"{CONTACT_POINTS}/{{uid}}", delete_contact_point),
)
