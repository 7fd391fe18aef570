from api_clients.network.snmp.mibs.arp import arp
from api_clients.network.snmp.mibs.cdp import capabilities, neighbors
from api_clients.network.snmp.mibs.entity import components
from api_clients.network.snmp.mibs.vlans import merge, read_vlans, vlans
from api_clients.network.snmp.recorded import RecordedSession
from api_clients.network.snmp.values import ArpEntry, Vlan

MAC = bytes.fromhex("001122334455")


def test_a_cdp_neighbour_with_ipv4_and_ipv6_addresses():
    (found,) = neighbors(
        {
            "10101.3": {
                3: 1,
                4: bytes([10, 0, 0, 2]),
                5: b"Cisco IOS Software",
                6: b"sw2.example.org",
                7: b"GigabitEthernet1/0/1",
                8: b"cisco WS-C2960X",
                9: b"\x00\x00\x00\x29",
                19: 20,
                20: bytes(15) + b"\x01",
                21: 1,
                22: bytes(4),
            }
        }
    )
    assert (found.protocol, found.local_port, found.local_if_index) == ("cdp", 10101, 10101)
    assert (found.chassis_id_subtype, found.port_id_subtype) == (None, None)
    assert (found.chassis_id, found.system_name, found.port_id) == (
        "sw2.example.org",
        "sw2.example.org",
        "GigabitEthernet1/0/1",
    )
    assert found.management_addresses == ("::1", "10.0.0.2")
    assert found.capabilities == ("router", "bridge")
    assert found.platform == "cisco WS-C2960X"


def test_broken_cdp_rows_are_left_out_and_a_binary_device_id_is_readable():
    found = neighbors({"1": {6: b"x"}, "1.2": {}, "1.3": {6: MAC, 7: b"Port 1"}})
    assert [one.chassis_id for one in found] == ["00:11:22:33:44:55"]


def test_cdp_capabilities_as_octets_or_number():
    assert capabilities(b"\x00\x00\x00\x90") == ("stationOnly", "telephone")
    assert capabilities(1) == ("router",)
    assert capabilities(None) == ()


def test_both_arp_tables_are_one():
    found = arp(
        {"3.10.0.0.1": MAC, "3.10.0.0.9": b"", "3.10.0": MAC},
        {
            "3.1.4.10.0.0.1": MAC,
            "3.2.16.254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.1": MAC,
            "4.1.4.10.0.0.1": MAC,
        },
    )
    station = "00:11:22:33:44:55"
    assert found == (
        ArpEntry(3, "10.0.0.1", station),
        ArpEntry(3, "fe80::1", station),
        ArpEntry(4, "10.0.0.1", station),
    )


def test_vlans_take_their_number_from_the_index_or_from_a_column():
    assert vlans({"1.20": b"voice", "1.4095": b"x", "0": b"y"}) == [Vlan(20, "voice")]
    assert vlans({"7": b"users", "8": b"gone"}, {"7": 30}) == [Vlan(30, "users")]
    assert merge([Vlan(2, ""), Vlan(1, "default"), Vlan(2, "named"), Vlan(2, "late")]) == (
        Vlan(1, "default"),
        Vlan(2, "named"),
    )


async def test_vlans_of_a_cisco_come_from_its_own_table():
    agent = RecordedSession({"1.3.6.1.4.1.9.9.46.1.3.1.1.4.1.10": b"users"})
    assert await read_vlans(agent, "1.3.6.1.4.1.9.1.1208") == (Vlan(10, "users"),)
    assert await read_vlans(agent, "1.3.6.1.4.1.2636.1") == ()


async def test_learnt_vlans_complete_the_configured_ones():
    agent = RecordedSession({"1.3.6.1.2.1.17.7.1.4.3.1.1.10": b"users", "1.3.6.1.2.1.17.7.1.4.2.1.4.0.20": b"\x80"})
    assert await read_vlans(agent) == (Vlan(10, "users"), Vlan(20, ""))


def test_physical_components():
    (chassis, port) = components(
        {
            "1001": {2: b"Gi0/1", 4: 1, 5: 10, 7: b"Gi0/1"},
            "1": {
                2: b"Chassis",
                3: "1.3.6.1.4.1.9.12.3.1.3",
                4: 0,
                5: 3,
                10: b"15.2",
                11: b"FOC1",
                12: b"Cisco",
                13: b"WS",
            },
            "x": {2: b"?"},
        }
    )
    assert (chassis.index, chassis.class_name, chassis.serial, chassis.model) == (1, "chassis", "FOC1", "WS")
    assert (chassis.vendor_type, chassis.manufacturer, chassis.software_revision) == (
        "1.3.6.1.4.1.9.12.3.1.3",
        "Cisco",
        "15.2",
    )
    assert (port.index, port.contained_in, port.class_name, port.serial) == (1001, 1, "port", "")
