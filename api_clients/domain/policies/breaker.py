"""The circuit breaker's rules: a state, what may happen to it, and nothing that keeps or shares it.

    closed     calls pass; `failure_threshold` failures in a row open it
    open       calls are refused for `recovery_seconds`
    half_open  at most `trial_calls` calls at a time pass as trials; `success_threshold` successes close it,
               one failure opens it again

A neutral verdict (a 404, a refused login, a call that was never sent) proves nothing: it changes no count and
only gives its trial slot back. The epoch grows with each change of phase, and a verdict counts only in the
epoch in which its call was admitted: an answer that was on its way when the circuit opened neither heals nor
harms what came after. (M. Nygard, Release It!, "Circuit Breaker".)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

Phase = Literal["closed", "open", "half_open"]
Verdict = Literal["success", "failure", "neutral"]


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    failure_threshold: int = 5
    recovery_seconds: float = 30.0
    trial_calls: int = 1
    success_threshold: int = 1
    trial_timeout_seconds: float = 120.0  # a trial whose caller died without a verdict gives its slot back after this


class Trial(NamedTuple):
    number: int
    admitted_at: float


@dataclass(frozen=True, slots=True)
class BreakerState:
    """`trials` are those under way, `numbered` how many this epoch has seen; all moments are of one clock."""

    phase: Phase = "closed"
    epoch: int = 0
    failures: int = 0
    successes: int = 0
    opened_at: float = 0.0
    numbered: int = 0
    trials: tuple[Trial, ...] = ()


class Permit(NamedTuple):
    """What an admitted call holds until it reports its verdict; `trial` is its number where it is one.

    `clean` says that the circuit was closed and without a failure when the call was admitted.
    """

    epoch: int
    trial: int | None = None
    clean: bool = False


class Change(NamedTuple):
    """What a step did; `before is after` where it did nothing. A refused admission has no permit."""

    before: BreakerState
    after: BreakerState
    permit: Permit | None = None
    retry_in_seconds: float = 0.0


def admit(state: BreakerState, policy: BreakerPolicy, now: float) -> Change:
    """Let a call through (the change holds its permit), or refuse it and say when to ask again."""
    if state.phase == "closed":
        return Change(state, state, Permit(state.epoch, clean=state.failures == 0))
    if state.phase == "open":
        wait = state.opened_at + policy.recovery_seconds - now
        if wait > 0:
            return Change(state, state, None, wait)
        half_open = BreakerState("half_open", state.epoch + 1, opened_at=state.opened_at)
        return _admit_trial(state, half_open, (), now)
    trials = tuple(trial for trial in state.trials if now - trial.admitted_at < policy.trial_timeout_seconds)
    if len(trials) >= policy.trial_calls:
        return Change(state, state, None, trials[0].admitted_at + policy.trial_timeout_seconds - now)
    return _admit_trial(state, state, trials, now)


def _admit_trial(before: BreakerState, state: BreakerState, trials: tuple[Trial, ...], now: float) -> Change:
    number = state.numbered
    after = replace(state, numbered=number + 1, trials=(*trials, Trial(number, now)))
    return Change(before, after, Permit(after.epoch, number))


def record(
    state: BreakerState, policy: BreakerPolicy, verdict: Verdict, now: float, permit: Permit | None = None
) -> Change:
    """Count a verdict. Without a permit the call is taken to belong to the present epoch, its oldest trial first."""
    if permit is not None and permit.epoch != state.epoch:
        return Change(state, state)
    if state.phase == "closed":
        return Change(state, _count(state, policy, verdict, now))
    if state.phase == "open":
        return Change(state, state)
    return Change(state, _judge_trial(state, policy, verdict, now, permit))


def is_no_news(verdict: Verdict, permit: Permit | None) -> bool:
    """True where recording the verdict would change nothing, so that a store need not be asked.

    A success heals the failures that its call was admitted after; of a clean circuit there is nothing to heal.
    """
    return permit is not None and permit.clean and verdict != "failure"


def _count(state: BreakerState, policy: BreakerPolicy, verdict: Verdict, now: float) -> BreakerState:
    if verdict == "failure":
        failures = state.failures + 1
        return _open(state, now) if failures >= policy.failure_threshold else replace(state, failures=failures)
    if verdict == "success" and state.failures:
        return replace(state, failures=0)
    return state


def _judge_trial(
    state: BreakerState, policy: BreakerPolicy, verdict: Verdict, now: float, permit: Permit | None
) -> BreakerState:
    if verdict == "failure":
        return _open(state, now)
    successes = state.successes + (verdict == "success")
    if successes >= policy.success_threshold:
        return BreakerState("closed", state.epoch + 1)
    return replace(state, successes=successes, trials=_without(state.trials, permit))


def _open(state: BreakerState, now: float) -> BreakerState:
    return BreakerState("open", state.epoch + 1, opened_at=now)


def _without(trials: tuple[Trial, ...], permit: Permit | None) -> tuple[Trial, ...]:
    if permit is None:
        return trials[1:]
    return tuple(trial for trial in trials if trial.number != permit.trial)
