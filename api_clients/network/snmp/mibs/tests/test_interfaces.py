import pytest

from api_clients.network.snmp.mibs.interfaces import interfaces, read_interfaces, speed_bps
from api_clients.network.snmp.recorded import RecordedSession

ETHERNET = {
    2: b"GigabitEthernet0/1",
    3: 6,
    4: 1500,
    5: 1_000_000_000,
    6: bytes.fromhex("0011223344ff"),
    7: 1,
    8: 7,
}


def test_the_tables_are_merged_by_index_and_sorted():
    found = interfaces(
        {"10": ETHERNET, "2": {2: b"lo", 3: 24, 8: 1}},
        {"10": {1: b"Gi0/1", 15: 1000, 18: b"uplink"}},
    )
    assert [one.index for one in found] == [2, 10]
    loopback, ethernet = found
    assert (loopback.name, loopback.description, loopback.mac, loopback.speed_bps) == ("lo", "lo", None, None)
    assert (loopback.admin_status, loopback.oper_status) == ("unknown", "up")
    assert (ethernet.name, ethernet.description, ethernet.alias) == ("Gi0/1", "GigabitEthernet0/1", "uplink")
    assert (ethernet.type, ethernet.mtu, ethernet.mac) == (6, 1500, "00:11:22:33:44:ff")
    assert (ethernet.admin_status, ethernet.oper_status) == ("up", "lowerLayerDown")


def test_an_empty_description_falls_back_on_the_name():
    (found,) = interfaces({"1": {**ETHERNET, 2: b""}}, {"1": {1: b"port1"}})
    assert (found.name, found.description) == ("port1", "port1")


def test_broken_rows_are_no_interfaces():
    assert interfaces({"1": {8: 1}, "1.2": ETHERNET, "x": ETHERNET}, {}) == ()


def test_a_row_of_ifxtable_alone_is_an_interface_that_went_away():
    assert [one.index for one in interfaces({"1": ETHERNET}, {"1": {1: b"a"}, "2": {1: b"b"}})] == [1]


def test_an_agent_without_iftable_still_shows_its_ifxtable():
    (found,) = interfaces({}, {"3": {1: b"ge-0/0/0", 15: 10_000}})
    assert (found.index, found.name, found.type, found.speed_bps) == (3, "ge-0/0/0", 0, 10_000_000_000)


@pytest.mark.parametrize(
    ("speed", "high_speed", "expected"),
    [
        (100_000_000, 100, 100_000_000),
        (1_544_000, 2, 1_544_000),  # exact where ifSpeed can say it
        (64_000, 0, 64_000),
        (4_294_967_295, 10_000, 10_000_000_000),
        (1_410_065_408, 10_000, 10_000_000_000),  # wrapped at 32 bits
        (0, 1_000, 1_000_000_000),
        (None, 25_000, 25_000_000_000),
        (4_294_967_295, None, None),
        (0, 0, 0),
        (0, 4_294_967_295, 0),  # -1 as unsigned
        (1_000_000_000, 1_000_000_000, 1_000_000_000),
        (None, 1_000_000_000, 1_000_000_000),  # bit/s where Mbit/s belong
        (-1, None, None),
        (None, None, None),
    ],
)
def test_the_speed_of_ifspeed_and_ifhighspeed(speed, high_speed, expected):
    assert speed_bps(speed, high_speed) == expected


@pytest.mark.parametrize(("sent", "expected"), [(6, 6), (2147483647, 2147483647), (-1, 0), (4294967295, 0), (None, 0)])
def test_a_type_outside_the_mibs_range_is_not_said(sent, expected):
    (found,) = interfaces({"1": {**ETHERNET, 3: sent}}, {})
    assert found.type == expected


def test_an_index_beyond_31_bits_and_a_table_with_holes():
    found = interfaces({"4294967290": ETHERNET, "2": ETHERNET}, {"4294967290": {15: 40_000}})
    assert [(one.index, one.name, one.speed_bps) for one in found] == [
        (2, "GigabitEthernet0/1", 1_000_000_000),
        (4294967290, "GigabitEthernet0/1", 40_000_000_000),
    ]


@pytest.mark.parametrize("count", [2, 200])
async def test_small_and_large_agents_are_read_by_different_walks_to_the_same_end(count):
    agent = {"1.3.6.1.2.1.2.1.0": count}
    for index in range(1, count + 1):
        agent |= {f"1.3.6.1.2.1.2.2.1.{column}.{index}": value for column, value in ETHERNET.items()}
        agent |= {f"1.3.6.1.2.1.2.2.1.10.{index}": 123456, f"1.3.6.1.2.1.31.1.1.1.1.{index}": f"Gi0/{index}".encode()}
    found = await read_interfaces(RecordedSession(agent))
    assert len(found) == count
    assert found[1].name == "Gi0/2"
    assert found[1].description == "GigabitEthernet0/1"
