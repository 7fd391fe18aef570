import pytest

from api_clients.network.snmp.mibs.lldp import V1, V2, local_port_ids, neighbors, read_lldp
from api_clients.network.snmp.mibs.lldp_ids import chassis_id, management_address, port_id
from api_clients.network.snmp.mibs.lldp_ports import PortMap
from api_clients.network.snmp.recorded import RecordedSession
from api_clients.network.snmp.values import Interface

MAC = bytes.fromhex("001122334455")


def interface(index: int, name: str, *, description: str = "", alias: str = "", mac: str | None = None) -> Interface:
    return Interface(index, name, description or name, alias, 6, 1500, None, mac, "up", "up")


@pytest.mark.parametrize(
    ("subtype", "value", "expected"),
    [
        (1, b"SN-0815", "SN-0815"),  # chassisComponent
        (2, b"uplink alias", "uplink alias"),
        (3, b"Slot 1", "Slot 1"),
        (4, MAC, "00:11:22:33:44:55"),
        (4, b"00:11:22:33:44:55", "00:11:22:33:44:55"),
        (4, b"\x00\x11", "00:11"),  # too short for a MAC address: shown as it came
        (5, b"\x01\xc0\x00\x02\x01", "192.0.2.1"),
        (5, b"\xc0\x00\x02\x01", "192.0.2.1"),  # without the address family
        (5, b"192.0.2.1", "192.0.2.1"),  # printed
        (5, b"10.0.0.1", "10.0.0.1"),
        (5, b"2001:db8::1:2:3a", "2001:db8::1:2:3a"),  # printed, in sixteen characters
        (5, b"\x02" + bytes(15) + b"\x01", "::1"),
        (5, b"\x06" + MAC, "06:00:11:22:33:44:55"),  # another address family
        (5, b"\x06\x00" + MAC, "06:00:00:11:22:33:44:55"),
        (6, b"eth0\x00", "eth0"),
        (7, b"core-1", "core-1"),
        (7, MAC, "00:11:22:33:44:55"),
        (0, b"", ""),
        (99, b"whatever", "whatever"),
    ],
)
def test_chassis_ids_are_rendered_by_subtype(subtype, value, expected):
    assert chassis_id(subtype, value) == expected


@pytest.mark.parametrize(
    ("subtype", "value", "expected"),
    [
        (1, b"to core", "to core"),
        (2, b"port 1", "port 1"),
        (3, MAC, "00:11:22:33:44:55"),
        (4, b"\x01\x0a\x00\x00\x01", "10.0.0.1"),
        (5, b"ge-0/0/1.0", "ge-0/0/1.0"),
        (6, b"circuit", "circuit"),
        (7, b"513", "513"),
        (7, b"\x00\x00\x02\x01", "00:00:02:01"),
        (3, None, ""),
    ],
)
def test_port_ids_are_rendered_by_subtype(subtype, value, expected):
    assert port_id(subtype, value) == expected


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ((1, 4, 10, 0, 0, 1), "10.0.0.1"),
        ((1, 10, 0, 0, 1), "10.0.0.1"),
        ((2, 16, *([0] * 15), 1), "::1"),
        ((6, 6, 0, 17, 34, 51, 68, 85), None),
        ((1, 4, 10, 0), None),
        ((1, 4, 10, 0, 0, 300), None),
        ((), None),
    ],
)
def test_management_addresses_stand_in_the_index(index, expected):
    assert management_address(index) == expected


INTERFACES = (
    interface(101, "Gi0/1", description="GigabitEthernet0/1", alias="to core", mac="00:11:22:33:44:55"),
    interface(102, "Gi0/2", description="GigabitEthernet0/2", alias="spare", mac="00:11:22:33:44:66"),
    interface(103, "Gi0/3", description="GigabitEthernet0/3", alias="spare", mac="00:11:22:33:44:66"),
    interface(1, "Null0"),
    interface(2, "Vlan1"),
)


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ((5, "Gi0/1", ""), 101),
        ((5, "GigabitEthernet0/2", ""), 102),
        ((1, "to core", ""), 101),
        ((1, "spare", "Gi0/3"), 103),  # the alias is not unique, the description is
        ((1, "Gi0/2", ""), 102),  # a name under the subtype alias
        ((3, "00:11:22:33:44:55", ""), 101),
        ((3, "00:11:22:33:44:66", "GigabitEthernet0/3"), 103),  # two ports with one MAC address
        ((7, "102", ""), 102),  # ifIndex in digits
        ((7, "Gi0/3", ""), 103),
        ((7, "\u00b2", ""), 2),  # a digit that is no number
        ((7, "unheard of", "to core"), 101),
        ((7, "", ""), 2),  # nothing but the number is left
        ((5, "999", "no such port"), 2),
    ],
)
def test_the_local_port_is_mapped_by_its_id_before_its_number(local, expected):
    assert PortMap(INTERFACES, {2: local}).if_index(2) == expected


def test_the_bridge_port_table_comes_before_the_bare_number():
    assert PortMap(INTERFACES, {}, {"2": 103}).if_index(2) == 103
    assert PortMap(INTERFACES, {}, {"2": 999}).if_index(2) == 2
    assert PortMap(INTERFACES, {}).if_index(77) is None


