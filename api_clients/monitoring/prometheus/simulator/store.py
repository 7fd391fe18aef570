"""The simulated server's series: those that are always there, and those that were written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from api_clients.monitoring.prometheus.simulator import selectors
from api_clients.monitoring.prometheus.simulator.content import NOW
from api_clients.monitoring.prometheus.simulator.received_series import Received

Labels = dict[str, str]
LOOKBACK_SECONDS = 300.0


class OutOfOrder(ValueError):
    """A sample is older than what is there."""


class SeriesStore:
    def __init__(self, steady: Iterable[tuple[Labels, float]]) -> None:
        self._steady = [(dict(labels), value) for labels, value in steady]
        self._written: dict[tuple[tuple[str, str], ...], list[tuple[int, float]]] = {}

    @property
    def all(self) -> list[tuple[Labels, float]]:
        return [*self._steady, *((dict(key), samples[-1][1]) for key, samples in self._written.items())]

    def now(self) -> float:
        """The moment of a query without one: when everything here has happened."""
        newest = [samples[-1][0] / 1000 for samples in self._written.values()]
        return max([NOW.timestamp(), *newest])

    def write(self, received: Iterable[Received]) -> None:
        for labels, samples in received:
            key = tuple(sorted(labels.items()))
            held = self._written.setdefault(key, [])
            for sample in samples:
                if held and sample[0] < held[-1][0]:
                    raise OutOfOrder("out of order sample")
                if not held or held[-1] != sample:
                    held.append(sample)

    def delete(self, matches: Iterable[selectors.Matches]) -> None:
        wanted = list(matches)
        self._steady = [item for item in self._steady if not any(fits(item[0]) for fits in wanted)]
        self._written = {
            key: held for key, held in self._written.items() if not any(fits(dict(key)) for fits in wanted)
        }

    def label_sets(self, matches: Iterable[selectors.Matches]) -> list[Labels]:
        wanted = list(matches)
        return [labels for labels, _ in self.all if not wanted or any(fits(labels) for fits in wanted)]

    def at(self, fits: selectors.Matches, seconds: float) -> list[tuple[Labels, float]]:
        """Return what a vector selector would at one moment."""
        found = [(labels, value) for labels, value in self._steady if fits(labels)]
        for key, held in self._written.items():
            near = [value for stamp, value in held if 0 <= seconds - stamp / 1000 < LOOKBACK_SECONDS]
            if near and fits(dict(key)):
                found.append((dict(key), near[-1]))
        return found

    def over(self, fits: selectors.Matches, start: float, end: float, step: float) -> list[dict[str, Any]]:
        """Return what a range query would."""
        found: dict[tuple[tuple[str, str], ...], list[list[Any]]] = {}
        for number in range(int((end - start) / step + 1e-9) + 1):
            moment = start + timedelta(seconds=step * number).total_seconds()
            for labels, value in self.at(fits, moment):
                found.setdefault(tuple(sorted(labels.items())), []).append([moment, spelled(value)])
        return [{"metric": dict(key), "values": values} for key, values in found.items()]


def spelled(value: float) -> str:
    """Spell a value as Go does."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    return f"{value:g}" if value == float(f"{value:g}") else repr(value)
