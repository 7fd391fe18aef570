"""The server of the examples: one open project, of which every operation's example can be asked."""

from __future__ import annotations

from api_clients.network.gns3.examples import PROJECT, id_of
from api_clients.network.gns3.simulator.demo import Drawing
from api_clients.network.gns3.simulator.simulator import Gns3Simulator
from api_clients.network.gns3.simulator.state import Snapshot

MADE_AT = 1_760_000_000


def make_simulator() -> Gns3Simulator:
    """A switch with two hosts, a third that has no link, a title and a snapshot; nothing runs."""
    simulator = Gns3Simulator("v3")
    drawing = Drawing(simulator, PROJECT)
    switch = drawing.node("sw1", "ethernet_switch", 0, 0, {})
    for port, name in enumerate(("pc1", "pc2", "pc3")):
        host = drawing.host(name, port * 110, 130, f"set pcname %h\nip 10.0.0.{port + 1}/16\n")
        if name != "pc3":
            drawing.link(host, 0, 0, switch, 0, port)
    drawing.title(PROJECT)
    snapshot = Snapshot(id_of("snapshot"), "first", MADE_AT, {}, {}, {})
    drawing.project.snapshots[snapshot.snapshot_id] = snapshot
    return simulator
