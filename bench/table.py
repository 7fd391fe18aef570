"""A row of the table of benchmarks: what was measured, what was promised, and what a peer does in the same run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`target` is the promise in the same unit (None where there is none): at most that, or at least that."""

    name: str
    measured: float
    unit: str
    target: float | None = None
    peer: str = ""
    peer_measured: float | None = None
    note: str = ""
    higher_is_better: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target was met; None where there is none."""
        if self.target is None:
            return None
        return self.measured >= self.target if self.higher_is_better else self.measured <= self.target
