"""HAProxy's texts become values here: its CSV, and the lines of its stats socket (management guide, 9.1 and 9.3)."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from typing import cast

from api_clients.domain.errors import NOT_FOUND, Rejected, Unauthorized
from api_clients.domain.values import Response
from api_clients.qos.haproxy.values import (
    Kind,
    Operation,
    ProcessInfo,
    ProxyStatistics,
    ServerState,
    Session,
    State,
    StickTable,
    StickTableEntry,
)

Row = Mapping[str, str]
KINDS: Mapping[str, Kind] = {"0": "frontend", "1": "backend", "2": "server", "3": "listener"}
CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx", "other")
OPERATIONS: tuple[Operation, ...] = ("stopped", "starting", "running", "stopping")
# Flags of srv_admin_state, in the order of their bits.
ADMIN = (
    "maintenance",
    "maintenance of a tracked server",
    "maintenance in the configuration",
    "drain",
    "drain of a tracked server",
    "maintenance for want of an address",
    "maintenance for a name that is not known",
)
SAID_WHEN_DONE = ("", "New server registered.", "Server deleted.")
VERSION = re.compile(r"HAProxy\b.{0,40}?\bversion ([0-9][^\s,<]*)", re.DOTALL)
TABLE = re.compile(r"# table: (?P<name>\S+), type: (?P<type>[^,]+), size:(?P<size>\d+), used:(?P<used>\d+)")
ENTRY = re.compile(r"0x[0-9a-f]+: key=(?P<key>.*?) use=(?P<uses>\d+) exp=(?P<exp>\d+)(?: shard=\d+)?(?P<data>.*)\Z")
PAIR = re.compile(r"(\S+?)=(\S*)")
ESCAPED = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)")  # how keys of texts are shown (dump_text, src/tools.c)
CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "e": "\x1b"}


def _text(response: Response) -> str:
    return response.body.decode("utf-8")


def shown(response: Response) -> list[str]:
    """Return the lines of what was shown, without the empty ones."""
    lines = [line for line in _text(response).split("\n") if line.strip()]
    if lines:
        _refuse(lines[0])
    return lines


def done(response: Response) -> None:
    """Read the answer to an action: HAProxy says nothing where it did as told."""
    said = " ".join(_text(response).split())
    if said not in SAID_WHEN_DONE:
        _refuse(said)
        raise Rejected(said[:300])


def _refuse(line: str) -> None:
    if line.startswith("Permission denied"):
        raise Unauthorized("the stats socket allows this to a higher level only: it wants `level admin`")
    if line.startswith("Unknown command"):
        raise Rejected("this HAProxy does not know the command")
    if line.startswith(("No such ", "Can't find")):
        raise Rejected(line[:300], status=NOT_FOUND)


# --- Statistics ---


def statistics(response: Response) -> tuple[ProxyStatistics, ...]:
    """Read the CSV by the names of its columns, for every version adds some."""
    lines = _text(response).split("\n")
    if not lines or not lines[0].startswith("# pxname,svname,"):
        _refuse(lines[0] if lines else "")
        raise ValueError("no statistics")
    lines[0] = lines[0].removeprefix("# ")
    rows = csv.DictReader((line for line in lines if line), strict=True)
    return tuple(_row(row) for row in rows)


def _row(row: Row) -> ProxyStatistics:
    kind = KINDS[row["type"]]
    status = row["status"]
    return ProxyStatistics(
        kind=kind,
        proxy=row["pxname"],
        name=row["svname"],
        status=status,
        state=_state(status),
        mode=row.get("mode") or "",
        address=row.get("addr") or "",
        weight=_optional(row, "weight"),
        is_backup=kind == "server" and _number(row, "bck") == 1,
        active_servers=_number(row, "act") if kind == "backend" else 0,
        backup_servers=_number(row, "bck") if kind == "backend" else 0,
        sessions_current=int(row["scur"] or 0),
        sessions_max=int(row["smax"] or 0),
        sessions_limit=_optional(row, "slim"),
        sessions_total=int(row["stot"] or 0),
        sessions_per_second=_number(row, "rate"),
        queue_current=_number(row, "qcur"),
        requests_total=_number(row, "req_tot"),
        received_bytes=_number(row, "bin"),
        sent_bytes=_number(row, "bout"),
        connection_errors=_number(row, "econ"),
        response_errors=_number(row, "eresp"),
        retries=_number(row, "wretr"),
        responses={name: _number(row, f"hrsp_{name}") for name in CLASSES if row.get(f"hrsp_{name}")},
        check_status=row.get("check_status") or "",
        check_description=row.get("last_chk") or row.get("check_desc") or "",
        last_change_seconds=_optional(row, "lastchg"),
        downtime_seconds=_optional(row, "downtime"),
    )


def _state(status: str) -> State:
    for word, state in (("MAINT", "maint"), ("DRAIN", "drain"), ("DOWN", "down"), ("STOP", "down"), ("NOLB", "drain")):
        if status.startswith(word):
            return cast(State, state)
    return "up"  # UP, OPEN, "no check", WAITING, FULL: all of them work


def _number(row: Row, name: str) -> int:
    return int(row.get(name) or 0)


def _optional(row: Row, name: str) -> int | None:
    text = row.get(name)
    return int(text) if text else None


# --- The stats socket ---


def version(response: Response) -> str:
    """Read `show info`, or the page; empty where that hides its version."""
    text = _text(response)
    if text.lstrip()[:1] == "<":
        if "HAProxy" not in text:
            raise ValueError("not a page of HAProxy")
        found = VERSION.search(text)
        return found.group(1) if found else ""
    return info(response).version


def info(response: Response) -> ProcessInfo:
    pairs = (line.partition(":") for line in shown(response))
    fields = {name.strip(): value.strip() for name, _, value in pairs}
    return ProcessInfo(
        version=fields["Version"],
        released=fields.get("Release_date", ""),
        process=int(fields["Pid"]),
        threads=int(fields.get("Nbthread", 1)),
        uptime_seconds=int(fields["Uptime_sec"]),
        connections=int(fields["CurrConns"]),
        connections_limit=int(fields["Maxconn"]),
        connections_total=int(fields.get("CumConns", 0)),
        requests_total=int(fields.get("CumReq", 0)),
        connections_per_second=int(fields.get("ConnRate", 0)),
        sessions_per_second=int(fields.get("SessRate", 0)),
        idle_percent=float(fields["Idle_pct"]),
        pool_used_bytes=int(fields.get("PoolUsed_bytes", 0)),
        tasks=int(fields.get("Tasks", 0)),
        run_queue=int(fields.get("Run_queue", 0)),
        is_stopping=fields.get("Stopping", "0") != "0",
        node=fields.get("node", ""),
        fields=fields,
    )


def server_states(response: Response) -> tuple[ServerState, ...]:
    version_line, *lines = shown(response)
    if version_line.strip() != "1" or not lines or not lines[0].startswith("# "):
        raise ValueError("states of servers in a form that is not known")
    names = lines[0].removeprefix("# ").split()
    return tuple(_server_state(dict(zip(names, line.split(), strict=False))) for line in lines[1:])


def _server_state(row: Row) -> ServerState:
    flags = int(row["srv_admin_state"])
    return ServerState(
        backend=row["be_name"],
        server=row["srv_name"],
        address="" if row["srv_addr"] == "-" else row["srv_addr"],
        port=int(row["srv_port"]),
        operation=OPERATIONS[int(row["srv_op_state"])],
        admin=tuple(name for bit, name in enumerate(ADMIN) if flags & 1 << bit),
        weight=int(row["srv_uweight"]),
        initial_weight=int(row["srv_iweight"]),
        last_change_seconds=int(row["srv_time_since_last_change"]),
    )


def sessions(response: Response) -> tuple[Session, ...]:
    return tuple(_session(line) for line in shown(response))


def _session(line: str) -> Session:
    identity, separator, rest = line.partition(": ")
    if not separator or not identity.startswith("0x"):
        raise ValueError("no session")
    fields = dict(PAIR.findall(rest.partition(" rq[")[0]))
    return Session(
        id=identity,
        protocol=fields["proto"],
        source=fields.get("src", ""),
        frontend=_named(fields.get("fe", "")),
        backend=_named(fields.get("be", "")),
        server=_named(fields.get("srv", "")),
        age=fields.get("age", ""),
        fields=fields,
    )


def _named(text: str) -> str:
    return "" if text in ("<NONE>", "<none>") else text


def stick_tables(response: Response) -> tuple[StickTable, ...]:
    return tuple(_table(line) for line in shown(response))


def _table(line: str) -> StickTable:
    found = TABLE.match(line)
    if found is None:
        raise ValueError("no stick table")
    return StickTable(found["name"], found["type"], int(found["size"]), int(found["used"]))


def stick_table_entries(response: Response) -> tuple[StickTableEntry, ...]:
    head, *lines = shown(response)
    _table(head)
    return tuple(_entry(line) for line in lines)


def _entry(line: str) -> StickTableEntry:
    found = ENTRY.match(line)
    if found is None:
        raise ValueError("no entry of a stick table")
    milliseconds = int(found["exp"])
    return StickTableEntry(
        key=_unescaped(found["key"]),
        uses=int(found["uses"]),
        expires_seconds=milliseconds / 1000 if milliseconds else None,
        data=dict(PAIR.findall(found["data"])),
    )


def _unescaped(key: str) -> str:
    if "\\" not in key:
        return key
    return ESCAPED.sub(_character, key).encode("latin-1").decode("utf-8", "backslashreplace")


def _character(found: re.Match[str]) -> str:
    said = found[1]
    return chr(int(said[1:], 16)) if len(said) == 3 else CONTROLS.get(said, said)
