"""Projects to look at and to measure with: the same names, ids, places and addresses at every start."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address
from uuid import UUID, uuid5

from api_clients.network.gns3.simulator import links, nodes, projects
from api_clients.network.gns3.simulator.simulator import Gns3Simulator
from api_clients.network.gns3.simulator.state import Document, Node, Project
from api_clients.network.gns3.simulator.templates import router_template

IDS = UUID("6e6d7300-0000-4000-8000-000000000000")
SWITCH_PORTS = 16
HOSTS_OF_A_SWITCH = SWITCH_PORTS - 2  # two lead to the next switches
GRID_X, GRID_Y = 110, 130
FIRST_HOST = int(IPv4Address("10.0.0.1"))
TITLE = '<svg height="24" width="400"><text font-size="16" fill="#33475b">{}</text></svg>'

_ROUTER = """hostname %h
!
interface FastEthernet0/0
 ip address {core} 255.255.255.252
 no shutdown
!
interface FastEthernet1/0
 ip address {lan} 255.255.255.0
 no shutdown
!
interface FastEthernet2/0
 no ip address
 shutdown
!
end
"""


def draw_demo(simulator: Gns3Simulator) -> Project:
    """An office of two sites: a router, a switch and hosts in each, all running but one. And a closed project."""
    world = simulator.world
    for template in [router_template()]:
        world.templates[template["template_id"]] = template
    drawing = Drawing(simulator, "Two sites")
    for number, site in enumerate(("berlin", "paris"), start=1):
        lan, x = f"10.{number}0.0", (number * 2 - 3) * 300
        router = drawing.node(f"{site}-r1", "dynamips", x, -120, _router(number, f"{lan}.1"), ":/symbols/router.svg")
        switch = drawing.node(f"{site}-sw1", "ethernet_switch", x, 20, {}, ":/symbols/ethernet_switch.svg")
        drawing.link(router, 1, 0, switch, 0, 0)
        for host in range(1, 4):
            script = f"set pcname %h\nip {lan}.{10 + host}/24 {lan}.1\n"
            place = x + (host - 2) * GRID_X
            pc = drawing.host(f"{site}-pc{host}", place, 180, script)
            drawing.link(pc, 0, 0, switch, 0, host)
    drawing.link(drawing.made["berlin-r1"], 0, 0, drawing.made["paris-r1"], 0, 0)
    drawing.title("Two sites: ping from one to the other")
    drawing.start(leave="paris-pc3")
    draw_campus(simulator, 12, name="Training room")
    projects.close(world, world.projects[project_id("Training room")])
    return drawing.project


def draw_campus(simulator: Gns3Simulator, size: int = 200, *, name: str = "Campus", start: bool = False) -> Project:
    """`size` nodes: hosts on switches in a row, all in one network from 10.0.0.1 on."""
    drawing = Drawing(simulator, name)
    ports = [{"name": f"Ethernet{n}", "port_number": n, "type": "access", "vlan": 1} for n in range(SWITCH_PORTS)]
    before: Node | None = None
    for column, hosts in enumerate(_shares(size)):
        x = column * GRID_X * 4
        switch = drawing.node(f"sw{column + 1}", "ethernet_switch", x, 0, {"ports_mapping": ports})
        if before is not None:
            drawing.link(before, 0, SWITCH_PORTS - 1, switch, 0, SWITCH_PORTS - 2)
        before = switch
        for place, number in enumerate(hosts):
            script = f"set pcname %h\nip {IPv4Address(FIRST_HOST + number)}/16\n"
            at = x + (place % 4) * GRID_X
            pc = drawing.host(f"pc{number + 1}", at, GRID_Y * (1 + place // 4), script)
            drawing.link(pc, 0, 0, switch, 0, place)
    if start:
        drawing.start()
    return drawing.project


def draw_projects(simulator: Gns3Simulator, count: int = 50, *, size: int = 8, start: bool = False) -> list[Project]:
    """`count` open projects of `size` nodes each."""
    return [draw_campus(simulator, size, name=f"Lab {number}", start=start) for number in range(1, count + 1)]


def project_id(name: str) -> str:
    """The id that a project of this name has here."""
    return str(uuid5(IDS, name))


class Drawing:
    """Makes a project node by node."""

    def __init__(self, simulator: Gns3Simulator, name: str) -> None:
        self._world = simulator.world
        self.made: dict[str, Node] = {}
        body = {"name": name, "project_id": project_id(name), "auto_close": False}
        with self._world.lock:
            self.project = projects.create(self._world, body)

    def node(self, name: str, kind: str, x: int, y: int, properties: Document, symbol: str = "") -> Node:
        body: Document = {"name": name, "node_type": kind, "compute_id": "local", "x": x, "y": y}
        body |= {"node_id": self._id(name), "properties": properties, "symbol": symbol or None}
        with self._world.lock:
            self.made[name] = nodes.create(self._world, self.project, body)
        return self.made[name]

    def host(self, name: str, x: int, y: int, script: str) -> Node:
        return self.node(name, "vpcs", x, y, {"startup_script": script}, ":/symbols/vpcs_guest.svg")

    def link(self, a: Node, a_adapter: int, a_port: int, b: Node, b_adapter: int, b_port: int) -> None:
        ends = ((a, a_adapter, a_port), (b, b_adapter, b_port))
        rows = [{"node_id": node.node_id, "adapter_number": ad, "port_number": port} for node, ad, port in ends]
        with self._world.lock:
            links.create(self._world, self.project, {"nodes": rows, "link_id": self._id(f"{a.name}-{b.name}")})

    def title(self, text: str) -> None:
        drawing_id = self._id("title")
        self.project.drawings[drawing_id] = {
            "drawing_id": drawing_id,
            "project_id": self.project.project_id,
            "svg": TITLE.format(text),
            "x": -200,
            "y": -220,
            "z": 2,
            "rotation": 0,
            "locked": False,
        }

    def start(self, *, leave: str = "") -> None:
        for name, node in self.made.items():
            if name != leave:
                nodes.act(self._world, self.project, node, "start")

    def _id(self, name: str) -> str:
        return str(uuid5(IDS, f"{self.project.name}/{name}"))


def _router(number: int, lan: str) -> Document:
    slots = {"slot0": "C7200-IO-FE", "slot1": "PA-FE-TX", "slot2": "PA-FE-TX"}
    return {**slots, "platform": "c7200", "startup_config_content": _ROUTER.format(core=f"10.255.0.{number}", lan=lan)}


def _shares(size: int) -> Iterator[range]:
    """The numbers of the hosts of each switch, so that hosts and switches together are `size`."""
    switches = -(-size // (HOSTS_OF_A_SWITCH + 1))
    hosts = size - switches
    for column in range(switches):
        yield range(column * HOSTS_OF_A_SWITCH, min(hosts, (column + 1) * HOSTS_OF_A_SWITCH))
