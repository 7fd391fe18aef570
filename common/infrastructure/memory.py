"""How much memory this process may still have: of its container where that has a limit, else of the machine.

A container sees the machine's /proc/meminfo, and is killed at the limit of its control group (version 2: memory.max, 1:
memory.limit_in_bytes; https://docs.kernel.org/admin-guide/cgroup-v2.html#memory). Groups are nested, and the narrowest
limit on the way up holds. Pages of files that nobody uses (inactive_file) are given back when memory is needed, so
they count as available.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ROOT = Path("/")


@dataclass(frozen=True, slots=True)
class Memory:
    limit_bytes: int
    available_bytes: int


def available_memory(root: Path = ROOT) -> Memory | None:
    """None where the kernel does not say. `root` is where /proc and /sys are, for tests."""
    known = [*_of_groups(root), *_of_machine(root)]
    return min(known, key=lambda memory: memory.available_bytes, default=None)


def _of_machine(root: Path) -> Iterator[Memory]:
    values = _table(root / "proc/meminfo")
    if "MemTotal" in values and "MemAvailable" in values:
        yield Memory(values["MemTotal"] * 1024, values["MemAvailable"] * 1024)


def _of_groups(root: Path) -> Iterator[Memory]:
    """Every group of ours that has a limit, of version 2 and 1."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            yield from _upwards(root / "sys/fs/cgroup", path, limit="memory.max", used="memory.current", prefix="")
        elif "memory" in controllers.split(","):
            names = {"limit": "memory.limit_in_bytes", "used": "memory.usage_in_bytes", "prefix": "total_"}
            yield from _upwards(root / "sys/fs/cgroup/memory", path, **names)


def _upwards(mount: Path, path: str, *, limit: str, used: str, prefix: str) -> Iterator[Memory]:
    """From our group to the mount; inside a container the path may be the host's, which is not there."""
    inner = PurePosixPath(path.lstrip("/"))
    for part in (inner, *inner.parents):
        group = mount / part
        most, now = _number(group / limit), _number(group / used)
        if most is not None and now is not None and most < 2**60:  # version 1 says "no limit" with a huge number
            spare = _table(group / "memory.stat").get(f"{prefix}inactive_file", 0)
            yield Memory(most, max(0, most - now + spare))


def _table(path: Path) -> dict[str, int]:
    """Of lines such as "MemTotal:  16 kB" and "inactive_file 4096"."""
    rows = (line.replace(":", " ").split() for line in _text(path).splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) >= 2 and row[1].isdigit()}


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdigit() else None


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""
