from __future__ import annotations

import pytest

from api_clients.domain.policies.breaker import BreakerPolicy, BreakerState, Permit, Verdict, admit, is_no_news, record

POLICY = BreakerPolicy(
    failure_threshold=3, recovery_seconds=10, trial_calls=2, success_threshold=2, trial_timeout_seconds=60
)
OPEN = BreakerState("open", epoch=1, opened_at=100.0)


@pytest.mark.parametrize(
    ("verdicts", "phase", "failures"),
    [
        (["failure", "failure"], "closed", 2),
        (["failure", "failure", "failure"], "open", 0),
        (["failure", "failure", "success", "failure"], "closed", 1),
        (["failure", "failure", "neutral"], "closed", 2),  # a neutral verdict does not heal
        (["neutral"] * 10, "closed", 0),  # nor count
        (["failure", "neutral", "failure", "neutral", "failure"], "open", 0),
    ],
)
def test_only_failures_in_a_row_open_a_closed_circuit(verdicts: list[Verdict], phase: str, failures: int) -> None:
    state = BreakerState()
    for verdict in verdicts:
        state = record(state, POLICY, verdict, 100.0).after
    assert (state.phase, state.failures) == (phase, failures)


def test_an_open_circuit_refuses_and_says_when_to_ask_again() -> None:
    change = admit(OPEN, POLICY, 104.0)
    assert change.permit is None
    assert change.retry_in_seconds == pytest.approx(6.0)
    assert change.after is OPEN


def test_after_the_recovery_time_only_the_limited_number_of_trials_passes() -> None:
    first = admit(OPEN, POLICY, 110.0)
    second = admit(first.after, POLICY, 110.5)
    third = admit(second.after, POLICY, 111.0)
    assert first.after.phase == "half_open"
    assert first.permit is not None
    assert second.permit is not None
    assert third.permit is None


def test_enough_successful_trials_close_the_circuit() -> None:
    state = admit(OPEN, POLICY, 110.0).after
    state = record(state, POLICY, "success", 110.1).after
    assert state.phase == "half_open"
    state = record(admit(state, POLICY, 110.2).after, POLICY, "success", 110.3).after
    assert state.phase == "closed"
    assert state.failures == 0


def test_one_failed_trial_opens_the_circuit_for_another_recovery_time() -> None:
    state = record(admit(OPEN, POLICY, 110.0).after, POLICY, "failure", 111.0).after
    assert (state.phase, state.opened_at) == ("open", 111.0)
    assert admit(state, POLICY, 120.9).permit is None
    assert admit(state, POLICY, 121.0).permit is not None


def test_a_neutral_trial_gives_its_slot_back_and_proves_nothing() -> None:
    one = admit(OPEN, POLICY, 110.0)
    two = admit(one.after, POLICY, 110.5)
    state = record(two.after, POLICY, "neutral", 111.0, one.permit).after
    assert (state.phase, state.successes, state.trials) == ("half_open", 0, ((1, 110.5),))
    assert admit(state, POLICY, 111.5).permit is not None


def test_a_trial_that_never_reports_gives_its_slot_back_in_time() -> None:
    state = admit(admit(OPEN, POLICY, 110.0).after, POLICY, 110.0).after
    refused = admit(state, POLICY, 169.0)
    assert refused.permit is None
    assert refused.retry_in_seconds == pytest.approx(1.0)
    assert admit(state, POLICY, 170.0).permit is not None


@pytest.mark.parametrize("verdict", ["success", "failure"])
def test_an_answer_from_before_the_circuit_opened_neither_heals_nor_harms(verdict: Verdict) -> None:
    late = admit(BreakerState(), POLICY, 90.0).permit
    half_open = admit(OPEN, POLICY, 110.0).after
    assert record(half_open, POLICY, verdict, 111.0, late).after is half_open
    assert record(OPEN, POLICY, verdict, 101.0, late).after is OPEN


def test_a_healthy_call_changes_nothing_in_a_closed_circuit() -> None:
    state = BreakerState()
    assert admit(state, POLICY, 1.0).after is state
    assert record(state, POLICY, "success", 2.0).after is state


@pytest.mark.parametrize(
    ("state", "verdict", "no_news"),
    [
        (BreakerState(), "success", True),
        (BreakerState(), "neutral", True),
        (BreakerState(), "failure", False),
        (BreakerState(failures=1), "success", False),  # heals
        (BreakerState(failures=1), "neutral", False),
        (OPEN, "success", False),  # a trial
        (OPEN, "neutral", False),
    ],
)
def test_only_the_good_end_of_a_call_in_a_clean_circuit_is_no_news(
    state: BreakerState, verdict: Verdict, no_news: bool
) -> None:
    permit = admit(state, POLICY, 110.0).permit
    assert is_no_news(verdict, permit) is no_news
    assert not is_no_news(verdict, None)


def test_what_is_no_news_would_indeed_change_nothing() -> None:
    for verdict in ("success", "neutral"):
        assert record(BreakerState(), POLICY, verdict, 1.0, Permit(0, clean=True)).after == BreakerState()
