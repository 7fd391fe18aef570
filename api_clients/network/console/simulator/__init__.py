"""Consoles that answer like devices, on real sockets: shared, with pagers, logins, dialogs and faults.

    with serve_consoles([cisco("R1"), vpcs("PC1")]) as consoles:
        ConsoleTarget("127.0.0.1", consoles[0].port)

What each device prints stands in `recordings/`, in the form of these systems; none of it was taken from a device.
"""

from .faults import Faults
from .personalities import arista, booted_cisco, cisco, juniper, linux, mikrotik, vpcs
from .personality import Personality
from .server import SimulatedConsole, serve_consoles

__all__ = [
    "Faults",
    "Personality",
    "SimulatedConsole",
    "arista",
    "booted_cisco",
    "cisco",
    "juniper",
    "linux",
    "mikrotik",
    "serve_consoles",
    "vpcs",
]
