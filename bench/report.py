"""Benchmarks as text: a table for the terminal and docs/performance.md, and the generated part of that page."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from bench.table import Row

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin (make bench BENCH=--write) -->", "<!-- measured: end -->"
_HEADING = "### "
HEADINGS = ("Benchmark", "Measured", "Target", "Met", "Peer", "Peer measured", "Against the peer", "Note")
NEW_PAGE = f"""\
# Performance

Each benchmark runs beside its peer, in one run on one machine. `make bench` measures and prints; `make bench
BENCH=--write` puts the figures here, with names those of these benchmarks alone. What is written outside the marked
part stays.

{BEGIN}
{END}
"""


def markdown(rows: Sequence[Row]) -> str:
    """Return the rows as an aligned Markdown table."""
    table = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADINGS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in table
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines) + "\n"


def write_page(results: Mapping[str, Sequence[Row]], today: date) -> None:
    """Exchange these tables in docs/performance.md and keep the others; make the page where there is none."""
    page = PAGE.read_text() if PAGE.exists() else NEW_PAGE
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise ValueError(f"{PAGE} must hold the lines {BEGIN!r} and {END!r} once each")
    before, rest = page.split(BEGIN)
    measured, after = rest.split(END)
    measured_on = f"Measured on {today.isoformat()}: {machine()}."
    tables = _tables(measured) | {name: f"{measured_on}\n\n{markdown(rows)}" for name, rows in results.items()}
    parts = [f"{_HEADING}{name}\n\n{table}" for name, table in sorted(tables.items())]
    PAGE.write_text(f"{before}{BEGIN}\n" + "\n".join(parts) + f"{END}{after}")


def _tables(measured: str) -> dict[str, str]:
    """What stands under each heading, by its name."""
    sections = [section.partition("\n") for section in measured.split(_HEADING)[1:]]
    return {name: f"{text.strip()}\n" for name, _, text in sections}


def machine() -> str:
    return f"{os.cpu_count()} cores ({_processor()}), {platform.system()}, Python {platform.python_version()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _cells(row: Row) -> tuple[str, ...]:
    sign = "at least" if row.higher_is_better else "at most"
    return (
        row.name,
        _quantity(row.measured, row.unit),
        "" if row.target is None else f"{sign} {_quantity(row.target, row.unit)}",
        {None: "", True: "yes", False: "NO"}[row.met],
        row.peer,
        "" if row.peer_measured is None else _quantity(row.peer_measured, row.unit),
        _ratio(row),
        row.note,
    )


def _ratio(row: Row) -> str:
    """How many times as good as the peer: above 1 is better, whichever way the unit counts."""
    if not row.peer_measured or not row.measured:
        return ""
    ratio = row.measured / row.peer_measured if row.higher_is_better else row.peer_measured / row.measured
    return f"{ratio:.2g}x" if ratio < 100 else f"{ratio:.0f}x"


def _quantity(value: float, unit: str) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{digits}f} {unit}".rstrip()
