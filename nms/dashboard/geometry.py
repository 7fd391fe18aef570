"""Sizes of the map's parts in SVG units, and the box that each device stands in."""

from __future__ import annotations

from dataclasses import dataclass

CARD_WIDTH, CARD_HEIGHT = 108, 68
LEAF_WIDTH, LEAF_HEIGHT = 100, 28
LEAF_INDENT, LEAF_GAP, LEAVES_PER_COLUMN = 12, 8, 5
GUTTER, FOLD_GAP = 26, 22  # in a row that is folded because it is long
COLUMN_GAP, WIDE_GAP, ROW_GAP, MARGIN = 14, 52, 84, 24  # the widest row stands close, the others have room


@dataclass(frozen=True, slots=True)
class Box:
    """A device's card: its upper left corner and size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> float:
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> float:
        return self.y + self.height / 2
