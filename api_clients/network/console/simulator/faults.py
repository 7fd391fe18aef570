"""The ways in which a console fails its visitors, or is merely shared with somebody."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Faults:
    """`boot_seconds`: it prints boot messages that long after its start, and halts if a key is pressed meanwhile.
    `intruder` is what somebody types into every command while it is typed, `intrusions` times.
    """

    silent: bool = False
    hang_up_after_bytes: int | None = None
    delay_seconds: float = 0.0  # before each piece of output
    garbage: bytes = b""  # sent before the first output
    boot_seconds: float = 0.0
    intruder: str = ""
    intrusions: int = 1_000_000
    log_line: str = ""  # printed in the middle of every answer
