"""The table of benchmarks: ratios read the same way for every unit, and hand-written notes survive."""

from datetime import date
from pathlib import Path

import pytest

from bench import report
from bench.table import Row

SLOWER = Row("sweep", 2.0, "s", target=3.0, peer="nmap", peer_measured=20.0)
RATE = Row(
    "walk", 50_000.0, "varbinds/s", target=60_000.0, peer="snmpbulkwalk", peer_measured=25_000.0, higher_is_better=True
)


def test_a_ratio_above_one_is_better_than_the_peer_whichever_way_the_unit_counts() -> None:
    lines = report.markdown([SLOWER, RATE]).splitlines()
    assert "| 10x " in lines[2]
    assert "| 2x " in lines[3]


def test_a_missed_target_stands_out() -> None:
    lines = report.markdown([SLOWER, RATE, Row("nothing promised", 1.0, "ms")]).splitlines()
    assert "at most 3.00 s" in lines[2]
    assert "| yes " in lines[2]
    assert "at least 60,000 varbinds/s" in lines[3]
    assert "| NO " in lines[3]
    assert "yes" not in lines[4]
    assert "NO" not in lines[4]


def test_writing_exchanges_the_figures_measured_and_keeps_all_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "performance.md"
    monkeypatch.setattr(report, "PAGE", page)
    report.write_page({"walk": [SLOWER], "sweep": [SLOWER]}, date(2026, 1, 1))
    page.write_text(page.read_text() + "\nNotes by hand.\n")
    report.write_page({"walk": [RATE]}, date(2026, 2, 2))
    text = page.read_text()
    assert "Notes by hand." in text
    assert [line for line in text.splitlines() if line.startswith("### ")] == ["### sweep", "### walk"]
    sweep, walk = text.split("### walk")
    assert "2026-01-01" in sweep
    assert "2.00 s" in sweep
    assert "2026-02-02" in walk
    assert "2026-01-01" not in walk
    assert "2.00 s" not in walk


def test_a_page_without_its_marks_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "performance.md"
    page.write_text("by hand only\n")
    monkeypatch.setattr(report, "PAGE", page)
    with pytest.raises(ValueError, match=r"performance\.md must hold"):
        report.write_page({"new": [RATE]}, date(2026, 2, 2))
    assert page.read_text() == "by hand only\n"
