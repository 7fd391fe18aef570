"""A discovery on a terminal: a progress bar while it runs, a table when it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TextIO

from nms.network_management.discovery.outcome import Outcome, Progress

_BAR_WIDTH = 30
_COLUMNS = ("address", "sys_name", "vendor", "os", "model", "version", "serial")


class ProgressBar:
    """Draws on `stream` while used in a `with` block, and only where that is a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = False

    def show(self, outcome: Outcome) -> None:
        if isinstance(outcome, Progress) and self._stream.isatty():
            self._stream.write(f"\r{_bar(outcome)}\x1b[K")
            self._stream.flush()
            self._shown = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def table(found: dict[str, Any], *, silence: Mapping[str, str]) -> str:
    """Return what was found for people to read: devices, then links, then what went wrong; `silence` by address."""
    devices = found["devices"]
    rows = [[str(device[column] or "") for column in _COLUMNS] + [str(len(device["interfaces"]))] for device in devices]
    parts = [_aligned([[*_COLUMNS, "interfaces"], *rows])] if rows else ["Nothing answered."]
    if found["links"]:
        parts.append(_aligned([["link", "", ""], *(_link(link) for link in found["links"])]))
    wrong = [(entry["address"], entry["message"]) for entry in (*found["problems"], *found["skipped"])]
    parts += [f"{address}: {message}" for address, message in (*wrong, *silence.items())]
    counts = (f"{len(found[what])} {what}" for what in ("devices", "links", "problems", "unreachable"))
    parts.append(", ".join(counts))
    return "\n\n".join(parts)


def _link(link: dict[str, Any]) -> list[str]:
    ends = [f"{end['device']} {end['interface'] or ''}".strip() for end in (link["a"], link["b"])]
    return [*ends, ", ".join(link["protocols"])]


def _bar(progress: Progress) -> str:
    share = progress.done / progress.total if progress.total else 1.0
    filled = round(share * _BAR_WIDTH)
    return (
        f"[{'#' * filled}{'-' * (_BAR_WIDTH - filled)}] {progress.done}/{progress.total} addresses, "
        f"{progress.alive} answer, {progress.profiled} read"
    )


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
