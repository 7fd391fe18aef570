"""ICMP echo, TCP probe and traceroute against this machine's loopback and against a real router in namespaces."""

import asyncio
import errno
import json
import socket
import sys
from pathlib import Path as FilePath

import pytest

from api_clients.domain.errors import Unreachable
from api_clients.network.icmp.client import IcmpClient, InvalidAddress
from api_clients.network.icmp.tests.conftest import LEFT_TO_RIGHT, LEFT_TO_RIGHT_V6, Path

ROOT = FilePath(__file__).resolve().parents[4]
ECHO = """
import asyncio, dataclasses, json, sys
sys.path.insert(0, {root!r})
from api_clients.network.icmp.client import IcmpClient
async def main():
    client = IcmpClient(timeout_seconds={timeout_seconds!r})
    answers = await client.sweep({addresses!r})
    print(json.dumps([dataclasses.asdict(answer) for answer in answers]))
asyncio.run(main())
"""
PATIENT = 10.0  # reached only in failure: what answers ends the wait
SILENT_SECONDS = 1.0  # for those who keep silent; after three the kernel itself says that nobody is there
TRACE = """
import asyncio, dataclasses, json, sys
sys.path.insert(0, {root!r})
from api_clients.network.icmp.client import IcmpClient
async def main():
    client = IcmpClient(timeout_seconds={timeout_seconds!r})
    print(json.dumps(dataclasses.asdict(await client.traceroute({address!r}))))
asyncio.run(main())
"""


def _echo(path: Path, addresses: list[str], *, privileged: bool = True, timeout_seconds: float = PATIENT) -> list[dict]:
    program = ECHO.format(root=str(ROOT), addresses=addresses, timeout_seconds=timeout_seconds)
    return json.loads(path.run_in_left(sys.executable, "-c", program, privileged=privileged))


def _trace(path: Path, address: str, *, privileged: bool = True) -> dict:
    program = TRACE.format(root=str(ROOT), address=address, timeout_seconds=PATIENT)
    return json.loads(path.run_in_left(sys.executable, "-c", program, privileged=privileged))


@pytest.fixture
def listening_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield unused.getsockname()[1]


async def test_this_machine_answers_over_ipv4_and_ipv6_with_a_round_trip_time(listening_port):
    echoes = await IcmpClient(timeout_seconds=PATIENT, probed_ports=(listening_port,)).sweep(["127.0.0.1", "::1"])
    assert [echo.address for echo in echoes] == ["127.0.0.1", "::1"]
    assert all(echo.alive and 0 <= echo.rtt_seconds < PATIENT for echo in echoes if echo.method != "tcp")
    assert echoes[0].alive


@pytest.mark.root
async def test_a_whole_24_is_swept_with_one_attempt_each():
    addresses = [f"127.9.9.{host}" for host in range(1, 255)]
    echoes = await IcmpClient(timeout_seconds=PATIENT).sweep(addresses)
    assert [echo.address for echo in echoes if echo.alive] == addresses
    assert {echo.attempts for echo in echoes} == {1}


async def test_many_sweeps_at_once_do_not_take_each_others_answers():
    sweeps = [IcmpClient().sweep([f"127.8.{network}.{host}" for host in range(1, 30)]) for network in range(8)]
    for network, echoes in enumerate(await asyncio.gather(*sweeps)):
        assert {echo.address for echo in echoes} == {f"127.8.{network}.{host}" for host in range(1, 30)}


async def test_the_tcp_probe_counts_a_refusal_as_life(closed_port):
    client = IcmpClient(timeout_seconds=PATIENT, methods=("tcp",), probed_ports=(closed_port,))
    (echo,) = await client.sweep(["127.0.0.1"])
    assert (echo.alive, echo.method, echo.port) == (True, "tcp", closed_port)


async def test_a_tcp_port_is_open_or_closed(listening_port, closed_port):
    client = IcmpClient(timeout_seconds=PATIENT)
    opened = await client.probe_port("127.0.0.1", listening_port)
    closed = await client.probe_port("127.0.0.1", closed_port)
    assert (opened.state, closed.state) == ("open", "closed")
    assert opened.rtt_seconds > 0


async def test_traceroute_to_this_machine_is_one_hop_long_without_privileges_too():
    for methods in (("icmp-raw",), ("icmp",)):
        for address in ("127.0.0.1", "::1"):
            route = await IcmpClient(timeout_seconds=PATIENT, methods=methods).traceroute(address)
            assert route.reached
            assert [hop.address for hop in route.hops] == [address]


