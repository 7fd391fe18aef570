"""Reads a lab the way a stranger would: walks of the standard MIBs, matched by chassis and port IDs alone."""

from __future__ import annotations

from collections import defaultdict

from api_clients.network.snmp.simulator import Agent, pdu
from api_clients.network.snmp.simulator.tests.conversation import ask, walk
from nms.network_management.lab.network import GeneratedLab

IF_TABLE = "1.3.6.1.2.1.2.2.1"
IF_X_TABLE = "1.3.6.1.2.1.31.1.1.1"
LLDP = "1.0.8802.1.1.2.1"
SYS_NAME = "1.3.6.1.2.1.1.5.0"
Link = frozenset[tuple[str, str]]


def column(agent: Agent, oid: str) -> dict[str, bytes]:
    """{index: content} of one column."""
    return {name[len(oid) + 1 :]: content for name, _, content in walk(agent, oid)}


def number(content: bytes) -> int:
    return int.from_bytes(content, "big", signed=True)


def links_heard(lab: GeneratedLab) -> dict[Link, int]:
    """Every link that LLDP tells of, as its two (device, ifName) ends, with how many ends heard it."""
    ports: dict[tuple[bytes, int, bytes], tuple[str, str]] = {}
    names: dict[tuple[str, str], str] = {}
    for device in lab.devices:
        agent = device.agent
        (_, _, chassis) = ask(agent, pdu.GET, [f"{LLDP}.3.2.0"]).varbinds[0]
        subtypes, identities = (column(agent, f"{LLDP}.3.7.1.{number}") for number in (2, 3))
        if_names = column(agent, f"{IF_X_TABLE}.1")
        macs = column(agent, f"{IF_TABLE}.6")
        for port, identity in identities.items():
            name = interface_name(number(subtypes[port]), identity, if_names, macs)
            ports[(chassis, number(subtypes[port]), identity)] = (device.name, name)
            names[(device.name, port)] = name
    heard: dict[Link, int] = defaultdict(int)
    for device in lab.devices:
        remote = {part: column(device.agent, f"{LLDP}.4.1.1.{part}") for part in (5, 6, 7)}
        for index, chassis in remote[5].items():
            far = ports[(chassis, number(remote[6][index]), remote[7][index])]
            near = (device.name, names[(device.name, index.split(".")[1])])
            heard[frozenset((near, far))] += 1
    return dict(heard)


def interface_name(subtype: int, identity: bytes, if_names: dict[str, bytes], macs: dict[str, bytes]) -> str:
    """What a port ID of one of the lab's subtypes means on its own device."""
    if subtype == 5:
        assert identity in if_names.values()
        return identity.decode()
    if subtype == 7:
        return if_names[identity.decode()].decode()
    (index,) = (index for index, mac in macs.items() if mac == identity)
    return if_names[index].decode()


def expected_links(lab: GeneratedLab) -> set[Link]:
    return {
        frozenset(((link.a.device, link.a.interface), (link.b.device, link.b.interface))) for link in lab.topology.links
    }
