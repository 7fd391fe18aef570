"""What the simulators of services are made of: they answer like the service, faults included.

A service's simulator.py derives from `HttpSimulator`. The same object answers in process (`InProcessTransport`)
or over a real socket (`serve`), and misbehaves alike in both. Protocols other than HTTP have a `SocketSimulator`, or a
real server behind a `FaultyProxy`, for the wire, and an `HttpSimulator` in process.
"""

from api_clients.simulation.faults import Fault, close, drip, garbage, hang, status, truncate
from api_clients.simulation.faulty_proxy import FaultyProxy, faulty_proxy
from api_clients.simulation.http_simulator import Answer, HttpSimulator, Received, json_answer
from api_clients.simulation.in_process import InProcessTransport
from api_clients.simulation.server import SimulatorServer, serve
from api_clients.simulation.simulator import Simulator
from api_clients.simulation.socket_server import SocketServer, SocketSimulator, serve_socket

__all__ = [
    "Answer",
    "Fault",
    "FaultyProxy",
    "HttpSimulator",
    "InProcessTransport",
    "Received",
    "Simulator",
    "SimulatorServer",
    "SocketServer",
    "SocketSimulator",
    "close",
    "drip",
    "faulty_proxy",
    "garbage",
    "hang",
    "json_answer",
    "serve",
    "serve_socket",
    "status",
    "truncate",
]
