"""The registry's numbers stand in the table by position: spot checks along it would show one lost or doubled."""

import pytest

from api_clients.network.snmp.interface_types import INTERFACE_TYPES, interface_type_name


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (1, "other"),
        (6, "ethernetCsmacd"),
        (24, "softwareLoopback"),
        (53, "propVirtual"),
        (62, "fastEther"),
        (100, "voiceEM"),
        (117, "gigabitEthernet"),
        (131, "tunnel"),
        (135, "l2vlan"),
        (161, "ieee8023adLag"),
        (188, "radioMAC"),
        (209, "bridge"),
        (246, "ifPwType"),
        (272, "vmwareNicTeam"),
        (277, "docsOfdmDownstream"),
        (290, "ghn"),
        (303, "p2pOverLan"),
        (273, "273"),
        (99999, "99999"),
    ],
)
def test_a_number_has_its_registered_name(number: int, name: str) -> None:
    assert interface_type_name(number) == name


def test_no_name_stands_for_two_numbers() -> None:
    assert len(set(INTERFACE_TYPES.values())) == len(INTERFACE_TYPES) == 299
