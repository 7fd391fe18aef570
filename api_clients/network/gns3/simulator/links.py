"""Links: made, cut, filtered, recorded."""

from __future__ import annotations

import struct

from api_clients.network.gns3.simulator.editions import Refusal
from api_clients.network.gns3.simulator.state import Document, Link, Project
from api_clients.network.gns3.simulator.world import World, new_id

STYLE = "font-family: TypeWriter;font-size: 10.0;font-weight: bold;fill: #000000;fill-opacity: 1.0;"
PCAP_HEAD = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)


def _number(name: str, least: int, most: int, unit: str) -> Document:
    return {"name": name, "type": "int", "minimum": least, "maximum": most, "unit": unit}


FILTERS: list[Document] = [
    {
        "type": "frequency_drop",
        "name": "Frequency drop",
        "description": "It will drop everything with a -1 frequency, drop every Nth packet with a positive frequency, "
        "or drop nothing",
        "parameters": [_number("Frequency", -1, 32767, "th packet")],
    },
    {
        "type": "packet_loss",
        "name": "Packet loss",
        "description": "The percentage represents the chance for a packet to be lost",
        "parameters": [_number("Chance", 0, 100, "%")],
    },
    {
        "type": "delay",
        "name": "Delay",
        "description": "Delay packets in milliseconds. You can add jitter in milliseconds (+/-) of the delay",
        "parameters": [_number("Latency", 0, 32767, "ms"), _number("Jitter (-/+)", 0, 32767, "ms")],
    },
    {
        "type": "corrupt",
        "name": "Corrupt",
        "description": "The percentage represents the chance for a packet to be corrupted",
        "parameters": [_number("Chance", 0, 100, "%")],
    },
    {
        "type": "bpf",
        "name": "Berkeley Packet Filter (BPF)",
        "description": "This filter will drop any packet matching a BPF expression. Put one expression per line",
        "parameters": [{"name": "Filters", "type": "text"}],
    },
]
KNOWN_FILTERS = {each["type"] for each in FILTERS}


def create(world: World, project: Project, body: Document) -> Link:
    link = Link(new_id(body.get("link_id")), [])
    for end in body["nodes"]:
        node = world.node(project, end["node_id"])
        adapter, number = end["adapter_number"], end["port_number"]
        if node.port(adapter, number) is None:
            raise Refusal(404, f"Port {adapter}/{number} for {node.name} not found")
        if any(_is_at(other, end) for each in project.links.values() for other in each.ends):
            raise Refusal(409, "Port is already used")
        if any(other["node_id"] == node.node_id for other in link.ends):
            raise Refusal(409, "Cannot connect to itself")
        label = {"text": f"{adapter}/{number}", "style": STYLE, **(end.get("label") or {})}
        link.ends.append({"node_id": node.node_id, "adapter_number": adapter, "port_number": number, "label": label})
    _set_filters(world, link, body.get("filters"))
    link.suspended = bool(body.get("suspend", False))
    project.links[link.link_id] = link
    world.tell_link("link.created", link, project)
    return link


def update(world: World, project: Project, link: Link, body: Document) -> Link:
    if body.get("suspend") is not None:
        link.suspended = body["suspend"]
    if body.get("link_style") is not None:
        link.style = body["link_style"]
    for end in body.get("nodes") or ():
        for own in link.ends:
            if own["node_id"] == end["node_id"] and end.get("label"):
                own["label"] |= end["label"]
    _set_filters(world, link, body.get("filters"))
    world.tell_link("link.updated", link, project)
    return link


def delete(world: World, project: Project, link: Link) -> None:
    link.capturing = False
    del project.links[link.link_id]
    world.tell_link("link.deleted", link, project)


def start_capture(world: World, project: Project, link: Link, body: Document) -> Link:
    if link.capturing:
        raise Refusal(409, "Packet capture is already active")
    link.capture_file = body.get("capture_file_name") or f"{link.link_id}.pcap"
    link.capturing, link.capture = True, bytearray(PCAP_HEAD)
    world.tell_link("link.updated", link, project)
    return link


def stop_capture(world: World, project: Project, link: Link) -> Link:
    link.capturing = False
    world.tell_link("link.updated", link, project)
    return link


def _set_filters(world: World, link: Link, filters: Document | None) -> None:
    """Keep what was asked for even where it is refused, as the server does; and v3 then refuses once more."""
    if filters is None:
        return
    link.filters = {name: values for name, values in filters.items() if values and values[0] not in (0, "0", "")}
    unknown = sorted(set(link.filters) - KNOWN_FILTERS)
    if unknown or (link.refused and not world.edition.is_v2):
        link.refused = bool(unknown)
        raise Refusal(409, f"Error while sending command 'bridge add_packet_filter': unknown {' '.join(unknown)}")
    link.refused = False


def _is_at(end: Document, other: Document) -> bool:
    return all(end[key] == other[key] for key in ("node_id", "adapter_number", "port_number"))
