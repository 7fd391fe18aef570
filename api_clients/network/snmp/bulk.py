"""How many varbinds to ask for in one GETBULK: pure arithmetic.

A walk starts moderately and doubles while answers arrive whole. A size at which the answer was tooBig or cut
off is never asked again; one at which the agent was silent is avoided, and approached again step by step,
since a datagram may have been lost for other reasons.
"""

from __future__ import annotations

from typing import Final

START: Final = 30  # varbinds of ifTable in half an Ethernet frame
LIMIT: Final = 200
# How large an answer may become, with a margin for longer values in the next rows: gufo's buffer holds 4,080
# bytes, and its SNMPv3 messages ask agents for at most 2,048 (net-snmp answers genErr to a bulk beyond that).
ROOM_BYTES: Final = 3600
ROOM_BYTES_V3: Final = 1700


class Learnt:
    """What all walks of a session know of the agent: the size never to pass, and the one to approach carefully."""

    __slots__ = ("cautious", "hard")

    def __init__(self, limit: int) -> None:
        self.hard = self.cautious = limit


class BulkSize:
    """The size for one walk. Walks of one session run side by side, so each halves only what it asked itself."""

    __slots__ = ("_learnt", "_room_bytes", "_start", "current")

    def __init__(
        self, *, start: int = START, limit: int = LIMIT, room_bytes: int = ROOM_BYTES, learnt: Learnt | None = None
    ) -> None:
        self._start = start
        self._room_bytes = room_bytes
        self._learnt = learnt or Learnt(limit)
        self.current = min(start, self._learnt.cautious)

    def for_new_walk(self) -> BulkSize:
        """A new walk may be a short one: it asks moderately first, within what was learnt."""
        return BulkSize(start=self._start, room_bytes=self._room_bytes, learnt=self._learnt)

    def grow(self, *, varbinds: int, answer_bytes: int) -> None:
        """An answer of so many varbinds and bytes arrived: ask for twice as many, where as many would still fit."""
        fitting = self._room_bytes * varbinds // max(answer_bytes, 1)
        self.current = max(1, min(self.current * 2, fitting, self._learnt.cautious))
        self._learnt.cautious = min(self._learnt.cautious + 1, self._learnt.hard)

    def shrink(self, *, for_good: bool) -> bool:
        """An answer of this size did not fit (for good) or did not come: halve. False at one, the least."""
        if self.current <= 1:
            return False
        self.current //= 2
        self._learnt.cautious = min(self._learnt.cautious, self.current)
        if for_good:
            self._learnt.hard = min(self._learnt.hard, self.current)
        return True
