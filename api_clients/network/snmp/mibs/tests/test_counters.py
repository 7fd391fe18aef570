from api_clients.network.snmp.mibs.counters import InterfaceCounters, read_counters
from api_clients.network.snmp.recorded import RecordedSession

IF_TABLE, IF_X_TABLE = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"


async def test_counters_of_64_bits_are_preferred_and_narrow_ones_stand_in():
    session = RecordedSession(
        {
            **{f"{IF_TABLE}.{column}.1": 7 for column in (10, 13, 14, 16, 19, 20)},
            **{f"{IF_TABLE}.{column}.2": 9 for column in (10, 16)},
            f"{IF_X_TABLE}.6.1": 2**40,
            f"{IF_X_TABLE}.10.1": 2**41,
        }
    )
    wide, narrow = await read_counters(session)
    assert wide == InterfaceCounters(1, 2**40, 2**41, 7, 7, 7, 7, wide=True)
    assert narrow == InterfaceCounters(2, 9, 9, None, None, None, None, wide=False)


async def test_an_agent_that_counts_nothing_has_no_rows():
    assert await read_counters(RecordedSession({"1.3.6.1.2.1.1.1.0": b"quiet"})) == ()
