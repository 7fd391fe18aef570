"""Alerting rules."""

from __future__ import annotations

from fnmatch import fnmatch

from api_clients.monitoring.kibana.simulator.content import STARTED, Document
from api_clients.monitoring.kibana.simulator.routing import NOTHING, Call, Refusal, Route
from api_clients.simulation import Answer, json_answer

ACTIVE = "alert.attributes.executionStatus.status: active"


def find(call: Call) -> Answer:
    """Of filters it knows the one for active rules, and refuses others as Kibana refuses what is no KQL."""
    kql = call.param("filter")
    if kql not in ("", ACTIVE):
        raise Refusal(400, "KQLSyntaxError: Expected expression")
    rows = [
        rule
        for rule in call.held.rules.values()
        if _is_found(rule, call.param("search").lower()) and (not kql or rule["execution_status"]["status"] == "active")
    ]
    page, size = int(call.param("page", "1")), int(call.param("per_page", "10"))
    shown = rows[(page - 1) * size : page * size]
    return json_answer({"page": page, "per_page": size, "total": len(rows), "data": shown})


def get(call: Call) -> Answer:
    return json_answer(_rule(call))


def enable(call: Call) -> Answer:
    _rule(call)["enabled"] = True
    return NOTHING


def disable(call: Call) -> Answer:
    _rule(call)["enabled"] = False
    return NOTHING


def mute(call: Call) -> Answer:
    _rule(call).update(mute_all=True, muted_alert_ids=[])
    return NOTHING


def unmute(call: Call) -> Answer:
    _rule(call).update(mute_all=False, muted_alert_ids=[])
    return NOTHING


def mute_alert(call: Call) -> Answer:
    rule = _rule(call)
    rule["muted_alert_ids"] = sorted({*rule["muted_alert_ids"], call.ids["alert"]})
    return NOTHING


def unmute_alert(call: Call) -> Answer:
    rule = _rule(call)
    rule["muted_alert_ids"] = [one for one in rule["muted_alert_ids"] if one != call.ids["alert"]]
    return NOTHING


def health(call: Call) -> Answer:
    framework = {
        name: {"status": "ok", "timestamp": STARTED}
        for name in ("decryption_health", "execution_health", "read_health")
    }
    return json_answer(
        {
            "is_sufficiently_secure": True,
            "has_permanent_encryption_key": True,
            "alerting_framework_health": framework,
        }
    )


def _rule(call: Call) -> Document:
    try:
        return call.held.rules[call.ids["id"]]
    except KeyError:
        raise Refusal(404, f"Saved object [alert/{call.ids['id']}] not found") from None


def _is_found(rule: Document, search: str) -> bool:
    words = [*rule["name"].lower().split(), *rule["tags"]]
    return not search or any(fnmatch(word, search) for word in words)


RULE = "/api/alerting/rule/{id}"
ROUTES = (
    Route("GET", "/api/alerting/rules/_find", find),
    Route("GET", "/api/alerting/_health", health),
    Route("GET", RULE, get),
    Route("POST", f"{RULE}/_enable", enable),
    Route("POST", f"{RULE}/_disable", disable),
    Route("POST", f"{RULE}/_mute_all", mute),
    Route("POST", f"{RULE}/_unmute_all", unmute),
    Route("POST", f"{RULE}/alert/{{alert}}/_mute", mute_alert),
    Route("POST", f"{RULE}/alert/{{alert}}/_unmute", unmute_alert),
)
