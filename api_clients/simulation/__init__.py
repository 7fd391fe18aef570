"""What the simulators of HTTP services are made of: they answer like the service, faults included.

A service's simulator.py derives from `HttpSimulator`. The same object answers in process (`InProcessTransport`)
or over a real socket (`serve`), and misbehaves alike in both.
"""

from api_clients.simulation.faults import Fault, close, drip, garbage, hang, status, truncate
from api_clients.simulation.http_simulator import Answer, HttpSimulator, Received, json_answer
from api_clients.simulation.in_process import InProcessTransport
from api_clients.simulation.server import SimulatorServer, serve

__all__ = [
    "Answer",
    "Fault",
    "HttpSimulator",
    "InProcessTransport",
    "Received",
    "SimulatorServer",
    "close",
    "drip",
    "garbage",
    "hang",
    "json_answer",
    "serve",
    "status",
    "truncate",
]
