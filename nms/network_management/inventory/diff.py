"""What differs between the rows that are stored and those that a device has now. Pure.

A stored row that is gone is marked, not deleted; one that was gone and is back takes up its old row.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nms.network_management.inventory.facts import FactTable, Row


@dataclass(frozen=True, slots=True)
class StoredRow:
    """`values` in the order of the table's columns, `kept` in that of its kept columns."""

    id: int
    values: Row
    first_seen: datetime
    last_seen: datetime | None
    kept: Row = ()

    @property
    def present(self) -> bool:
        return self.last_seen is None


@dataclass(slots=True)
class TableDiff:
    """`new` rows, `changed` pairs of stored and new (also those that came back), and `gone` rows."""

    new: list[Row] = field(default_factory=list)
    changed: list[tuple[StoredRow, Row]] = field(default_factory=list)
    gone: list[StoredRow] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)


def diff_rows(table: FactTable, stored: Sequence[StoredRow], wanted: Iterable[Row]) -> TableDiff:
    """Compare by the table's key. Of several wanted rows with one key the first counts."""
    width = len(table.key)
    by_key: dict[Row, Row] = {}
    for row in wanted:
        by_key.setdefault(row[:width], row)
    diff = TableDiff()
    for known in _newest_first(stored):
        _settle(diff, known, by_key.pop(known.values[:width], None))
    diff.new = list(by_key.values())
    return diff


def diff_interfaces(stored: Sequence[StoredRow], wanted: Iterable[Row]) -> TableDiff:
    """Compare interfaces: by ifIndex and name, then by name (renumbered at a restart), then by ifIndex (renamed).

    The columns begin with if_index and name. An interface that is gone is taken up again only under its old name.
    """
    by_index: dict[int, Row] = {}
    for row in wanted:
        by_index.setdefault(row[0], row)
    diff, open_rows = TableDiff(), []
    for known in _newest_first(stored):
        same_number = by_index.get(known.values[0])
        if same_number is not None and same_number[1] == known.values[1]:
            _settle(diff, known, by_index.pop(known.values[0]))
        else:
            open_rows.append(known)
    renumbered = _unique_names(by_index.values())
    known_names = _unique_names(known.values for known in open_rows if known.present)
    for known in open_rows:
        now = _same_interface(known, by_index, renumbered, known_names)
        _settle(diff, known, by_index.pop(now[0]) if now is not None else None)
    diff.new = list(by_index.values())
    return diff


def _same_interface(
    known: StoredRow, by_index: Mapping[int, Row], renumbered: Mapping[str, Row], known_names: Container[str]
) -> Row | None:
    """Find what `known` is now among the rows that are left: under its name, else under its number."""
    index, name = known.values[:2]
    moved = renumbered.get(name) if name in known_names or not known.present else None
    if moved is not None and moved[0] in by_index:
        return moved
    renamed = by_index.get(index) if known.present else None
    # A row whose name another stored interface has is that interface, moved to this number.
    return renamed if renamed is not None and renamed[1] not in known_names else None


def _newest_first(stored: Sequence[StoredRow]) -> list[StoredRow]:
    """Present rows before gone ones, so that a row that is there is never passed over for an old one."""
    return sorted(stored, key=lambda row: (not row.present, -row.id))


def _unique_names(rows: Iterable[Row]) -> Mapping[str, Row]:
    found: dict[str, Row | None] = {}
    for row in rows:
        found[row[1]] = None if row[1] in found else row
    return {name: row for name, row in found.items() if name and row is not None}


def _settle(diff: TableDiff, known: StoredRow, row: Row | None) -> None:
    if row is None:
        if known.present:
            diff.gone.append(known)
    elif not known.present or row != known.values:
        diff.changed.append((known, row))
