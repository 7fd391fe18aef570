"""A simulated HAProxy: process.py knows servers and answers commands, data_plane.py is its configuration, simulator.py
puts both on wires.
"""

from api_clients.qos.haproxy.simulator.simulator import HaproxySimulator, HaproxySocketSimulator, make_simulator

__all__ = ["HaproxySimulator", "HaproxySocketSimulator", "make_simulator"]
