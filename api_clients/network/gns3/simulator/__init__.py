"""A GNS3 server that runs in a thread: both API versions, notifications, consoles that speak, faults.

    simulator = Gns3Simulator("v3", login=("admin", "secret"), consoles=True)
    draw_demo(simulator)
    with serve_gns3(simulator) as server:
        server.url

The same object answers in process (api_clients/simulation), without streams and consoles. What it knows was seen on
servers 2.2.54 and 3.0.6, and the contract suite in ../tests runs against all four.
"""

from api_clients.network.gns3.simulator.demo import draw_campus, draw_demo, draw_projects
from api_clients.network.gns3.simulator.example import make_simulator
from api_clients.network.gns3.simulator.simulator import Gns3Simulator, serve_gns3
from api_clients.network.gns3.simulator.world import Manners

__all__ = ["Gns3Simulator", "Manners", "draw_campus", "draw_demo", "draw_projects", "make_simulator", "serve_gns3"]