REMOTE = {4: 4, 5: MAC, 6: 5, 7: b"xe-0/0/1", 8: b"uplink", 9: b"core", 10: b"Junos", 11: b"\x28\x00", 12: b"\x28\x00"}


def test_a_neighbour_with_its_management_addresses():
    (found,) = neighbors(
        V1,
        {"4711.2.9": REMOTE},
        {"4711.2.9.1.4.10.0.0.1": {3: 2}, "4711.2.9.2.16" + ".0" * 15 + ".1": {3: 2}, "4711.2.8.1.4.10.9.9.9": {3: 2}},
        PortMap(INTERFACES, {2: (5, "Gi0/1", "")}),
    )
    assert (found.local_port, found.local_if_index) == (2, 101)
    assert (found.chassis_id_subtype, found.chassis_id) == (4, "00:11:22:33:44:55")
    assert (found.port_id_subtype, found.port_id, found.port_description) == (5, "xe-0/0/1", "uplink")
    assert (found.system_name, found.system_description) == ("core", "Junos")
    assert found.management_addresses == ("10.0.0.1", "::1")
    assert found.capabilities == ("bridge", "router")


def test_the_time_mark_is_no_part_of_a_neighbours_identity():
    older, newer = {**REMOTE, 9: b"old"}, {**REMOTE, 9: b"new"}
    found = neighbors(V1, {"100.2.9": older, "200.2.9": newer}, {"100.2.9.1.4.10.0.0.1": {}}, PortMap((), {}))
    assert [(one.system_name, one.management_addresses) for one in found] == [("new", ("10.0.0.1",))]


def test_two_neighbours_on_one_port_are_two():
    found = neighbors(V1, {"0.2.1": REMOTE, "0.2.2": {**REMOTE, 9: b"phone"}}, {}, PortMap((), {}))
    assert [one.system_name for one in found] == ["core", "phone"]


def test_rows_without_identity_or_index_are_left_out():
    assert neighbors(V1, {"1": REMOTE, "0.1.1": {4: 0, 5: b""}}, {}, PortMap((), {})) == ()


@pytest.mark.parametrize("sent", [-1, 256, 4294967295, None])
def test_a_subtype_that_is_no_octet_is_not_known(sent):
    (found,) = neighbors(V1, {"0.2.1": {**REMOTE, 4: sent, 6: sent}}, {}, PortMap((), {}))
    assert (found.chassis_id_subtype, found.port_id_subtype) == (0, 0)
    assert local_port_ids({"7": {2: sent, 3: b"eth0"}}) == {7: (0, "eth0", "")}


def test_local_ports_keep_their_subtype():
    assert local_port_ids({"7": {2: 3, 3: MAC, 4: b"eth0"}, "1.2": {2: 1}}) == {7: (3, "00:11:22:33:44:55", "eth0")}


async def test_an_agent_with_lldp_v2_is_read_from_there():
    base = "1.3.111.2.802.1.1.13.1"
    agent = RecordedSession(
        {
            f"{base}.3.1.0": 4,
            f"{base}.3.2.0": MAC,
            f"{base}.3.7.1.2.101": 5,
            f"{base}.3.7.1.3.101": b"Gi0/1",
            **{f"{base}.4.1.1.{column + 1}.50.101.1.3": value for column, value in REMOTE.items()},
            f"{base}.4.2.1.3.50.101.1.3.1.4.10.0.0.7": 2,
        }
    )
    found = await read_lldp(agent, INTERFACES)
    assert found.identity is not None
    assert (found.identity.chassis_id, found.identity.ports) == ("00:11:22:33:44:55", {101: (5, "Gi0/1", "")})
    (neighbor,) = found.neighbors
    assert (neighbor.local_port, neighbor.local_if_index, neighbor.system_name) == (101, 101, "core")
    assert neighbor.management_addresses == ("10.0.0.7",)
    assert V2.index_arcs == 4


async def test_an_agent_without_lldp_costs_few_requests():
    agent = RecordedSession({"1.3.6.1.2.1.1.1.0": b"printer"})
    found = await read_lldp(agent, ())
    assert (found.identity, found.neighbors) == (None, ())
    assert agent.requests == 6


async def test_a_tplink_switch_tells_its_neighbours_in_words():
    row = {3: b"MAC address", 4: b"00:11:22:33:44:55", 5: b"Interface name", 6: b"ether1", 8: b"uplink", 9: b"core"}
    row |= {12: b"Bridge Router ", 13: b"::192.0.2.7"}
    agent = RecordedSession(
        {f"1.3.6.1.4.1.11863.6.35.1.2.2.1.{column}.49167.1": value for column, value in row.items()}
    )
    (found,) = (await read_lldp(agent, (), "1.3.6.1.4.1.11863.5.190")).neighbors
    assert (found.local_if_index, found.chassis_id_subtype, found.chassis_id) == (49167, 4, "00:11:22:33:44:55")
    assert (found.port_id_subtype, found.port_id, found.system_name) == (5, "ether1", "core")
    assert (found.capabilities, found.management_addresses) == (("bridge", "router"), ("192.0.2.7",))
    assert (await read_lldp(agent, (), "1.3.6.1.4.1.9.1.1")).neighbors == ()
