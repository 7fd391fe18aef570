"""The server itself: version, login, computes, templates, its own notifications."""

from __future__ import annotations

from api_clients.network.gns3.simulator import computes, streams
from api_clients.network.gns3.simulator.editions import Refusal
from api_clients.network.gns3.simulator.routing import Call, Route
from api_clients.network.gns3.simulator.schema import LOGIN
from api_clients.simulation import Answer

JSON = {"Content-Type": "application/json"}


def version(call: Call) -> Answer:
    document = {"version": call.edition.version, "local": False}
    return call.answer(document if call.edition.is_v2 else document | {"controller_host": None})


def authenticate(call: Call) -> Answer:
    body = call.body(LOGIN)
    if not call.logins.knows(body["username"], body["password"]):
        raise Refusal(401, "Authentication was unsuccessful.")
    return call.answer({"access_token": call.logins.token(body["username"]), "token_type": "bearer"})


def list_computes(call: Call) -> Answer:
    return call.answer([computes.document(call.world)] if call.edition.computes_listed else [])


def read_compute(call: Call) -> Answer:
    if not call.edition.computes_listed:
        raise Refusal(500, "Database error detected, please check logs to find details")
    if call.ids["compute_id"] != "local":
        raise Refusal(404, f"Compute ID {call.ids['compute_id']} doesn't exist")
    return call.answer(computes.document(call.world))


def statistics(call: Call) -> Answer:
    return call.answer(computes.statistics(call.world))


def list_templates(call: Call) -> Answer:
    return call.answer(list(call.world.templates.values()))


def read_template(call: Call) -> Answer:
    return call.answer(call.world.template(call.ids["template_id"]))


def notifications(call: Call) -> Answer:
    world = call.world
    return Answer(
        headers={**JSON, **call.edition.headers},
        chunks=lambda: streams.as_lines(streams.notifications(world, None)),
    )


def notifications_websocket(call: Call) -> Answer:
    world = call.world
    return Answer(converse=lambda socket: streams.into_websocket(streams.notifications(world, None), socket))


ROUTES = (
    Route("GET", "version", version),
    Route("GET", "computes", list_computes),
    Route("GET", "computes/{compute_id}", read_compute),
    Route("GET", "statistics", statistics),
    Route("GET", "templates", list_templates),
    Route("GET", "templates/{template_id}", read_template),
    Route("GET", "notifications", notifications),
    Route("GET", "notifications/ws", notifications_websocket),
)
V3_ROUTES = (Route("POST", "access/users/authenticate", authenticate),)
