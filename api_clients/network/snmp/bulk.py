"""How many varbinds to ask for in one GETBULK: pure arithmetic, one object for each session.

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


class BulkSize:
    __slots__ = ("_cautious", "_hard", "_room_bytes", "_start", "current")

    def __init__(self, *, start: int = START, limit: int = LIMIT, room_bytes: int = ROOM_BYTES) -> None:
        self._start = start
        self._room_bytes = room_bytes
        self._hard = self._cautious = limit
        self.current = min(start, limit)

    def restart(self) -> None:
        """A new walk may be a short one: ask moderately first."""
        self.current = min(self._start, self._cautious)

    def grow(self, *, varbinds: int, answer_bytes: int) -> None:
        """An answer of so many varbinds and bytes arrived: ask for twice as many, where as many would still fit."""
        fitting = self._room_bytes * varbinds // max(answer_bytes, 1)
        self.current = max(1, min(self.current * 2, fitting, self._cautious))
        self._cautious = min(self._cautious + 1, self._hard)

    def shrink(self, *, for_good: bool) -> bool:
        """An answer of this size did not fit (for good) or did not come: halve. False at one, the least."""
        if self.current <= 1:
            return False
        self.current //= 2
        self._cautious = self.current
        if for_good:
            self._hard = self.current
        return True