@pytest.fixture
def without_ipv6(monkeypatch):
    """A kernel without IPv6, as some containers have."""

    class Socket(socket.socket):
        def __init__(self, family=-1, *arguments, **options):
            if family == socket.AF_INET6:
                raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
            super().__init__(family, *arguments, **options)

    monkeypatch.setattr(socket, "socket", Socket)


@pytest.mark.usefixtures("without_ipv6")
async def test_without_ipv6_its_addresses_are_silent_and_the_others_are_found(listening_port):
    client = IcmpClient(timeout_seconds=PATIENT, probed_ports=(listening_port,))
    found, silent = await client.sweep(["127.0.0.1", "::1"])
    assert (found.alive, silent.alive) == (True, False)
    assert silent.reason
    for methods in (("icmp-raw",), ("icmp",)):
        with pytest.raises(Unreachable):
            await IcmpClient(methods=methods).traceroute("::1")


@pytest.mark.parametrize("wrong", ["", "router.example.net", "10.0.0.256", "1.2.3", "::g"])
async def test_what_is_no_address_is_refused_before_anything_is_sent(wrong):
    with pytest.raises(InvalidAddress):
        await IcmpClient().sweep([wrong])
    with pytest.raises(InvalidAddress):
        await IcmpClient().traceroute(wrong)


async def test_impossible_limits_are_refused():
    with pytest.raises(ValueError, match="port"):
        await IcmpClient().probe_port("127.0.0.1", 70000)
    with pytest.raises(ValueError, match="max_hops"):
        await IcmpClient().traceroute("127.0.0.1", max_hops=0)
    with pytest.raises(ValueError, match="timeout"):
        IcmpClient(timeout_seconds=0)


@pytest.mark.root
@pytest.mark.needs("ip", "ping")
def test_hosts_behind_a_router_answer_and_silent_ones_are_named_silent(path):
    addresses = [LEFT_TO_RIGHT, LEFT_TO_RIGHT_V6, "10.99.1.77"]
    alive, alive_v6, silent = _echo(path, addresses, timeout_seconds=SILENT_SECONDS)
    assert (alive["alive"], alive["method"]) == (True, "icmp-raw")
    assert (alive_v6["alive"], alive_v6["method"]) == (True, "icmp-raw")
    assert (silent["alive"], silent["attempts"]) == (False, 2)
    assert silent["reason"]


@pytest.mark.root
@pytest.mark.needs("ip", "ping")
def test_a_router_that_knows_no_way_is_quoted_at_once(path):
    path.run_in_left("ip", "route", "replace", "10.98.0.0/16", "via", "10.99.1.2")
    (echo,) = _echo(path, ["10.98.0.1"])
    assert (echo["alive"], echo["attempts"]) == (False, 1)
    assert "10.99.1.2" in echo["reason"]


@pytest.mark.root
@pytest.mark.needs("ip", "ping")
def test_the_unprivileged_socket_is_used_where_the_kernel_allows_it(path):
    path.run_in_left("sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")
    try:
        echoes = _echo(path, [LEFT_TO_RIGHT, LEFT_TO_RIGHT_V6], privileged=False)
    finally:
        path.run_in_left("sysctl", "-qw", "net.ipv4.ping_group_range=1 0")
    assert [(echo["alive"], echo["method"]) for echo in echoes] == [(True, "icmp"), (True, "icmp")]


@pytest.mark.root
@pytest.mark.needs("ip", "ping")
def test_without_any_icmp_permission_a_tcp_probe_answers_and_says_so(path):
    path.run_in_left("sysctl", "-qw", "net.ipv4.ping_group_range=1 0")
    alive, silent = _echo(path, [LEFT_TO_RIGHT, "10.99.1.77"], privileged=False, timeout_seconds=SILENT_SECONDS)
    assert (alive["alive"], alive["method"]) == (True, "tcp")
    assert (silent["alive"], silent["method"]) == (False, "tcp")


@pytest.mark.root
@pytest.mark.needs("ip", "ping")
@pytest.mark.parametrize(("privileged", "method"), [(True, "icmp-raw"), (False, "udp")])
@pytest.mark.parametrize(
    ("address", "way"),
    [(LEFT_TO_RIGHT, ["10.99.1.2", LEFT_TO_RIGHT]), (LEFT_TO_RIGHT_V6, ["fd99:1::2", LEFT_TO_RIGHT_V6])],
)
def test_traceroute_names_the_router_and_the_host_behind_it(path, privileged, method, address, way):
    route = _trace(path, address, privileged=privileged)
    assert (route["reached"], route["method"]) == (True, method)
    assert [hop["address"] for hop in route["hops"]] == way
    assert all(hop["rtt_seconds"] >= 0 for hop in route["hops"])
