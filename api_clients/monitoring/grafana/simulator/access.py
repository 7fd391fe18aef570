"""Organisations, users, service accounts and their tokens."""

from __future__ import annotations

from api_clients.monitoring.grafana.simulator import content
from api_clients.monitoring.grafana.simulator.routing import Call, Refusal, Route, said
from api_clients.monitoring.grafana.simulator.state import Document
from api_clients.simulation import Answer, json_answer

MADE = "glsa_made-by-the-simulator_{number:08x}"
IN_ORGANISATION = ("uid", "login", "name", "email", "avatarUrl", "isDisabled", "lastSeenAt", "lastSeenAtAge", "role")
ON_SERVER = ("id", "uid", "login", "name", "email", "avatarUrl", "isAdmin", "isDisabled", "lastSeenAt", "lastSeenAtAge")


def organisation(call: Call) -> Answer:
    address = dict.fromkeys(("address1", "address2", "city", "zipCode", "state", "country"), "")
    return json_answer({**call.state.organisations[1], "address": address})


def organisations(call: Call) -> Answer:
    return json_answer(call.page(list(call.state.organisations.values()), size_name="perpage", size=1000, first=0))


def create_organisation(call: Call) -> Answer:
    name = call.body("name")["name"]
    if any(item["name"] == name for item in call.state.organisations.values()):
        raise Refusal(409, "Organization name taken")
    number = call.state.next_number()
    call.state.organisations[number] = {"id": number, "name": name}
    return json_answer({"message": "Organization created", "orgId": number})


def delete_organisation(call: Call) -> Answer:
    if call.state.organisations.pop(int(call.ids["id"]), None) is None:
        raise Refusal(404, "Failed to delete organization. ID not found")
    return said("Organization deleted")


def organisation_users(call: Call) -> Answer:
    rows = [
        {"orgId": 1, "userId": item["id"], **{name: item[name] for name in IN_ORGANISATION}}
        for item in call.state.users.values()
    ]
    return json_answer(rows)


def set_role(call: Call) -> Answer:
    held = call.state.users.get(int(call.ids["id"]))
    if held is None:
        raise Refusal(400, "user not found")
    held["role"] = call.body("role")["role"]
    return said("Organization user updated")


def users(call: Call) -> Answer:
    rows = [{name: item[name] for name in ON_SERVER} for item in call.state.users.values()]
    return json_answer(call.page(rows, size_name="perpage", size=1000))


def find_user(call: Call) -> Answer:
    wanted = call.param("loginOrEmail")
    for item in call.state.users.values():
        if wanted in (item["login"], item["email"]):
            same = {name: item[name] for name in ("id", "uid", "login", "name", "email", "isDisabled", "avatarUrl")}
            more = {"isGrafanaAdmin": item["isAdmin"], "orgId": 1, "theme": "", "isExternal": False}
            return json_answer({**same, **more})
    raise Refusal(404, "user not found")


def statistics(call: Call) -> Answer:
    state = call.state
    counts = {
        "orgs": len(state.organisations),
        "users": len(state.users),
        "activeUsers": 1,
        "activeSessions": 1,
        "dashboards": len(state.dashboards),
        "datasources": len(state.datasources),
        "alerts": len(state.rules),
    }
    return json_answer(counts)


def accounts(call: Call) -> Answer:
    rows = list(call.state.accounts.values())
    page = call.page(rows, size_name="perpage", size=1000)
    size, at = int(call.param("perpage", "1000")), int(call.param("page", "1"))
    return json_answer({"totalCount": len(rows), "serviceAccounts": page, "page": at, "perPage": size})


def create_account(call: Call) -> Answer:
    command, number = call.body("name"), call.state.next_number()
    made = content.account(
        number, command["name"], command.get("role", "Viewer"), is_disabled=command.get("isDisabled", False)
    )
    call.state.accounts[number] = made
    return json_answer(made, status=201)


def delete_account(call: Call) -> Answer:
    del call.state.accounts[_account(call)["id"]]
    return said("Service account deleted")


def tokens(call: Call) -> Answer:
    return json_answer(list(call.state.tokens.get(_account(call)["id"], {}).values()))


def create_token(call: Call) -> Answer:
    command, number, account = call.body("name"), call.state.next_number(), _account(call)
    held = call.state.tokens.setdefault(account["id"], {})
    if any(item["name"] == command["name"] for item in held.values()):
        raise Refusal(409, "service account token with given name already exists in the organization")
    held[number] = content.token(number, command["name"], "2036-01-01T12:00:00Z" if command["secondsToLive"] else None)
    return json_answer({"id": number, "name": command["name"], "key": MADE.format(number=number)})


def delete_token(call: Call) -> Answer:
    if call.state.tokens.get(_account(call)["id"], {}).pop(int(call.ids["token"]), None) is None:
        raise Refusal(404, "service account token not found")
    return said("Service account token deleted")


def _account(call: Call) -> Document:
    try:
        return call.state.accounts[int(call.ids["id"])]
    except (KeyError, ValueError):
        raise Refusal(404, "service account not found") from None


ACCOUNT = "/api/serviceaccounts/{id}"
ROUTES = (
    Route("GET", "/api/org", organisation),
    Route("GET", "/api/orgs", organisations),
    Route("POST", "/api/orgs", create_organisation),
    Route("DELETE", "/api/orgs/{id}", delete_organisation),
    Route("GET", "/api/org/users", organisation_users),
    Route("PATCH", "/api/org/users/{id}", set_role),
    Route("GET", "/api/users", users),
    Route("GET", "/api/users/lookup", find_user),
    Route("GET", "/api/admin/stats", statistics),
    Route("GET", "/api/serviceaccounts/search", accounts),
    Route("POST", "/api/serviceaccounts", create_account),
    Route("DELETE", ACCOUNT, delete_account),
    Route("GET", f"{ACCOUNT}/tokens", tokens),
    Route("POST", f"{ACCOUNT}/tokens", create_token),
    Route("DELETE", f"{ACCOUNT}/tokens/{{token}}", delete_token),
)
