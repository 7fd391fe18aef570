"""read_profile over sessions in memory; over the wire it is tested with the recordings and the real network."""

import pytest

from api_clients.domain.errors import CircuitOpen, Malformed, Unreachable
from api_clients.network.snmp.errors import AgentFailure
from api_clients.network.snmp.profile import ALL, read_profile
from api_clients.network.snmp.recorded import RecordedSession

AGENT = {
    "1.3.6.1.2.1.1.1.0": b"Linux host 6.1\r\nsecond line",
    "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.8072.3.2.10",
    "1.3.6.1.2.1.1.3.0": 12345,
    "1.3.6.1.2.1.1.5.0": b"host.example.org",
    "1.3.6.1.2.1.1.7.0": 72,
    "1.3.6.1.6.3.10.2.1.1.0": bytes.fromhex("80001f8880aabbccdd"),
    "1.3.6.1.2.1.2.2.1.2.1": b"lo",
    "1.3.6.1.2.1.2.2.1.3.1": 24,
    "1.3.6.1.2.1.4.20.1.2.127.0.0.1": 1,
    "1.3.6.1.2.1.4.20.1.3.127.0.0.1": "255.0.0.0",
    "1.0.8802.1.1.2.1.3.1.0": 4,
    "1.0.8802.1.1.2.1.3.2.0": bytes.fromhex("001122334455"),
}


async def test_a_whole_profile():
    profile = await read_profile(RecordedSession(AGENT))
    assert profile.system.description == "Linux host 6.1\nsecond line"
    assert profile.system.uptime_seconds == 123.45
    assert profile.system.engine_id == "80001f8880aabbccdd"
    assert profile.system.services == 72
    assert [one.name for one in profile.interfaces] == ["lo"]
    assert [one.prefix_length for one in profile.addresses] == [8]
    assert profile.lldp is not None
    assert profile.lldp.chassis_id == "00:11:22:33:44:55"
    assert profile.problems == {}


async def test_a_part_that_fails_is_named_and_the_rest_stands():
    agent = RecordedSession(
        AGENT,
        failing={
            "1.3.6.1.2.1.4.20": Unreachable("no answer within 1 s"),
            "1.3.6.1.2.1.47": Malformed("the walk does not advance"),
            "1.3.6.1.4.1.9.9.23": CircuitOpen("open"),
        },
    )
    profile = await read_profile(agent)
    assert profile.problems == {
        "addresses": "no answer within 1 s",
        "components": "the walk does not advance",
        "cdp": "open",
    }
    assert (profile.addresses, profile.components) == ((), ())
    assert [one.name for one in profile.interfaces] == ["lo"]


async def test_a_failing_system_group_raises():
    with pytest.raises(Unreachable):
        await read_profile(RecordedSession(AGENT, failing={"1.3.6.1.2.1.1": Unreachable("silent")}))


async def test_an_agent_that_fails_at_its_engine_still_has_a_system_group():
    agent = RecordedSession(AGENT, failing={"1.3.6.1.6.3": AgentFailure("genErr", status=5)})
    system = (await read_profile(agent, parts=())).system
    assert (system.name, system.engine_id, system.uptime_seconds) == ("host.example.org", None, 123.45)


async def test_an_agent_without_a_system_group_raises():
    with pytest.raises(Malformed, match=r"1\.3\.6\.1\.2\.1\.1"):
        await read_profile(RecordedSession({"1.3.6.1.2.1.2.2.1.2.1": b"lo"}))


async def test_only_the_wanted_parts_are_asked_for():
    agent = RecordedSession(AGENT)
    profile = await read_profile(agent, parts={"addresses"})
    assert (profile.interfaces, profile.lldp) == ((), None)
    assert len(profile.addresses) == 1
    assert agent.requests < 12
    with pytest.raises(ValueError, match="ports"):
        await read_profile(agent, parts={"ports"})


async def test_lldp_brings_the_interfaces_with_it():
    assert (await read_profile(RecordedSession(AGENT), parts={"lldp"})).interfaces


async def test_an_agent_without_sysuptime_tells_its_uptime_by_its_engine():
    agent = {oid: value for oid, value in AGENT.items() if not oid.startswith("1.3.6.1.2.1.1.3")}
    profile = await read_profile(RecordedSession({**agent, "1.3.6.1.6.3.10.2.1.3.0": 77}), parts=())
    assert profile.system.uptime_seconds == 77.0


GARBAGE = (b"\xff\x00\xfe", -1, 2**64, "1.2.3", b"", None, "not an oid", b"9" * 300, 10**30)


@pytest.mark.parametrize("seed", range(len(GARBAGE)))
async def test_garbage_in_every_table_crashes_nothing(seed):
    """Every column of every table the reader asks for, with values of wrong types and impossible indexes."""
    tables = [
        *(f"1.3.6.1.2.1.2.2.1.{column}" for column in range(1, 23)),
        *(f"1.3.6.1.2.1.31.1.1.1.{column}" for column in range(1, 20)),
        *(f"1.3.6.1.2.1.4.34.1.{column}" for column in range(3, 7)),
        *(f"1.3.6.1.2.1.4.20.1.{column}" for column in range(1, 6)),
        *(f"1.3.6.1.2.1.55.1.8.1.{column}" for column in range(1, 4)),
        *(f"1.3.6.1.2.1.47.1.1.1.1.{column}" for column in range(2, 17)),
        *(f"1.3.6.1.2.1.25.2.3.1.{column}" for column in range(1, 7)),
        *(f"1.0.8802.1.1.2.1.3.7.1.{column}" for column in range(1, 5)),
        *(f"1.0.8802.1.1.2.1.4.1.1.{column}" for column in range(1, 13)),
        *(f"1.0.8802.1.1.2.1.4.2.1.{column}" for column in range(1, 6)),
        *(f"1.3.6.1.4.1.9.9.23.1.2.1.1.{column}" for column in range(1, 24)),
        "1.3.6.1.2.1.25.3.3.1.2",
        "1.3.6.1.2.1.4.22.1.2",
        "1.3.6.1.2.1.4.35.1.4",
        "1.3.6.1.2.1.4.24.7.1.9",
        "1.3.6.1.2.1.4.24.4.1.7",
        "1.3.6.1.2.1.17.7.1.4.3.1.1",
        "1.3.6.1.2.1.17.1.4.1.2",
    ]
    indexes = ("1", "0", "4294967295", "1.4.999.0.0.1", "2.16.1", "1.2.3", "5.1.4.10.0.0.1", "1.0.0.0.0.0.300.1")
    agent = {
        f"{column}.{index}": GARBAGE[(seed + n) % len(GARBAGE)] for n, column in enumerate(tables) for index in indexes
    }
    agent |= {
        "1.3.6.1.2.1.1.1.0": b"\xff\xfe\x00",
        "1.3.6.1.2.1.1.2.0": "1.3.6.1.4.1.9.1.1",
        "1.3.6.1.2.1.1.3.0": b"soon",
    }
    profile = await read_profile(RecordedSession(agent))
    assert profile.problems == {}
    assert profile.system.uptime_seconds is None


def test_every_part_is_known_by_name():
    assert "lldp" in ALL
    assert len(ALL) == 10
