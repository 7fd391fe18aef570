"""Links with their filters and captures."""

from __future__ import annotations

from api_clients.network.gns3.simulator import links, streams
from api_clients.network.gns3.simulator.documents import link_document
from api_clients.network.gns3.simulator.editions import Problem
from api_clients.network.gns3.simulator.routing import Call, Route
from api_clients.network.gns3.simulator.schema import CAPTURE, LINK, LINK_CHANGE
from api_clients.network.gns3.simulator.state import Document
from api_clients.simulation import Answer

PCAP = {"Content-Type": "application/vnd.tcpdump.pcap"}
END = ("node_id", "adapter_number", "port_number")


def list_all(call: Call) -> Answer:
    project = call.project
    return call.answer([link_document(link, project) for link in project.links.values()])


def create(call: Call) -> Answer:
    project, body = call.opened, call.body(LINK)
    _check_ends(call, body)
    return call.answer(link_document(links.create(call.world, project, body), project), status=201)


def read(call: Call) -> Answer:
    return call.answer(link_document(call.link, call.project))


def update(call: Call) -> Answer:
    project, body = call.opened, call.body(LINK_CHANGE)
    _check_ends(call, body)
    changed = links.update(call.world, project, call.link, body)
    return call.answer(link_document(changed, project), status=call.edition.changed_status)


def delete(call: Call) -> Answer:
    links.delete(call.world, call.opened, call.link)
    return call.nothing()


def available_filters(call: Call) -> Answer:
    """A link has filters where it ends at something that can carry them out, which switches cannot."""
    project = call.opened
    kinds = {call.world.node(project, end["node_id"]).type for end in call.link.ends}
    return call.answer(links.FILTERS if kinds - {"ethernet_switch", "ethernet_hub"} else [])


def start_capture(call: Call) -> Answer:
    link = links.start_capture(call.world, call.opened, call.link, call.body(CAPTURE))
    return call.answer(link_document(link, call.project), status=201)


def stop_capture(call: Call) -> Answer:
    link = links.stop_capture(call.world, call.opened, call.link)
    return call.answer(link_document(link, call.project), status=201) if call.edition.is_v2 else call.nothing()


def stream_capture(call: Call) -> Answer:
    grown = streams.capture(call.link)
    return Answer(headers={**PCAP, **call.edition.headers}, chunks=lambda: grown)


def _check_ends(call: Call, body: Document) -> None:
    for end in body.get("nodes", ()):
        lacking = [name for name in END if not isinstance(end, dict) or name not in end]
        if lacking:
            field = ("nodes", lacking[0])
            told = f"'{lacking[0]}' is a required property"
            raise call.edition.invalid(call.received, Problem("missing", field, end, told, "Field required"))


_LINK = "projects/{project_id}/links/{link_id}"
ROUTES = (
    Route("GET", "projects/{project_id}/links", list_all),
    Route("POST", "projects/{project_id}/links", create),
    Route("GET", _LINK, read),
    Route("PUT", _LINK, update),
    Route("DELETE", _LINK, delete),
    Route("GET", f"{_LINK}/available_filters", available_filters),
)
V2_ROUTES = (
    Route("POST", f"{_LINK}/start_capture", start_capture),
    Route("POST", f"{_LINK}/stop_capture", stop_capture),
    Route("GET", f"{_LINK}/pcap", stream_capture),
)
V3_ROUTES = (
    Route("POST", f"{_LINK}/capture/start", start_capture),
    Route("POST", f"{_LINK}/capture/stop", stop_capture),
    Route("GET", f"{_LINK}/capture/stream", stream_capture),
)
