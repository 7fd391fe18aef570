from __future__ import annotations

import socket
import subprocess
import sys
import time

import pytest

from api_clients.network.snmp.simulator import (
    AddressUnavailable,
    Agent,
    AgentServer,
    MibView,
    faults,
    parse_oid,
    pdu,
)
from api_clients.network.snmp.simulator.load import load_addresses, load_agent
from api_clients.network.snmp.simulator.tests.conversation import SYS_NAME, read_answer, request
from api_clients.network.snmp.wire import ber


def named(name: str) -> Agent:
    return Agent(MibView({parse_oid(SYS_NAME): ber.octets(name)}))


def ask_at(address: str, port: int) -> bytes:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(15)
        client.connect((address, port))  # a connected socket hears nobody but the address it asked
        client.send(request(pdu.GET, [SYS_NAME]))
        return read_answer(client.recv(65535)).varbinds[0][2]


def test_each_address_answers_as_its_own_agent_from_where_it_was_asked() -> None:
    server = AgentServer()
    server.add_all({f"127.77.0.{number}": named(f"r{number}") for number in range(1, 60)})
    with server:
        for number in (1, 30, 59):
            assert ask_at(f"127.77.0.{number}", server.port) == f"r{number}".encode()


def test_ipv6_is_answered() -> None:
    server = AgentServer()
    server.add("::1", named("six"))
    with server:
        assert ask_at("::1", server.port) == b"six"


def test_agents_join_and_leave_a_server_that_runs() -> None:
    server = AgentServer()
    server.add("127.77.1.1", named("first"))
    with server:
        server.add("127.77.1.2", named("second"))
        assert ask_at("127.77.1.2", server.port) == b"second"
        server.remove("127.77.1.2")
        with pytest.raises(ConnectionRefusedError):
            ask_at("127.77.1.2", server.port)
        assert ask_at("127.77.1.1", server.port) == b"first"


def test_a_port_that_is_taken_is_refused_with_its_address() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.77.2.2", 0))
        port = other.getsockname()[1]
        server = AgentServer(port=port)
        with pytest.raises(AddressUnavailable, match=rf"127\.77\.2\.2 port {port}"):
            server.add_all({"127.77.2.1": named("a"), "127.77.2.2": named("b")})
        server.stop()


def test_an_address_of_no_interface_is_refused_with_what_to_do() -> None:
    server = AgentServer()
    with pytest.raises(AddressUnavailable, match="ifconfig lo0 alias"):
        server.add("192.0.2.1", named("a"))
    server.stop()


def test_a_stopped_server_leaves_its_port() -> None:
    server = AgentServer()
    server.add("127.77.3.1", named("a"))
    with server:
        port = server.port
    with pytest.raises(ConnectionRefusedError):
        ask_at("127.77.3.1", port)


def test_a_slow_agent_does_not_hold_up_the_others() -> None:
    slow, quick = named("slow"), named("quick")
    slow.fault = faults.Slow(1.0)
    server = AgentServer()
    server.add_all({"127.77.4.1": slow, "127.77.4.2": quick})
    with server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        started = time.monotonic()
        client.sendto(request(pdu.GET, [SYS_NAME]), ("127.77.4.1", server.port))
        assert ask_at("127.77.4.2", server.port) == b"quick"
        client.setblocking(False)
        with pytest.raises(BlockingIOError):  # the slow one was asked first, and has not answered yet
            client.recv(65535)
        client.settimeout(15)
        assert read_answer(client.recv(65535)).varbinds[0][2] == b"slow"
        assert time.monotonic() - started >= 1.0


def test_thousands_of_agents_are_built_when_first_asked() -> None:
    server = AgentServer()
    started = time.monotonic()
    server.add_all(
        {address: load_agent(number) for number, address in enumerate(load_addresses(2540, network="127.78"))}
    )
    assert time.monotonic() - started < 5
    with server:
        assert ask_at("127.78.9.254", server.port) == b"box2539"


def test_a_low_limit_of_open_files_is_raised_for_many_agents() -> None:
    script = """
import resource
from api_clients.network.snmp.simulator import AgentServer, load_addresses, load_agent
resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
server = AgentServer()
server.add_all({address: load_agent(0) for address in load_addresses(300, network="127.83")})
print(len(server.agents))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "300\n", done.stderr
