"""Processors and memory in vendors' own MIBs: where each keeps them, as data, and one reader for all.

A source's OIDs are columns: a scalar is a column whose one row has index 0. Units are bytes in one unit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from api_clients.network.snmp.mibs.decoding import integer, line, text
from api_clients.network.snmp.mibs.host_resources import percent
from api_clients.network.snmp.mibs.tables import Session, read_column, together
from api_clients.network.snmp.values import Memory, Processor, Value

KILO, MEGA = 1024, 1024 * 1024


@dataclass(frozen=True, slots=True)
class ProcessorSource:
    """`enterprise` is the prefix of sysObjectID under enterprises; `names` a column of names by the same index."""

    enterprise: str
    load: str
    names: str = ""
    parts_of_percent: int = 1  # 100 where the agent counts hundredths


@dataclass(frozen=True, slots=True)
class MemorySource:
    """Either `used` or `free` beside `total`, or both without it, or `used_percent` of `total`."""

    enterprise: str
    total: str = ""
    used: str = ""
    free: str = ""
    used_percent: str = ""
    names: str = ""
    unit_bytes: int = 1


E = "1.3.6.1.4.1."
# A vendor's sources stand in order of preference; the first that gives anything is taken.
PROCESSORS = (
    ProcessorSource("9.6.1", f"{E}9.6.1.101.1.8"),  # CISCOSB-rndMng rlCpuUtilDuringLastMinute
    ProcessorSource("9", f"{E}9.9.109.1.1.1.1.7"),  # CISCO-PROCESS-MIB cpmCPUTotal1minRev
    ProcessorSource("9", f"{E}9.9.109.1.1.1.1.4"),  # cpmCPUTotal1min
    ProcessorSource("9", f"{E}9.2.1.57"),  # OLD-CISCO-CPU-MIB avgBusy1
    ProcessorSource("9", f"{E}14179.1.1.5.1"),  # AIRESPACE-SWITCHING-MIB agentCurrentCPUUtilization
    ProcessorSource("9", f"{E}9.6.1.101.1.8"),  # small business switches under 9.1 (Catalyst 1200, 1300)
    ProcessorSource("14179", f"{E}14179.1.1.5.1"),
    ProcessorSource("2636", f"{E}2636.3.1.13.1.8", names=f"{E}2636.3.1.13.1.5"),  # jnxOperatingCPU
    ProcessorSource("2011", f"{E}2011.5.25.31.1.1.1.1.5"),  # HUAWEI-ENTITY-EXTENT-MIB hwEntityCpuUsage
    ProcessorSource("25506", f"{E}25506.2.6.1.1.1.1.6"),  # HH3C-ENTITY-EXT-MIB hh3cEntityExtCpuUsage
    ProcessorSource("12356", f"{E}12356.101.4.1.3"),  # FORTINET-FORTIGATE-MIB fgSysCpuUsage
    ProcessorSource("11", f"{E}11.2.14.11.5.1.9.6.1"),  # STATISTICS-MIB hpSwitchCpuStat
    ProcessorSource("3375", f"{E}3375.2.1.7.5.2.1.27"),  # F5-BIGIP-SYSTEM-MIB sysMultiHostCpuUsageRatio1m
    ProcessorSource("1916", f"{E}1916.1.32.1.2"),  # EXTREME-SOFTWARE-MONITOR-MIB extremeCpuMonitorTotalUtilization
    ProcessorSource("674.10895", f"{E}674.10895.5000.2.6132.1.1.1.1.4.9"),  # FASTPATH agentSwitchCpuProcess...
    ProcessorSource("4413", f"{E}4413.1.1.1.1.4.9"),
    ProcessorSource("6027", f"{E}6027.3.26.1.4.4.1.4"),  # DELL-NETWORKING-CHASSIS-MIB dellNetCpuUtil1Min
    ProcessorSource("6027", f"{E}6027.3.10.1.2.9.1.3"),  # F10-S-SERIES-CHASSIS-MIB chStackUnitCpuUtil1Min
    ProcessorSource("6027", f"{E}6027.3.19.1.2.8.1.2"),  # F10-M-SERIES-CHASSIS-MIB
    ProcessorSource("171", f"{E}171.12.1.1.6.2"),  # AGENT-GENERAL-MIB agentCPUutilizationIn1min
    ProcessorSource("171", f"{E}171.12.1.1.6.1"),  # agentCPUutilizationIn5sec
    ProcessorSource("11863", f"{E}11863.6.4.1.1.1.1.3"),  # TPLINK-SYSMONITOR-MIB tpSysMonitorCpu1Minute
    ProcessorSource("11863", f"{E}11863.6.4.1.1.1.1.2"),  # tpSysMonitorCpu5Seconds
    ProcessorSource("890", f"{E}890.1.15.3.2.7"),  # ZYXEL-ES-COMMON sysMgmtCPUUsage
    ProcessorSource("890", f"{E}890.1.15.3.2.4"),
    ProcessorSource("14823", f"{E}14823.2.2.1.2.1.13.1.3", names=f"{E}14823.2.2.1.2.1.13.1.2"),  # wlsxSysXProcessorLoad
    ProcessorSource("14823", f"{E}14823.2.3.3.1.2.1.1.7", names=f"{E}14823.2.3.3.1.2.1.1.2"),  # aiAPCPUUtilization
    ProcessorSource("2620", f"{E}2620.1.6.7.5.1.5"),  # CHECKPOINT-MIB multiProcUsage
    ProcessorSource("2620", f"{E}2620.1.6.7.2.4"),  # procUsage
    ProcessorSource("1991", f"{E}1991.1.1.2.1.52"),  # FOUNDRY-SN-AGENT-MIB snAgGblCpuUtil1MinAvg
    ProcessorSource("6527", f"{E}6527.3.1.2.1.1.1"),  # TIMETRA-SYSTEM-MIB sgiCpuUsage
    ProcessorSource("6486", f"{E}6486.800.1.2.1.16.1.1.1.13"),  # ALCATEL-IND1-HEALTH-MIB healthDeviceCpuLatest
    ProcessorSource("6486", f"{E}6486.801.1.2.1.16.1.1.1.1.1.11"),
    ProcessorSource("207", f"{E}207.8.4.4.3.3.3"),  # AT-SYSINFO-MIB cpuUtilisationAvgLastMinute
    ProcessorSource("3902", f"{E}3902.3.6002.2.1.1.9"),  # ZTE zxDslCardCpuLoad and kin
    ProcessorSource("2604", f"{E}2604.5.1.2.1"),  # SFOS-FIREWALL-MIB cpuPercentUsage
    ProcessorSource("8741", f"{E}8741.1.3.1.3"),  # SONICWALL-FIREWALL-IP-STATISTICS-MIB sonicCurrentCPUUtil
    ProcessorSource("41112.1.4", f"{E}41112.1.4.8.3", parts_of_percent=100),  # UBNT-AirMAX-MIB ubntHostCpuLoad
    ProcessorSource("10002", f"{E}41112.1.4.8.3", parts_of_percent=100),
    ProcessorSource("5951", f"{E}5951.4.1.1.41.1"),  # NS-ROOT-MIB resCpuUsage
    ProcessorSource("45", f"{E}45.1.6.3.8.1.1.5"),  # S5-CHASSIS-MIB s5ChasUtilCPUUsageLast1Minute
)
MEMORIES = (
    MemorySource("9", used=f"{E}9.9.221.1.1.1.1.18", free=f"{E}9.9.221.1.1.1.1.20", names=f"{E}9.9.221.1.1.1.1.3"),
    MemorySource("9", used=f"{E}9.9.221.1.1.1.1.7", free=f"{E}9.9.221.1.1.1.1.8", names=f"{E}9.9.221.1.1.1.1.3"),
    MemorySource("9", used=f"{E}9.9.48.1.1.1.5", free=f"{E}9.9.48.1.1.1.6", names=f"{E}9.9.48.1.1.1.2"),
    MemorySource("9", total=f"{E}14179.1.1.5.2", free=f"{E}14179.1.1.5.3", unit_bytes=KILO),
    MemorySource("14179", total=f"{E}14179.1.1.5.2", free=f"{E}14179.1.1.5.3", unit_bytes=KILO),
    MemorySource(
        "2636",
        total=f"{E}2636.3.1.13.1.15",
        used_percent=f"{E}2636.3.1.13.1.11",
        names=f"{E}2636.3.1.13.1.5",
        unit_bytes=MEGA,
    ),
    MemorySource("2011", total=f"{E}2011.5.25.31.1.1.1.1.9", used_percent=f"{E}2011.5.25.31.1.1.1.1.7"),
    MemorySource("25506", total=f"{E}25506.2.6.1.1.1.1.10", used_percent=f"{E}25506.2.6.1.1.1.1.8"),
    MemorySource("12356", total=f"{E}12356.101.4.1.5", used_percent=f"{E}12356.101.4.1.4", unit_bytes=KILO),
    MemorySource("11", total=f"{E}11.2.14.11.5.1.1.2.1.1.1.5", free=f"{E}11.2.14.11.5.1.1.2.1.1.1.6"),
    MemorySource("3375", total=f"{E}3375.2.1.1.2.1.44", used=f"{E}3375.2.1.1.2.1.45"),
    MemorySource("1916", total=f"{E}1916.1.32.2.2.1.2", free=f"{E}1916.1.32.2.2.1.3", unit_bytes=KILO),
    MemorySource(
        "674.10895",
        free=f"{E}674.10895.5000.2.6132.1.1.1.1.4.1",
        total=f"{E}674.10895.5000.2.6132.1.1.1.1.4.2",
        unit_bytes=KILO,
    ),
    MemorySource("4413", free=f"{E}4413.1.1.1.1.4.1", total=f"{E}4413.1.1.1.1.4.2", unit_bytes=KILO),
    MemorySource(
        "14823",
        total=f"{E}14823.2.2.1.2.1.15.1.2",
        used=f"{E}14823.2.2.1.2.1.15.1.3",
        unit_bytes=KILO,
    ),
    MemorySource(
        "14823",
        total=f"{E}14823.2.2.1.1.1.11.1.2",
        used=f"{E}14823.2.2.1.1.1.11.1.3",
        unit_bytes=KILO,
    ),
    MemorySource(
        "14823",
        total=f"{E}14823.2.3.3.1.2.1.1.10",
        free=f"{E}14823.2.3.3.1.2.1.1.8",
        names=f"{E}14823.2.3.3.1.2.1.1.2",
    ),
    MemorySource("2620", total=f"{E}2620.1.6.7.4.3", used=f"{E}2620.1.6.7.4.4"),
    MemorySource("1991", total=f"{E}1991.1.1.2.1.54", free=f"{E}1991.1.1.2.1.55"),
    MemorySource("2604", total=f"{E}2604.5.1.2.4.1", used_percent=f"{E}2604.5.1.2.4.2", unit_bytes=MEGA),
    MemorySource("41112.1.4", total=f"{E}41112.1.4.8.1", free=f"{E}41112.1.4.8.2", unit_bytes=KILO),
    MemorySource("5951", total=f"{E}5951.4.1.1.41.4", used_percent=f"{E}5951.4.1.1.41.2", unit_bytes=MEGA),
    MemorySource("45", total=f"{E}45.1.6.3.8.1.1.12", free=f"{E}45.1.6.3.8.1.1.13", unit_bytes=MEGA),
)


def applies(enterprise: str, object_id: str) -> bool:
    return f"{object_id}.".startswith(f"{E}{enterprise}.")


async def read_processors(session: Session, object_id: str) -> tuple[Processor, ...]:
    for source in PROCESSORS:
        if applies(source.enterprise, object_id) and (loads := await read_column(session, source.load)):
            names = await read_column(session, source.names) if source.names else {}
            if found := processors(source, loads, names):
                return found
    return ()


def processors(
    source: ProcessorSource, loads: Mapping[str, Value], names: Mapping[str, Value]
) -> tuple[Processor, ...]:
    """Where a table without names lists every part of a chassis, those with load 0 mostly have no processor."""
    measured = {
        index: load for index, value in loads.items() if (load := _load(value, source.parts_of_percent)) is not None
    }
    busy = {index: load for index, load in measured.items() if load > 0}
    chosen = busy if not names and len(measured) > 4 and busy and len(busy) < len(measured) / 2 else measured
    return tuple(Processor(index, line(names.get(index)), load) for index, load in chosen.items())


def _load(value: Value, parts_of_percent: int) -> float | None:
    """A percentage, or FASTPATH's sentence `5 Secs ( 6.5%)  60 Secs ( 7.1%)  300 Secs ( 7.0%)`: the middle one."""
    sentence = re.search(r"60 Secs \(\s*([0-9.]+)%\)", text(value))
    if sentence:
        return float(sentence[1])
    if parts_of_percent == 1:
        return percent(value)
    number = integer(value)
    return number / parts_of_percent if number is not None and 0 <= number <= 100 * parts_of_percent else None


