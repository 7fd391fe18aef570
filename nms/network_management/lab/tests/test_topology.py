from __future__ import annotations

import ipaddress
from collections import Counter, defaultdict

import pytest

from nms.network_management.lab.addresses import agent_addresses
from nms.network_management.lab.topology import Topology, draw_topology

SIZES = [1, 2, 3, 5, 10, 40, 41, 43, 120, 2540]


def test_the_same_seed_draws_the_same_network_and_another_does_not() -> None:
    assert draw_topology(devices=40, seed=7) == draw_topology(devices=40, seed=7)
    first, second = draw_topology(devices=40, seed=7), draw_topology(devices=40, seed=8)
    assert not {device.mac for device in first.devices} & {device.mac for device in second.devices}


def test_forty_devices_hold_every_role_and_vendor() -> None:
    topology = draw_topology()
    assert Counter(device.role for device in topology.devices) == {
        "core": 2,
        "router": 2,
        "distribution": 4,
        "access": 16,
        "server": 16,
    }
    assert {device.platform.vendor for device in topology.devices} == {
        "Arista",
        "Cisco",
        "Juniper",
        "Linux",
        "MikroTik",
    }


@pytest.mark.parametrize("size", SIZES)
def test_every_device_hangs_on_the_network(size: int) -> None:
    topology = draw_topology(devices=size)
    assert reached(topology) == {device.name for device in topology.devices}
    assert len(topology.devices) == size


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_shared_that_must_be_unique(size: int) -> None:
    topology = draw_topology(devices=size)
    ends = [(end.device, end.interface) for link in topology.links for end in (link.a, link.b)]
    assert len(ends) == len(set(ends)), "two cables in one port"
    macs = [interface.mac for device in topology.devices for interface in device.interfaces if interface.mac]
    assert len(macs) == len(set(macs))
    serials = [device.serial for device in topology.devices if device.serial]
    assert len(serials) == len(set(serials))
    for device in topology.devices:
        indexes = [interface.port.index for interface in device.interfaces]
        assert len(indexes) == len(set(indexes)), device.name


def test_both_ends_of_a_routed_link_are_in_one_network() -> None:
    topology = draw_topology()
    devices = {device.name: device for device in topology.devices}
    routed = 0
    for link in topology.links:
        a, b = (devices[end.device].interface(end.interface).addresses for end in (link.a, link.b))
        if a and a[0][1] == 31:
            routed += 1
            assert ipaddress.ip_interface(f"{a[0][0]}/31").network == ipaddress.ip_interface(f"{b[0][0]}/31").network
    assert routed == 15


def test_addresses_of_agents_skip_network_and_broadcast() -> None:
    addresses = agent_addresses("127.10.0.250", 10)
    assert addresses[:6] == [f"127.10.0.{last}" for last in range(250, 255)] + ["127.10.1.1"]


@pytest.mark.parametrize("base", ["10.0.0.1", "fe80::1", "127.0.0", "127.255.255.250"])
def test_a_base_address_that_cannot_hold_the_lab_is_refused(base: str) -> None:
    with pytest.raises(ValueError, match=r"base address|do not fit"):
        agent_addresses(base, 40)


@pytest.mark.parametrize("size", [0, -1, 5001])
def test_a_size_that_no_lab_has_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="1 to 5000"):
        draw_topology(devices=size)


def reached(topology: Topology) -> set[str]:
    neighbors = defaultdict(set)
    for link in topology.links:
        neighbors[link.a.device].add(link.b.device)
        neighbors[link.b.device].add(link.a.device)
    seen = {topology.devices[0].name}
    waiting = list(seen)
    while waiting:
        new = neighbors[waiting.pop()] - seen
        seen |= new
        waiting += new
    return seen
