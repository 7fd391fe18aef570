"""A real SNMP agent in Python: the fake beside the client's port, the lab's devices, the load generator.

view = MibView({parse_oid("1.3.6.1.2.1.1.5.0"): ber.octets("r1")})
server = AgentServer()
server.add("127.0.0.2", Agent(view, communities=["public"]))
server.start()                      # SnmpTarget("127.0.0.2", server.port)
    agent.fault = Slow(0.5)             # or Silent(), Garbage(), GetNextLoop()...; None ends it
    server.stop()
"""

from api_clients.network.snmp.simulator.agent import Agent
from api_clients.network.snmp.simulator.faults import (
    ChangingTable,
    Duplicating,
    Fault,
    Garbage,
    GetNextLoop,
    Lossy,
    Silent,
    Slow,
    Truncated,
    WrongRequestId,
)
from api_clients.network.snmp.simulator.load import load_addresses, load_agent
from api_clients.network.snmp.simulator.mib import MibView, Writable
from api_clients.network.snmp.simulator.server import AddressUnavailable, AgentServer
from api_clients.network.snmp.simulator.snmprec import Recording, load_snmprec
from api_clients.network.snmp.wire.ber import parse_oid

__all__ = [
    "AddressUnavailable",
    "Agent",
    "AgentServer",
    "ChangingTable",
    "Duplicating",
    "Fault",
    "Garbage",
    "GetNextLoop",
    "Lossy",
    "MibView",
    "Recording",
    "Silent",
    "Slow",
    "Truncated",
    "Writable",
    "WrongRequestId",
    "load_addresses",
    "load_agent",
    "load_snmprec",
    "parse_oid",
]
