from api_clients.network.snmp.mibs import host_resources, resources, ucd
from api_clients.network.snmp.mibs.vendor_resources import MEMORIES, PROCESSORS, MemorySource, memories, processors
from api_clients.network.snmp.recorded import RecordedSession
from api_clients.network.snmp.values import Memory, Processor

HR_RAM = "1.3.6.1.2.1.25.2.1.2"


def hr_storage(index: int, kind: str, description: bytes, units: int, size: int, used: int) -> dict:
    values = (kind, description, units, size, used)
    return {f"1.3.6.1.2.1.25.2.3.1.{column}.{index}": value for column, value in enumerate(values, start=2)}


async def test_a_linux_host_does_not_count_its_cache_as_used():
    agent = RecordedSession(
        {
            **hr_storage(1, HR_RAM, b"Physical memory", 1024, 1000, 900),
            **hr_storage(3, "1.3.6.1.2.1.25.2.1.3", b"Virtual memory", 1024, 1500, 905),
            **hr_storage(6, "1.3.6.1.2.1.25.2.1.1", b"Memory buffers", 1024, 1000, 100),
            **hr_storage(7, HR_RAM, b"Cached memory", 1024, 1000, 300),
            **hr_storage(10, "1.3.6.1.2.1.25.2.1.3", b"Swap space", 1024, 500, 5),
            **hr_storage(31, "1.3.6.1.2.1.25.2.1.4", b"/", 4096, 10**6, 10),
        }
    )
    assert await host_resources.read_memories(agent) == (
        Memory("1", "Physical memory", 1_024_000, 500 * 1024),
        Memory("3", "Virtual memory", 1_536_000, 905 * 1024, virtual=True),
        Memory("10", "Swap space", 512_000, 5 * 1024, virtual=True),
    )


async def test_hr_processors_with_their_names():
    agent = RecordedSession(
        {
            "1.3.6.1.2.1.25.3.3.1.2.196608": 12,
            "1.3.6.1.2.1.25.3.2.1.3.196608": b"GenuineIntel",
            "1.3.6.1.2.1.25.3.3.1.2.196609": 255,
        }
    )
    assert await host_resources.read_processors(agent) == (
        Processor("196608", "GenuineIntel", 12.0),
        Processor("196609", "", None),
    )


def test_ucd_memory_in_bytes():
    answers = {ucd.MEM_TOTAL_REAL: 1000, ucd.MEM_AVAIL_REAL: 100, ucd.MEM_BUFFER: 50, ucd.MEM_CACHED: 150}
    assert ucd.memories(answers) == (Memory("real", "Physical memory", 1_024_000, 700 * 1024),)
    assert [pool.virtual for pool in ucd.memories({**answers, ucd.MEM_TOTAL_SWAP: 500})] == [False, True]
    assert ucd.processors({ucd.SS_CPU_IDLE: 93}) == (Processor("0", "all processors", 7.0),)
    assert ucd.processors({}) == ()


def source(enterprise: str):
    return next(one for one in PROCESSORS if one.enterprise == enterprise)


def test_fastpath_says_its_load_in_a_sentence():
    sentence = b"5 Secs ( 21.4484%)   60 Secs ( 21.6921%)  300 Secs ( 15.238%)"
    assert processors(source("4413"), {"0": sentence}, {}) == (Processor("0", "", 21.6921),)


def test_hundredths_of_a_percent():
    assert processors(source("10002"), {"0": 606}, {}) == (Processor("0", "", 6.06),)


def test_parts_of_a_chassis_without_a_processor_are_left_out():
    loads = {str(index): 0 for index in range(10)} | {"3": 17}
    assert processors(source("2011"), loads, {}) == (Processor("3", "", 17.0),)


def test_memory_from_total_and_free_from_used_and_free_and_from_a_percentage():
    def one(memory_source: MemorySource, **columns: int) -> tuple[Memory, ...]:
        return memories(memory_source, {oid: {"1": value} for oid, value in columns.items()})

    assert one(MemorySource("x", total="t", free="f", unit_bytes=1024), t=100, f=40) == (
        Memory("1", "", 102400, 61440),
    )
    assert one(MemorySource("x", used="u", free="f"), u=60, f=40) == (Memory("1", "", 100, 60),)
    assert one(MemorySource("x", total="t", used_percent="p"), t=200, p=25) == (Memory("1", "", 200, 50),)
    assert one(MemorySource("x", total="t", free="f"), t=0, f=0) == ()


async def test_the_vendors_own_table_comes_first_and_others_are_not_asked():
    cisco = {"1.3.6.1.4.1.9.9.109.1.1.1.1.7.1": 9, "1.3.6.1.2.1.25.3.3.1.2.1": 50}
    assert await resources.read_processors(RecordedSession(cisco), "1.3.6.1.4.1.9.1.1") == (Processor("1", "", 9.0),)
    assert await resources.read_processors(RecordedSession(cisco), "1.3.6.1.4.1.99.1") == (Processor("1", "", 50.0),)


def test_every_source_is_complete():
    for memory in MEMORIES:
        assert memory.total or (memory.used and memory.free), memory
        assert memory.used or memory.free or memory.used_percent, memory