async def read_memories(session: Session, object_id: str) -> tuple[Memory, ...]:
    for source in MEMORIES:
        if not applies(source.enterprise, object_id):
            continue
        oids = [oid for oid in (source.total, source.used, source.free, source.used_percent, source.names) if oid]
        columns = dict(zip(oids, await together(*(read_column(session, oid) for oid in oids)), strict=True))
        if found := memories(source, columns):
            return found
    return ()


def memories(source: MemorySource, columns: Mapping[str, Mapping[str, Value]]) -> tuple[Memory, ...]:
    """`columns` maps the source's OIDs to what was walked under them. Parts without memory are left out."""

    def number(oid: str, index: str) -> int | None:
        value = integer(columns.get(oid, {}).get(index))
        return value if value is not None and value >= 0 else None

    found = []
    for index in dict.fromkeys(
        index for oid in (source.total, source.used, source.used_percent) for index in columns.get(oid, ())
    ):
        total, used, free = number(source.total, index), number(source.used, index), number(source.free, index)
        share = number(source.used_percent, index)
        if total is None and used is not None and free is not None:
            total = used + free
        if used is None and total is not None:
            used = total - free if free is not None else total * share // 100 if share is not None else None
        if total and (used is None or used <= total):
            name = line(columns.get(source.names, {}).get(index))
            found.append(
                Memory(index, name, total * source.unit_bytes, None if used is None else used * source.unit_bytes)
            )
    return tuple(found)
