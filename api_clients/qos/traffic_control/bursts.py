"""Sizes of bursts, which the kernel keeps as times: how many ticks of its scheduler it takes to send them at the rate.

Each is turned back into a size that becomes the very same ticks when it is given again, so that what is put back is
what was. Rates are in byte/s here.
"""

from __future__ import annotations

import math

NOISE = 1e-6


def size_given(ticks: int, rate: int, ticks_per_second: float) -> int:
    """Of HTB, where tc reckons: in whole microseconds, and newer versions of it in ticks, rounded up.

    Ticks that are those of whole microseconds are taken for the former's.
    """
    per_microsecond = ticks_per_second / 1e6
    microseconds = math.ceil(ticks / per_microsecond - NOISE)
    if math.floor(microseconds * per_microsecond + NOISE) == ticks:
        return math.ceil(microseconds * rate / 1e6 - NOISE)
    return math.floor(ticks * rate / ticks_per_second + NOISE)


def size_kept(ticks: int, rate: int, ticks_per_second: float) -> int:
    """Of TBF, where the kernel reckons, rounding down."""
    least = math.ceil(ticks * rate / ticks_per_second - NOISE)
    return max(least, math.floor((ticks + 0.5) * rate / ticks_per_second))
