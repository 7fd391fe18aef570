"""Whatever was stored and whatever is there now: after the difference is applied, the rows are what is there."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from nms.network_management.inventory.diff import StoredRow, TableDiff, diff_interfaces, diff_rows
from nms.network_management.inventory.facts import VLANS, Row

WHEN = datetime(2026, 1, 31, tzinfo=UTC)

rows = st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["", "a", "b", "c"]), st.integers(0, 1)), max_size=5)


@st.composite
def stored_rows(draw: st.DrawFn) -> list[StoredRow]:
    """Present rows have an index each; gone ones may share theirs with any."""
    ids = count(1)
    present = {row[0]: row for row in draw(rows)}
    gone = draw(rows)
    return [StoredRow(next(ids), row, WHEN, None) for row in present.values()] + [
        StoredRow(next(ids), row, WHEN, WHEN) for row in gone
    ]


def applied(stored: list[StoredRow], diff: TableDiff) -> list[Row]:
    """The rows that are present afterwards."""
    present = {row.id: row.values for row in stored if row.present}
    for row in diff.gone:
        del present[row.id]
    for row, values in diff.changed:
        present[row.id] = values
    return sorted([*present.values(), *diff.new])


def first_of_each(wanted: list[Row]) -> list[Row]:
    return sorted({row[0]: row for row in reversed(wanted)}.values())


@given(stored_rows(), rows)
def test_interfaces_become_what_the_device_has(stored: list[StoredRow], wanted: list[Row]) -> None:
    diff = diff_interfaces(stored, wanted)
    assert applied(stored, diff) == first_of_each(wanted)
    touched = [row.id for row in diff.gone] + [row.id for row, _ in diff.changed]
    assert len(touched) == len(set(touched))
    assert all(row.present for row in diff.gone)


@given(stored_rows(), rows)
def test_rows_become_what_the_device_has(stored: list[StoredRow], wanted: list[Row]) -> None:
    unique = {row.values[0]: row for row in stored}  # the key is unique among stored rows, gone ones included
    stored = list(unique.values())
    assert applied(stored, diff_rows(VLANS, stored, wanted)) == first_of_each(wanted)


@given(rows)
def test_the_same_again_is_no_difference(wanted: list[Row]) -> None:
    stored = [StoredRow(number, row, WHEN, None) for number, row in enumerate(first_of_each(wanted), start=1)]
    assert not diff_interfaces(stored, wanted)
    assert not diff_rows(VLANS, stored, wanted)


@given(st.permutations([1, 2, 3, 4]))
def test_an_interface_with_a_name_of_its_own_keeps_its_row_however_indexes_are_shuffled(order: list[int]) -> None:
    stored = [StoredRow(number, (number, f"port {number}", 0), WHEN, None) for number in range(1, 5)]
    diff = diff_interfaces(stored, [(index, f"port {number}", 0) for number, index in enumerate(order, start=1)])
    assert not diff.new
    assert not diff.gone
    assert all(old.values[1] == new[1] for old, new in diff.changed)
