"""Cancel, pause, resume, retry, approvals, waits, and runs within runs."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from common.application.events import distribution
from common.application.events.publishing import publish
from common.application.workflows import approvals, control, retrying
from common.application.workflows.definitions import create_definition
from common.application.workflows.execution import STEP_WORK
from common.application.workflows.here import run_here
from common.application.workflows.sweeping import (
    advance_stuck_runs,
    cancel_orphans,
    end_overlong_attempts,
    end_suspensions,
)
from common.domain.errors import Conflict
from common.infrastructure.work.claims import claim
from common.models import StepRun, StoredEvent, WorkflowRun
from common.tests.samples import Sampled
from common.tests.workflows.made_up import SECONDS, Recorder, failing, run, run_until, start, states, step, told

pytestmark = pytest.mark.django_db(transaction=True)


def finish(begun: WorkflowRun) -> WorkflowRun:
    return run_here(begun.pk, timeout_seconds=SECONDS)


def happen(number: int, text: str = "") -> None:
    with transaction.atomic():
        publish(Sampled(number=number), source="tests")


# --- Cancel, pause, resume ---


def test_a_cancelled_run_ends_at_once_and_a_late_result_is_not_taken(did: Recorder) -> None:
    begun = start({"id": "a", "capability": "t.do"}, {"id": "b", "capability": "t.do", "needs": ["a"]})
    did.does["do"] = lambda given, call: control.cancel_run(begun.pk, actor="eve")  # type: ignore[func-returns-value]
    done = finish(begun)
    assert (done.state, done.error, states(done)) == (
        "cancelled",
        "cancelled by eve",
        {"a": "cancelled", "b": "cancelled"},
    )
    assert step(done, "a").output is None
    assert told(done)[-1] == "cancelled"


def test_a_running_step_is_told_to_stop(did: Recorder) -> None:
    begun = start({"id": "a", "capability": "t.slow"})
    stopped = []

    def slow(given: dict[str, Any], call: Any) -> None:
        assert not call.should_stop()
        control.cancel_run(begun.pk, actor="eve")
        waiting = threading.Event()
        for _ in range(100):
            if call.should_stop():
                stopped.append(True)
                return
            waiting.wait(0.05)

    did.does["slow"] = slow
    assert (finish(begun).state, stopped) == ("cancelled", [True])


def test_what_has_ended_cannot_be_cancelled_paused_or_resumed(did: Recorder) -> None:
    done = run({"id": "a", "capability": "t.do"})
    for change in (control.cancel_run, control.pause_run, control.resume_run, retrying.retry_run):
        with pytest.raises(Conflict, match="succeeded"):
            change(done.pk, actor="eve")


def test_a_paused_run_starts_nothing_new_until_it_is_resumed(did: Recorder) -> None:
    begun = start({"id": "a", "capability": "t.do"}, {"id": "b", "capability": "t.other", "needs": ["a"]})
    did.does["do"] = lambda given, call: control.pause_run(begun.pk, actor="eve")  # type: ignore[func-returns-value]
    run_until(begun, lambda: states(begun)["a"] == "succeeded")
    with pytest.raises(TimeoutError):
        run_here(begun.pk, timeout_seconds=0.2)
    assert states(begun) == {"a": "succeeded", "b": "blocked"}
    control.resume_run(begun.pk, actor="eve")
    assert (finish(begun).state, did.names()) == ("succeeded", ["do", "other"])


def test_steps_that_waited_for_a_worker_are_held_by_a_pause(did: Recorder) -> None:
    begun = start({"id": "a", "capability": "t.do"})
    control.pause_run(begun.pk, actor="eve")
    assert states(begun) == {"a": "held"}
    assert claim(StepRun, "normal", limit=5, run_id=begun.pk) is None
    control.resume_run(begun.pk, actor="eve")
    assert finish(begun).state == "succeeded"
    assert told(begun)[1:3] == ["paused", "resumed"]


# --- Retry ---


def test_a_failed_run_goes_on_from_what_failed_and_keeps_what_succeeded(did: Recorder) -> None:
    did.does["do"] = failing("down", times=1, retryable=False)
    steps = (
        {"id": "a", "capability": "t.other"},
        {"id": "b", "capability": "t.do", "needs": ["a"]},
        {"id": "c", "capability": "t.slow", "needs": ["b"]},
    )
    done = run(*steps)
    assert (done.state, did.names()) == ("failed", ["other", "do"])
    retrying.retry_run(done.pk, actor="eve")
    again = finish(done)
    assert (again.state, again.error, did.names()) == ("succeeded", "", ["other", "do", "do", "slow"])
    assert did.seen[1].idempotency_key == did.seen[2].idempotency_key


def test_what_was_compensated_is_done_again_by_a_retry(did: Recorder) -> None:
    did.does["other"] = failing("down", times=1, retryable=False)
    done = run(
        {"id": "a", "capability": "t.do", "compensate": {"capability": "t.undo"}},
        {"id": "b", "capability": "t.other", "needs": ["a"], "on_failure": "compensate"},
    )
    assert did.names() == ["do", "other", "undo"]
    retrying.retry_run(done.pk, actor="eve")
    assert (finish(done).state, did.names()[3:]) == ("succeeded", ["do", "other"])


def test_the_items_that_succeeded_are_kept_by_a_retry(did: Recorder) -> None:
    failed = set()

    def once(given: dict[str, Any], call: Any) -> None:
        if given["n"] == 2 and not failed:
            failed.add(2)
            failing("down", retryable=False)(given, call)

    did.does["do"] = once
    done = run(
        {"id": "m", "capability": "t.do", "map": {"over": "[0, 1, 2, 3]", "parallel": 1}, "input": {"n": "${item}"}},
        output="${steps.m.output.map(o, o.n)}",
    )
    assert done.state == "failed"
    retrying.retry_run(done.pk, actor="eve")
    again = finish(done)
    assert (again.state, again.output) == ("succeeded", [0, 1, 2, 3])
    assert [given["n"] for given in did.inputs("do")] == [0, 1, 2, 2, 3]


# --- Approval ---


def test_an_approver_sees_what_will_be_done_and_exactly_that_is_done(did: Recorder) -> None:
    begun = start(
        {
            "id": "a",
            "capability": "t.do",
            "input": {"what": "${input.host}"},
            "approval": {"role": "admin", "message": "Ban ${input.host}?", "timeout_seconds": 60},
        },
        input={"host": "10.0.0.9"},
    )
    asked = step(begun, "a")
    assert (asked.state, asked.waits_for, asked.input) == ("suspended", "approval", {"what": "10.0.0.9"})
    shown = StoredEvent.objects.get(type="workflow.approval_requested").data
    assert (shown["capability"], shown["input"]) == ("t.do", {"what": "10.0.0.9"})
    assert (shown["role"], shown["message"]) == ("admin", "Ban 10.0.0.9?")
    WorkflowRun.objects.filter(pk=begun.pk).update(input={"host": "other"})
    approvals.approve(asked.pk, actor="eve", note="go")
    assert (finish(begun).state, did.calls) == ("succeeded", [("do", {"what": "10.0.0.9"})])
    asked.refresh_from_db()
    assert (asked.approved_by, asked.wait["answer"]["note"]) == ("eve", "go")
    assert StoredEvent.objects.get(type="workflow.approved").actor == "eve"
    with pytest.raises(Conflict, match="does not ask for approval"):
        approvals.approve(asked.pk, actor="eve")


def test_a_rejected_step_fails_and_its_capability_is_not_called(did: Recorder) -> None:
    begun = start({"id": "a", "capability": "t.do", "approval": {}})
    approvals.reject(step(begun, "a").pk, actor="eve", note="too late")
    done = finish(begun)
    assert (done.state, done.error, did.calls) == ("failed", "a: rejected by eve: too late", [])
    assert told(done)[-3:] == ["rejected a", "step_failed a", "failed"]


def test_nobody_answering_in_time_counts_as_rejected(did: Recorder) -> None:
    begun = start({"id": "a", "approval": {"timeout_seconds": 5}})
    end_suspensions(datetime.now(UTC) + timedelta(seconds=6))
    done = finish(begun)
    assert (done.state, done.error) == ("failed", "a: nobody approved it in time")
    assert "rejected a" in told(done)


def test_an_approval_alone_ends_with_who_said_what(did: Recorder) -> None:
    begun = start(
        {"id": "a", "approval": {}},
        {"id": "b", "capability": "t.do", "needs": ["a"], "input": {"what": "${steps.a.output.by}"}},
    )
    approvals.approve(step(begun, "a").pk, actor="eve")
    assert (finish(begun).state, did.calls) == ("succeeded", [("do", {"what": "eve"})])


def test_policy_may_spare_the_question(did: Recorder) -> None:
    asks = {"id": "a", "capability": "t.do", "approval": {"unless": "input.score > 90"}}
    assert run(asks, input={"score": 95}).state == "succeeded"
    assert StoredEvent.objects.get(type="workflow.approved").data["by"] == "policy"
    assert states(start(asks, input={"score": 50})) == {"a": "suspended"}


def test_an_approval_during_a_pause_waits_for_the_end_of_it(did: Recorder) -> None:
    begun = start({"id": "a", "capability": "t.do", "approval": {}})
    control.pause_run(begun.pk, actor="eve")
    approvals.approve(step(begun, "a").pk, actor="eve")
    assert states(begun) == {"a": "held"}
    control.resume_run(begun.pk, actor="eve")
    assert finish(begun).state == "succeeded"


# --- Waiting ---


def test_a_time_waited_for_comes(did: Recorder) -> None:
    before = datetime.now(UTC)
    done = run(
        {"id": "w", "wait": {"seconds": "${input.n}"}},
        {"id": "a", "capability": "t.do", "needs": ["w"]},
        input={"n": 0.2},
    )
    assert done.state == "succeeded"
    assert datetime.now(UTC) - before >= timedelta(seconds=0.2)
    assert run({"id": "w", "wait": {"until": "2020-01-01T00:00:00Z"}}).state == "succeeded"


@pytest.mark.parametrize("wait", [{"seconds": "${'x'}"}, {"until": "${'tomorrow'}"}, {"seconds": "${-1}"}])
def test_a_time_that_is_none_fails_the_step(did: Recorder, wait: dict[str, Any]) -> None:
    assert "wait." in run({"id": "w", "wait": wait}).error


def test_an_event_after_the_step_began_to_wait_is_its_output(did: Recorder) -> None:
    distribution.make_cursors()
    happen(1)
    begun = start(
        {
            "id": "w",
            "wait": {"event": {"topics": ["sample.*"], "where": "event.data.number == input.n"}, "timeout_seconds": 60},
        },
        input={"n": 7},
        output="${steps.w.output.data.number}",
    )
    happen(6)
    distribution.distribute()
    assert states(begun) == {"w": "suspended"}
    happen(7)
    done = finish(begun)
    assert (done.state, done.output) == ("succeeded", 7)


def test_events_of_before_do_not_count_even_where_the_consumer_lags_behind(did: Recorder) -> None:
    distribution.make_cursors()
    happen(7)  # not handed out yet when the step begins to wait
    begun = start({"id": "w", "wait": {"event": {"topics": ["sample.*"]}}})
    distribution.distribute()
    assert states(begun) == {"w": "suspended"}


def test_an_event_since_the_run_began_counts_where_the_step_says_so(did: Recorder) -> None:
    did.does["do"] = lambda given, call: happen(7)  # type: ignore[func-returns-value]
    happen(6)
    done = run(
        {"id": "a", "capability": "t.do"},
        {"id": "w", "needs": ["a"], "wait": {"event": {"topics": ["sample.*"], "since": "run"}}},
        output="${steps.w.output.data.number}",
    )
    assert (done.state, done.output) == ("succeeded", 7)


@pytest.mark.parametrize(("subject", "found"), [("sample:7", True), ("sample:7/probe", True), ("sample:70", False)])
def test_an_event_of_before_may_be_about_something_below_the_subject(
    did: Recorder, monkeypatch: pytest.MonkeyPatch, subject: str, found: bool
) -> None:
    monkeypatch.setattr("common.tests.samples.Sampled.subject", lambda event: subject)
    did.does["do"] = lambda given, call: happen(1)  # type: ignore[func-returns-value]
    wait = {"event": {"topics": ["sample.*"], "since": "run", "subject": "sample:7"}, "timeout_seconds": 0.2}
    done = run({"id": "a", "capability": "t.do"}, {"id": "w", "needs": ["a"], "wait": wait})
    assert done.state == ("succeeded" if found else "failed"), done.error


def test_an_event_that_does_not_come_fails_the_step(did: Recorder) -> None:
    done = run({"id": "w", "wait": {"event": {"topics": ["sample.*"]}, "timeout_seconds": 0.1}})
    assert done.error == "w: no event sample.* came in time"


# --- Time limits ---


def test_an_attempt_past_its_time_fails_though_it_still_runs(did: Recorder) -> None:
    begun = start({"id": "a", "capability": "t.slow", "timeout_seconds": 1})

    def slow(given: dict[str, Any], call: Any) -> dict[str, Any]:
        assert end_overlong_attempts(datetime.now(UTC) + timedelta(seconds=5)) == 1
        return {"text": "too late"}

    did.does["slow"] = slow
    done = finish(begun)
    assert (done.state, done.error) == ("failed", "a: it took longer than its timeout")
    assert step(done, "a").output is None


def test_a_step_that_outlived_five_workers_is_not_tried_again(did: Recorder) -> None:
    begun = start({"id": "a", "capability": "t.do"})
    StepRun.objects.filter(run=begun).update(crashes=5)
    done = finish(begun)
    assert (done.state, done.error, did.calls) == ("failed", "a: 5 workers died while they did it", [])


# --- Runs within runs ---


def inner(**more: Any) -> None:
    create_definition(
        {
            "name": "inner",
            "steps": [{"id": "x", "capability": "t.do", "input": {"n": "${input.n}"}, **more}],
            "output": "${steps.x.output.n}",
        },
        by="ada",
    )


def test_the_output_of_a_run_within_is_the_output_of_its_step(did: Recorder) -> None:
    inner()
    done = run({"id": "a", "workflow": "inner", "input": {"n": 5}}, output="${steps.a.output}", correlation_id="c-9")
    assert (done.state, done.output) == ("succeeded", 5)
    child = WorkflowRun.objects.get(parent__run=done)
    assert (child.correlation_id, child.depth, child.actor, child.role) == ("c-9", 1, "ada", "operator")


def test_a_run_within_that_fails_fails_its_step_and_is_retried_with_it(did: Recorder) -> None:
    did.does["do"] = failing("down", times=1, retryable=False)
    inner()
    done = run({"id": "a", "workflow": "inner", "input": {"n": 5}}, output="${steps.a.output}")
    assert done.state == "failed"
    assert "inner failed: x: down" in done.error
    retrying.retry_run(done.pk, actor="eve")
    again = finish(done)
    assert (again.state, again.output, WorkflowRun.objects.count()) == ("succeeded", 5, 2)


def test_cancelling_reaches_the_runs_within(did: Recorder) -> None:
    inner(approval={})
    begun = start({"id": "a", "workflow": "inner", "input": {"n": 5}})
    run_until(begun, lambda: WorkflowRun.objects.filter(parent__run=begun).exists())
    child = WorkflowRun.objects.get(parent__run=begun)
    control.pause_run(begun.pk, actor="eve")
    child.refresh_from_db()
    assert child.state == "paused"
    control.resume_run(begun.pk, actor="eve")
    control.cancel_run(begun.pk, actor="eve")
    child.refresh_from_db()
    assert child.state == "cancelled"


def test_runs_within_runs_have_an_end(did: Recorder) -> None:
    body = {"name": "endless", "steps": [{"id": "again", "workflow": "endless"}]}
    from common.models import WorkflowDefinition

    WorkflowDefinition.objects.create(name="endless", body=body)
    done = run({"id": "a", "workflow": "endless"})
    assert done.state == "failed"
    assert WorkflowRun.objects.count() == 11
    assert "at most 10 are allowed" in done.error


def test_a_workflow_that_is_not_there_fails_the_step(did: Recorder) -> None:
    assert "no_such" in run({"id": "a", "workflow": "no_such"}).error


def test_a_run_within_that_takes_too_long_is_cancelled(did: Recorder) -> None:
    inner(approval={})
    done = run({"id": "a", "workflow": "inner", "input": {"n": 5}, "timeout_seconds": 0.1})
    assert "took longer than its timeout" in done.error
    cancel_orphans()
    assert WorkflowRun.objects.get(parent__run=done).state == "cancelled"


# --- Nets ---


def test_a_run_that_lost_its_way_goes_on(did: Recorder) -> None:
    begun = start({"id": "a", "capability": "t.do"})
    StepRun.objects.filter(run=begun).update(state="blocked")
    advance_stuck_runs(datetime.now(UTC) + timedelta(minutes=2))
    assert finish(begun).state == "succeeded"


def test_a_step_whose_worker_died_is_taken_up_again(did: Recorder) -> None:
    begun = start({"id": "a", "capability": "t.do"})
    batch = claim(StepRun, "normal", limit=1, run_id=begun.pk)
    assert batch is not None
    StepRun.objects.filter(run=begun).update(lease_until=datetime.now(UTC) - timedelta(seconds=1))
    assert finish(begun).state == "succeeded"
    STEP_WORK.perform(batch)  # the dead one comes back: its claim is gone
    assert did.names() == ["do"]


def test_starting_inside_a_transaction_that_fails_leaves_nothing(did: Recorder) -> None:
    with transaction.atomic():
        start({"id": "a", "capability": "t.do"})
        transaction.set_rollback(True)
    assert (WorkflowRun.objects.count(), StoredEvent.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    "until", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2030-01-31T12:00:00", "tomorrow", 7, None]
)
def test_a_time_that_is_none_fails_the_step_and_what_ran_before_ran_once(did: Recorder, until: Any) -> None:
    done = run(
        {"id": "a", "capability": "t.do"},
        {"id": "w", "needs": ["a"], "wait": {"until": "${input.until}"}},
        input={"until": until},
    )
    assert (done.state, states(done), did.names()) == ("failed", {"a": "succeeded", "w": "failed"}, ["do"])
    assert "wait.until: " in done.error


def test_steps_of_a_cancelled_run_tell_why_they_have_no_result(did: Recorder) -> None:
    begun = start({"id": "w", "wait": {"seconds": 1000}}, {"id": "b", "capability": "t.do", "needs": ["w"]})
    control.cancel_run(begun.pk, actor="eve")
    assert (step(begun, "w").error, step(begun, "b").error) == ("cancelled by eve", "not begun: cancelled by eve")


def test_a_run_within_a_run_is_one_attempt(did: Recorder) -> None:
    create_definition({"name": "inner_once", "steps": [{"id": "a", "capability": "t.do"}]}, by="ada")
    done = run({"id": "sub", "workflow": "inner_once"})
    assert (done.state, step(done, "sub").attempts) == ("succeeded", 1)


def test_a_run_that_is_cancelled_while_it_compensates_tells_what_was_not_undone(did: Recorder) -> None:
    steps = [
        {"id": name, "capability": "t.do", "needs": needs, "compensate": {"capability": "t.undo"}}
        for name, needs in (("a", []), ("b", ["a"]), ("c", ["b"]))
    ]
    begun = start(*steps, {"id": "d", "capability": "t.fail", "needs": ["c"], "on_failure": "compensate"})

    def undo(given: dict[str, Any], call: Any) -> None:
        if len(did.inputs("undo")) == 2:
            control.cancel_run(begun.pk, actor="eve")

    did.does["undo"] = undo
    done = finish(begun)
    assert (done.state, done.error) == ("cancelled", "cancelled by eve while it compensated; not compensated: b, a")
