"""Makes values of what Redis answers; raises ValueError, LookupError or TypeError at what it does not know."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from api_clients.datastores.redis.values import (
    CommandStatistics,
    ConnectedClient,
    Database,
    LatencyEvent,
    LatencySample,
    SlowCommand,
)
from api_clients.domain.errors import NOT_FOUND, Rejected
from api_clients.domain.values import Response
from api_clients.infrastructure.masking import SECRET, SECRET_NAME

T = TypeVar("T")
Sections = Mapping[str, Mapping[str, str]]
# Settings that hold secrets, or half of a login, and are not named like it.
SECRET_SETTINGS = frozenset({"masterauth", "masteruser", "primaryauth", "primaryuser"})
KEYLESS = frozenset({"AUTH", "ECHO", "EVAL", "EVAL_RO"})  # what comes first there is a password, a text or a program
LEFT_OUT = re.compile(r"\.\.\. \((\d+) more arguments\)")  # how Redis itself ends a command of more than 32 words


@dataclass(frozen=True, slots=True)
class as_reply(Generic[T]):  # noqa: N801 # reads as a function where it is used; a class, so that two of one shape are equal
    """Read the reply of one command with `shape`."""

    shape: Callable[[Any], T]

    def __call__(self, response: Response) -> T:
        return self.shape(json.loads(response.body)["reply"])


def text(reply: Any) -> str:
    if not isinstance(reply, str):
        raise TypeError("no text")
    return reply


def integer(reply: Any) -> int:
    if not isinstance(reply, int):
        raise TypeError("no integer")
    return reply


def no_such_key() -> Rejected:
    return Rejected("there is no such key", status=NOT_FOUND)


def of_a_key(shape: Callable[[Any], T]) -> Callable[[Any], T]:
    """Read what is told of a key with `shape`; Redis says nothing of one that has expired since it was found."""

    def read(reply: Any) -> T:
        if reply is None:
            raise no_such_key()
        return shape(reply)

    return read


def accepted(reply: Any) -> None:
    if reply != "OK":
        raise ValueError("neither OK nor an error")


def sections(reply: Any) -> dict[str, dict[str, str]]:
    """INFO: `# Section` lines, and `key:value` lines below each."""
    found: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in text(reply).splitlines():
        if line.startswith("# "):
            current = found.setdefault(line[2:].strip().lower(), {})
        elif ":" in line:
            key, _, value = line.partition(":")
            current[key] = value
    if not found:
        raise ValueError("no section")
    return found


def fields(line: str, *, between: str = ",") -> dict[str, str]:
    """`a=1,b=2`; a value may hold equals signs."""
    pairs = (part.partition("=") for part in line.split(between))
    return {key: value for key, equals, value in pairs if equals}


def databases(found: Sections) -> tuple[Database, ...]:
    return tuple(
        Database(
            number=int(name.removeprefix("db")),
            keys=int(said["keys"]),
            expiring_keys=int(said["expires"]),
            average_ttl_seconds=int(said.get("avg_ttl", 0)) / 1000,
        )
        for name, line in found.get("keyspace", {}).items()
        if name.removeprefix("db").isdigit()
        for said in (fields(line),)
    )


def command_statistics(reply: Any) -> tuple[CommandStatistics, ...]:
    """The most time first."""
    found = sections(reply)
    slow = {
        key.removeprefix("latency_percentiles_usec_"): value for key, value in found.get("latencystats", {}).items()
    }
    read = [
        _command(key.removeprefix("cmdstat_"), fields(line), fields(slow.get(key.removeprefix("cmdstat_"), "")))
        for key, line in found["commandstats"].items()
    ]
    return tuple(sorted(read, key=lambda item: (-item.seconds, item.command)))


def _command(name: str, said: Mapping[str, str], percentiles: Mapping[str, str]) -> CommandStatistics:
    def percentile(key: str) -> float | None:
        return float(percentiles[key]) / 1e6 if key in percentiles else None

    return CommandStatistics(
        command=name.replace("|", " "),
        calls=int(said["calls"]),
        seconds=int(said["usec"]) / 1e6,
        seconds_per_call=float(said["usec_per_call"]) / 1e6,
        rejected_calls=int(said.get("rejected_calls", 0)),
        failed_calls=int(said.get("failed_calls", 0)),
        p50_seconds=percentile("p50"),
        p99_seconds=percentile("p99"),
    )


def slow_log(reply: Any) -> tuple[SlowCommand, ...]:
    return tuple(
        SlowCommand(
            id=integer(row[0]),
            at=moment(row[1]),
            seconds=integer(row[2]) / 1e6,
            command=_without_values([text(word) for word in row[3]]),
            client_address=row[4] if len(row) > 4 else "",
            client_name=row[5] if len(row) > 5 else "",
        )
        for row in reply
    )


def _without_values(words: list[str]) -> tuple[str, ...]:
    """Keep the command and its key: what it writes is nobody's who looks after the server."""
    kept = words[: 1 if words[0].upper() in KEYLESS else 2]
    left = words[len(kept) :]
    cut = LEFT_OUT.fullmatch(left[-1]) if left else None
    more = len(left) - 1 + int(cut[1]) if cut else len(left)
    return (*kept, f"({more} more)") if more else tuple(kept)


def clients(reply: Any) -> tuple[ConnectedClient, ...]:
    return tuple(_client(fields(line, between=" ")) for line in text(reply).splitlines() if line)


def _client(said: Mapping[str, str]) -> ConnectedClient:
    return ConnectedClient(
        id=int(said["id"]),
        address=said["addr"],
        name=said.get("name", ""),
        user=said.get("user", ""),
        database=int(said["db"]),
        age_seconds=int(said["age"]),
        idle_seconds=int(said["idle"]),
        command=said.get("cmd", "").replace("|", " "),
        flags=said.get("flags", ""),
        memory_bytes=int(said.get("tot-mem", 0)),
        library=" ".join(filter(None, (said.get("lib-name", ""), said.get("lib-ver", "")))),
    )


def latency_events(reply: Any) -> tuple[LatencyEvent, ...]:
    return tuple(
        LatencyEvent(text(name), moment(at), integer(latest) / 1000, integer(worst) / 1000)
        for name, at, latest, worst, *_ in reply
    )


def latency_history(reply: Any) -> tuple[LatencySample, ...]:
    """Oldest first."""
    return tuple(LatencySample(moment(at), integer(milliseconds) / 1000) for at, milliseconds in reply)


def settings(reply: Any) -> dict[str, str]:
    """CONFIG GET: names and values in turn; what is secret is masked where it is set."""
    words = [text(word) for word in reply]
    pairs = zip(words[::2], words[1::2], strict=True)
    return {name: SECRET if value and is_secret(name) else value for name, value in sorted(pairs)}


def is_secret(setting: str) -> bool:
    return setting in SECRET_SETTINGS or setting.endswith("pass") or SECRET_NAME.search(setting) is not None


def scanned(reply: Any) -> tuple[str, tuple[str, ...]]:
    """SCAN: the cursor for the next call, and some keys."""
    cursor, keys = reply
    return text(cursor), tuple(text(key) for key in keys)


def moment(seconds: Any) -> datetime:
    return datetime.fromtimestamp(integer(seconds), UTC)
