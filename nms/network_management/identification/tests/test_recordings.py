"""64 recorded devices, and how far our reading agrees with LibreNMS's.

The recordings are test data beside the checkout; the rules were not written for them (other devices are listed
in descriptions.py). Where conventions differ, this file says so; the rules know nothing of it.
"""

import asyncio
import re

import pytest

from api_clients.network.snmp.interface_types import interface_type_name
from api_clients.network.snmp.mibs.decoding import prefix_length
from api_clients.network.snmp.recorded import RecordedSession
from nms.network_management.identification.tests.recordings import expected_of, look_at, look_at_all
from nms.tests.shared_data import shared

LIBRENMS_NAMES: dict[str, str] = {}  # LibreNMS's name of a system -> ours, where they differ
HIDDEN = "<private>"
NET_MASK = "1.3.6.1.2.1.4.20.1.3"


@pytest.fixture(scope="module")
def folder():
    return shared("datasets/librenms")


@pytest.fixture(scope="module")
def expected(folder):
    return expected_of(folder)


@pytest.fixture(scope="module")
def found(folder):
    return look_at_all(folder)


def share_right(verdicts: dict[str, bool]) -> float:
    wrong = sorted(name for name, right in verdicts.items() if not right)
    print(f"{len(verdicts) - len(wrong)} of {len(verdicts)} right; wrong: {', '.join(wrong) or 'none'}")
    return 1 - len(wrong) / len(verdicts)


def alike(ours: str, theirs: str) -> bool:
    """Equal but for punctuation and case, or one names the same thing at more length.

    "Catalyst C1200 V04" against "C1200": LibreNMS adds hardware revisions, firmware, or the vendor's name.
    """
    one, other = (re.sub(r"[^a-z0-9.]", "", told.lower()) for told in (ours, theirs))
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= 3 and shorter in longer


def test_the_operating_system(found, expected):
    verdicts = {
        name: found[name].identification.os == LIBRENMS_NAMES.get(told.device["os"], told.device["os"])
        for name, told in expected.items()
    }
    assert len(verdicts) >= 64
    assert share_right(verdicts) >= 0.98


@pytest.mark.parametrize(("field", "theirs"), [("model", "hardware"), ("version", "version"), ("serial", "serial")])
def test_model_version_and_serial_number(found, expected, field, theirs):
    verdicts = {
        name: alike(getattr(found[name].identification, field), told.device[theirs])
        for name, told in expected.items()
        if told.device[theirs] and told.device[theirs] != HIDDEN
    }
    assert len(verdicts) >= 20
    assert share_right(verdicts) >= 0.95


def test_every_device_has_a_vendor_and_a_role(found):
    assert [name for name, one in found.items() if not (one.identification.vendor and one.identification.role)] == []


def test_nothing_went_wrong_on_the_way(found):
    assert {name: one.profile.problems for name, one in found.items() if one.profile.problems} == {}


def test_interfaces_agree_in_index_description_name_and_type(found, expected):
    compared = 0
    for name, told in expected.items():
        ours = {one.index: one for one in found[name].profile.interfaces}
        for theirs in told.rows("ports", "ports"):
            one = ours[theirs["ifIndex"]]
            assert (one.description, one.name) == (theirs["ifDescr"], theirs["ifName"]), name
            assert interface_type_name(one.type) == theirs["ifType"], name
            assert (one.mac or "").replace(":", "") == (theirs["ifPhysAddress"] or "").replace("0" * 12, ""), name
            compared += 1
    assert compared > 500


def test_interfaces_agree_in_speed(found, expected):
    compared = 0
    for name, told in expected.items():
        ours = {one.index: one for one in found[name].profile.interfaces}
        for theirs in told.rows("ports", "ports"):
            speed = theirs["ifSpeed"]
            if speed is None:  # not asked, or LibreNMS keeps no speed of this interface
                continue
            if speed >= 10**14:  # bit/s in ifHighSpeed, which LibreNMS takes for Mbit/s
                speed //= 1_000_000
            assert ours[theirs["ifIndex"]].speed_bps == speed, (name, theirs["ifIndex"])
            compared += 1
    assert compared > 200


def test_addresses_agree(found, expected, folder):
    """Interface and address always; the prefix length where the agent says it, for LibreNMS guesses one by class."""
    compared = 0
    for name, told in expected.items():
        ours = {(one.if_index, one.address): one.prefix_length for one in found[name].profile.addresses}
        for theirs in told.rows("ipv4-addresses", "ipv4_addresses"):
            address = theirs["ipv4_address"]
            length = ours[theirs["ifIndex"], address]
            if length is None:
                mask = asyncio.run(mask_of(RecordedSession.from_snmprec(folder / f"{name}.snmprec"), address))
                assert not prefix_length(mask), (name, address)
            else:
                assert length == theirs["ipv4_prefixlen"], (name, address)
            compared += 1
    assert compared > 60


async def mask_of(session: RecordedSession, address: str) -> str | None:
    value = (await session.get_many([f"{NET_MASK}.{address}"])).get(f"{NET_MASK}.{address}")
    return value if isinstance(value, str) else None


def test_vlans_agree(found, expected):
    compared = 0
    for name, told in expected.items():
        ours = {one.vlan_id: one.name for one in found[name].profile.vlans}
        for theirs in told.rows("vlans", "vlans"):
            number = theirs["vlan_vlan"]
            assert (ours[number] or f"VLAN {number}") == theirs["vlan_name"], name
            compared += 1
    assert compared > 40


def test_lldp_neighbours_agree_in_local_interface_and_remote_port(found, expected):
    compared = 0
    for name, told in expected.items():
        names = {one.index: one.name for one in found[name].profile.interfaces}
        ours = {
            (names.get(one.local_if_index), one.port_id)
            for one in found[name].profile.neighbors
            if one.protocol == "lldp"
        }
        for theirs in told.rows("discovery-protocols", "links"):
            if theirs["protocol"] != "lldp":
                continue
            port = re.sub(r" \([0-9a-f]*\)$", "", theirs["remote_port"])  # "g8 (9418657f8889)": with the chassis ID
            if re.fullmatch(r"(?:[0-9A-F]{2} ){5}[0-9A-F]{2}", port):
                port = port.lower().replace(" ", ":")
            assert (theirs["ifName"], port) in ours, name
            compared += 1
    assert compared > 13


def test_the_session_in_memory_reads_what_the_wire_does(found, folder):
    """The fake beside the port: the same profile and identification as the real client over UDP."""
    for path in sorted(folder.glob("*.snmprec")):
        in_memory = asyncio.run(look_at(RecordedSession.from_snmprec(path)))
        assert in_memory.identification == found[path.stem].identification, path.stem
        for part in ("system", "interfaces", "addresses", "vlans", "components", "processors", "memories", "neighbors"):
            over_the_wire = getattr(found[path.stem].profile, part)
            assert getattr(in_memory.profile, part) == over_the_wire, (path.stem, part)
