"""What uBridge can do to the frames of a link. Percentages and milliseconds, as GNS3 gives them."""

from __future__ import annotations

import random
from collections.abc import Callable

from api_clients.network.gns3.tests.standins.hypervisor import BAD_ARGUMENT, Refused

LOST = None
Fate = tuple[bytes, float] | None  # the frame and its delay in seconds, or LOST
Filter = Callable[[bytes], Fate]


def make_filter(kind: str, arguments: list[str]) -> Filter:
    if kind not in _KINDS:
        raise Refused(BAD_ARGUMENT, f"packet filter '{kind}' is not known to this stand-in")
    return _KINDS[kind](*map(int, arguments))


def _frequency_drop(every: int) -> Filter:
    """Lose every n-th frame, all of them at -1."""
    count = 0

    def decide(frame: bytes) -> Fate:
        nonlocal count
        count += 1
        return LOST if every == -1 or (every and count % every == 0) else (frame, 0.0)

    return decide


def _packet_loss(percent: int) -> Filter:
    return lambda frame: LOST if random.uniform(0, 100) < percent else (frame, 0.0)


def _delay(milliseconds: int, jitter: int = 0) -> Filter:
    return lambda frame: (frame, max(0.0, milliseconds + random.uniform(-jitter, jitter)) / 1000)


def _corrupt(percent: int) -> Filter:
    def decide(frame: bytes) -> Fate:
        if random.uniform(0, 100) >= percent:
            return frame, 0.0
        half = len(frame) // 2
        return frame[:half] + bytes(byte ^ 0x64 for byte in frame[half:]), 0.0

    return decide


_KINDS: dict[str, Callable[..., Filter]] = {
    "frequency_drop": _frequency_drop,
    "packet_loss": _packet_loss,
    "delay": _delay,
    "corrupt": _corrupt,
}
