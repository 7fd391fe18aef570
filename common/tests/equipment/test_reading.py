"""What configurations and consoles write, and which port they speak of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api_clients.domain.errors import Rejected, Unreachable
from api_clients.network.gns3.values import Port
from common.application.equipment.configured_addresses import of_interfaces_file, of_ios, of_vpcs
from common.application.equipment.documents import console_document
from common.application.equipment.leases import read_leases
from common.application.equipment.ports import port_name
from common.application.equipment.startup_files import read_startup, startup_path
from common.tests.equipment.test_segments import node


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("set pcname PC1\nip 10.0.0.1/24 10.0.0.254\n", [("10.0.0.1", 24)]),
        ("ip 10.0.0.1 10.0.0.254 24", [("10.0.0.1", 24)]),
        ("ip 10.0.0.1 255.255.255.192 10.0.0.62", [("10.0.0.1", 26)]),
        ("ip 10.0.0.1 10.0.0.254 /26", [("10.0.0.1", 26)]),
        ("ip 10.0.0.1 10.0.0.254", [("10.0.0.1", None)]),
        ("ip 10.0.0.1/24\nip 10.0.0.2/24", [("10.0.0.2", 24)]),
        ("ip 10.0.0.1/24\nip 2001:DB8::1/64", [("10.0.0.1", 24), ("2001:db8::1", 64)]),
        ("ip dhcp\nip auto\nip\nip nonsense\nip 300.0.0.1/24\n# ip 10.9.9.9/24", []),
        ("ip 0.0.0.0/0", []),
        ("", []),
    ],
)
def test_vpcs_has_the_addresses_that_its_startup_file_sets(text: str, found: list[tuple[str, int | None]]) -> None:
    assert [(one.address, one.prefix_length) for one in of_vpcs(text)] == found


IOS = """\
hostname R1
!
interface Loopback0
 ip address 192.0.2.1 255.255.255.255
!
interface FastEthernet0/0
 ip address 10.0.0.1 255.255.255.0
 ip address 10.0.1.1 255.255.255.0 secondary
 ipv6 address 2001:DB8::1/64
!
interface GigabitEthernet 1/0
 ip address dhcp
 no ip address
router ospf 1
 ip address 10.9.9.9 255.255.255.0
"""


def test_ios_has_the_addresses_below_its_interfaces_secondary_ones_too() -> None:
    assert [(one.interface, one.address, one.prefix_length) for one in of_ios(IOS)] == [
        ("Loopback0", "192.0.2.1", 32),
        ("FastEthernet0/0", "10.0.0.1", 24),
        ("FastEthernet0/0", "10.0.1.1", 24),
        ("FastEthernet0/0", "2001:db8::1", 64),
    ]


def test_a_container_has_the_static_addresses_of_its_interfaces_file() -> None:
    text = "auto eth0\niface eth0 inet static\n\taddress 10.0.0.1\n\tnetmask 255.255.0.0\niface eth1 inet dhcp\n"
    text += "# iface eth9 inet static\niface eth2 inet static\n address 10.2.0.1/24 # here\n"
    assert [(one.interface, one.address, one.prefix_length) for one in of_interfaces_file(text)] == [
        ("eth0", "10.0.0.1", 16),
        ("eth2", "10.2.0.1", 24),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10.0.0.2  0100.5079.6668.00   Mar 01 2026 12:00 AM  Automatic", [("10.0.0.2", "00:50:79:66:68:00")]),
        ("10.0.0.2  0050.7966.6800   Mar 01 2026 12:00 AM  Automatic", [("10.0.0.2", "00:50:79:66:68:00")]),
        (" 0 address=10.0.0.3 mac-address=00:50:79:66:68:01 status=bound", [("10.0.0.3", "00:50:79:66:68:01")]),
        ("1700000000 00:50:79:66:68:02 10.0.0.4 pc 01:00:50:79:66:68:02", [("10.0.0.4", "00:50:79:66:68:02")]),
        (
            "lease 10.0.0.5 {\n  starts 4;\n  hardware ethernet 00:50:79:66:68:03;\n}\n",
            [("10.0.0.5", "00:50:79:66:68:03")],
        ),
        ("% Invalid input detected\nIP address  Client-ID\n10.0.0.9 nobody", []),
        ("999.0.0.1 00:50:79:66:68:03", []),
    ],
)
def test_leases_are_read_as_devices_write_them(text: str, found: list[tuple[str, str]]) -> None:
    assert list(read_leases(text)) == found


PORTS = (
    Port(0, 0, "Ethernet0", "e0", "ethernet", "0c:00:00:00:00:00"),
    Port(1, 0, "GigabitEthernet0/0", "Gi0/0", "ethernet"),
    Port(1, 1, "GigabitEthernet0/1", "Gi0/1", "ethernet"),
)


@pytest.mark.parametrize(
    ("name", "mac", "port"),
    [
        ("eth0", "", "Ethernet0"),
        ("e0", "", "Ethernet0"),
        ("Gi0/1", "", "GigabitEthernet0/1"),
        ("GigabitEthernet0/1.20", "", "GigabitEthernet0/1"),
        ("ens3", "0c:00:00:00:00:00", "Ethernet0"),
        ("ens3", "", "ens3"),
        ("Loopback0", "", "Loopback0"),
        ("", "", ""),
    ],
)
def test_an_interface_is_the_port_that_gns3_knows(name: str, mac: str, port: str) -> None:
    assert port_name(PORTS, name, mac) == port


def test_each_kind_of_node_keeps_its_startup_configuration_elsewhere() -> None:
    assert [startup_path(node("x", kind)) for kind in ("vpcs", "iou", "docker", "qemu", "ethernet_switch")] == [
        "startup.vpc",
        "startup-config.cfg",
        "etc/network/interfaces",
        None,
        None,
    ]


def test_secrets_of_a_startup_configuration_are_masked_and_its_addresses_are_read() -> None:
    text = b"enable secret 5 $1$abc$def\ninterface Ethernet0\n ip address 10.0.0.1 255.255.255.0\n"
    found = read_startup(node("R1", "iou"), lambda path: text)
    assert found is not None
    assert "$1$abc" not in found.text
    assert found.masked == 1
    assert [claim.address for claim in found.claims] == ["10.0.0.1"]


def test_a_node_without_the_file_has_none_and_an_outage_is_no_missing_file() -> None:
    def missing(path: str) -> bytes:
        raise Rejected("not found", status=404)

    def away(path: str) -> bytes:
        raise Unreachable("away")

    assert read_startup(node("PC"), missing) is None
    with pytest.raises(Unreachable):
        read_startup(node("PC"), away)
    with pytest.raises(ValueError, match="no configuration"):
        read_startup(node("PC"), lambda path: b"\x7fELF\0\0")


def test_a_port_that_gns3_keeps_for_a_switch_is_no_console() -> None:
    switch = replace(node("S", "ethernet_switch"), console=18507, console_type="none")
    document = console_document(switch, None, reachable=False)
    assert (document["type"], document["port"], document["reachable"]) == ("none", None, None)
    assert console_document(replace(switch, console_type="vnc"), None, reachable=False)["reachable"] is False
