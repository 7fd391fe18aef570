"""Which replica takes the next call: smooth weighted round robin, sick ones left out and tried again.

Smooth (as in nginx, upstream commit 52327e0): weights 5, 1, 1 give a a b a c a a and not a a a a a b c, so a heavy
replica does not get its calls in one burst.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Instance:
    url: str
    weight: int = 1


@dataclass(frozen=True, slots=True)
class BalancePolicy:
    failure_threshold: int = 2
    out_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How one instance stands: its place in the rotation, failures in a row, and until when it is left out."""

    current: int = 0
    failures: int = 0
    out_until: float = 0.0


Standings = tuple[Standing, ...]


def choose(
    instances: Sequence[Instance], standings: Standings, policy: BalancePolicy, now: float
) -> tuple[int, Standings]:
    """Return the index of the next instance, and the standings after the choice.

    One that comes back from its time out gets a single call as its trial: it is out again until that reports. When
    all are out, the one nearest to its trial is taken, for the breaker above decides whether to call at all.
    """
    able = [index for index, standing in enumerate(standings) if standing.out_until <= now]
    if not able:
        nearest = min(range(len(standings)), key=lambda index: standings[index].out_until)
        return nearest, standings
    total = sum(instances[index].weight for index in able)
    raised = {index: standings[index].current + instances[index].weight for index in able}
    chosen = max(able, key=lambda index: raised[index])
    raised[chosen] -= total
    after = [
        replace(standing, current=raised[index]) if index in raised else standing
        for index, standing in enumerate(standings)
    ]
    if after[chosen].failures >= policy.failure_threshold:
        after[chosen] = replace(after[chosen], out_until=now + policy.out_seconds)
    return chosen, tuple(after)


def succeeded(standings: Standings, index: int) -> Standings:
    standing = standings[index]
    if not standing.failures and not standing.out_until:
        return standings
    return _with(standings, index, replace(standing, failures=0, out_until=0.0))


def failed(standings: Standings, index: int, policy: BalancePolicy, now: float) -> Standings:
    standing = standings[index]
    failures = standing.failures + 1
    # It starts again at zero when it returns, or it would claim all the turns it missed at once.
    out = failures >= policy.failure_threshold
    return _with(
        standings,
        index,
        Standing(0 if out else standing.current, failures, now + policy.out_seconds if out else standing.out_until),
    )


def _with(standings: Standings, index: int, standing: Standing) -> Standings:
    return (*standings[:index], standing, *standings[index + 1 :])
