"""Runs from start to end, in this process, on the real tables."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError

from common.application.workflows import opened
from common.application.workflows.definitions import create_definition
from common.application.workflows.here import run_here
from common.domain.errors import Unknown
from common.models import StoredEvent, WorkflowRun
from common.tests.workflows.made_up import SECONDS, Recorder, failing, run, start, states, step, told

pytestmark = pytest.mark.django_db(transaction=True)


def test_results_flow_from_step_to_step_and_into_the_output(did: Recorder) -> None:
    done = run(
        {"id": "a", "capability": "t.do", "input": {"n": "${input.n}", "text": "n is ${input.n}"}},
        {"id": "b", "capability": "t.other", "needs": ["a"], "input": {"n": "${steps.a.output.n + 1}"}},
        input={"n": 41},
        output={"n": "${steps.b.output.n}", "a": "${steps.a.state}"},
    )
    assert done.state == "succeeded", done.error
    assert done.output == {"n": 42, "a": "succeeded"}
    assert did.calls == [("do", {"n": 41, "text": "n is 41"}), ("other", {"n": 42})]


def test_every_change_is_an_event_in_order(did: Recorder) -> None:
    done = run(
        {"id": "a", "capability": "t.do"},
        {"id": "b", "capability": "t.do", "needs": ["a"], "when": "false"},
        correlation_id="c-1",
        causation_id="e-1",
    )
    assert told(done) == ["started", "step_started a", "step_succeeded a", "step_skipped b", "succeeded"]
    rows = StoredEvent.objects.filter(subject=f"workflow_run:{done.pk}")
    assert set(rows.values_list("correlation_id", "actor", "source")) == {("c-1", "ada", "hub")}
    assert rows.get(type="workflow.started").causation_id == "e-1"
    assert rows.get(type="workflow.succeeded").causation_id == f"run:{done.pk}:step:a"


def test_a_capability_is_told_who_asks_and_which_attempt_at_what_this_is(did: Recorder) -> None:
    did.does["do"] = failing("not yet", times=1)
    done = run({"id": "a", "capability": "t.do", "retry": {"attempts": 2, "delay_seconds": 0}}, correlation_id="c-1")
    assert done.state == "succeeded"
    first, second = did.seen
    assert first.idempotency_key == second.idempotency_key == f"run:{done.pk}:step:a"
    assert (first.actor, first.correlation_id, first.deadline is not None) == ("ada", "c-1", True)


def test_steps_that_do_not_need_each_other_are_all_ready_at_once(did: Recorder) -> None:
    begun = start(
        *({"id": name, "capability": "t.do"} for name in "abc"), {"id": "z", "capability": "t.do", "needs": list("abc")}
    )
    assert states(begun) == {"a": "waiting", "b": "waiting", "c": "waiting", "z": "blocked"}


def test_a_false_condition_skips_the_step_and_those_behind_it_see_that(did: Recorder) -> None:
    done = run(
        {"id": "a", "capability": "t.do", "when": "input.wanted"},
        {"id": "b", "capability": "t.do", "needs": ["a"], "input": {"seen": "${steps.a.state}"}},
        input={"wanted": False},
    )
    assert states(done) == {"a": "skipped", "b": "succeeded"}
    assert did.calls == [("do", {"seen": "skipped"})]
    assert done.summary["skipped"] == [{"step": "a", "reason": "its condition is false: input.wanted"}]


@pytest.mark.parametrize(("if_missing", "state"), [("skip", "succeeded"), ("fail", "failed")])
def test_a_capability_that_nobody_offers_skips_the_step_or_fails_it(did: Recorder, if_missing: str, state: str) -> None:
    done = run(
        {"id": "a", "capability": "nobody.does", "if_missing": if_missing},
        {"id": "b", "capability": "t.do", "needs": ["a"]},
    )
    assert done.state == state
    assert "nobody.does" in step(done, "a").error
    assert "nobody.does" in str(done.summary)


def test_an_expression_that_fails_names_itself_and_the_reason(did: Recorder) -> None:
    done = run({"id": "a", "capability": "t.do", "input": {"what": ["${input.missing}"]}})
    assert (done.state, did.calls) == ("failed", [])
    assert step(done, "a").error == "input: what.0: input.missing: input has no field 'missing'"
    assert done.error == "a: input: what.0: input.missing: input has no field 'missing'"


def test_an_output_that_cannot_be_made_fails_the_run(did: Recorder) -> None:
    done = run({"id": "a", "capability": "t.do"}, output="${steps.a.output.missing}")
    assert (done.state, states(done)) == ("failed", {"a": "succeeded"})
    assert done.error.startswith("output: steps.a.output.missing")


def test_a_run_may_call_only_what_its_starter_may(did: Recorder) -> None:
    refused = run({"id": "a", "capability": "t.guarded"}, role="operator")
    assert "needs the role admin" in refused.error
    assert did.calls == []
    assert run({"id": "a", "capability": "t.guarded"}, role="admin").state == "succeeded"


def test_retries_end_after_so_many_attempts(did: Recorder) -> None:
    did.does["do"] = failing("no")
    done = run({"id": "a", "capability": "t.do", "retry": {"attempts": 3, "delay_seconds": 0.01}})
    assert (done.state, len(did.calls), step(done, "a").failures) == ("failed", 3, 3)
    assert told(done).count("step_retrying a") == 2


def test_a_failure_that_will_not_go_away_is_not_retried(did: Recorder) -> None:
    done = run({"id": "a", "capability": "t.fail", "retry": {"attempts": 5}})
    assert (done.state, len(did.calls)) == ("failed", 1)


def test_an_output_too_large_to_keep_fails_the_step(did: Recorder) -> None:
    did.does["do"] = lambda given, call: {"text": "x" * (1024 * 1024)}
    done = run({"id": "a", "capability": "t.do"})
    assert "at most 1,048,576 are kept" in done.error


def test_what_a_database_cannot_store_fails_the_step_and_not_the_worker(did: Recorder) -> None:
    did.does["do"] = lambda given, call: {"text": "a\x00b"}
    done = run({"id": "a", "capability": "t.do"})
    assert (done.state, states(done)) == ("failed", {"a": "failed"})


def test_a_failure_stops_what_has_not_begun(did: Recorder) -> None:
    done = run(
        {"id": "a", "capability": "t.fail"},
        {"id": "b", "capability": "t.do", "needs": ["a"]},
        {"id": "w", "wait": {"seconds": 1000}},
        {"id": "ask", "approval": {"role": "admin"}},
    )
    assert done.state == "failed"
    assert states(done) == {"a": "failed", "b": "cancelled", "w": "cancelled", "ask": "cancelled"}
    errors = {name: step(done, name).error for name in ("b", "w", "ask")}
    assert errors == {"b": "not begun: the run had failed", "w": "the run had failed", "ask": "the run had failed"}
    assert done.error == "a: as told"


def test_a_failure_that_may_happen_lets_the_run_go_on(did: Recorder) -> None:
    done = run(
        {"id": "a", "capability": "t.fail", "on_failure": "continue"},
        {
            "id": "b",
            "capability": "t.do",
            "needs": ["a"],
            "input": {"state": "${steps.a.state}", "error": "${steps.a.error}"},
        },
    )
    assert (done.state, did.calls[-1]) == ("succeeded", ("do", {"state": "failed", "error": "as told"}))
    assert done.summary["failed"] == [{"step": "a", "reason": "as told"}]


def test_compensation_undoes_the_latest_first_and_reports_what_could_not_be_undone(did: Recorder) -> None:
    def undo(given: dict[str, object], call: object) -> None:
        if given["what"] == "b":
            failing("stuck", retryable=False)(given, call)  # type: ignore[arg-type]

    did.does["undo"] = undo
    steps = [
        {
            "id": name,
            "capability": "t.do",
            "needs": needs,
            "input": {"what": name},
            "compensate": {"capability": "t.undo", "input": {"what": f"${{steps.{name}.output.what}}"}},
        }
        for name, needs in (("a", []), ("b", ["a"]), ("c", ["b"]))
    ]
    done = run(*steps, {"id": "d", "capability": "t.fail", "needs": ["c"], "on_failure": "compensate"})
    assert done.state == "failed"
    assert [given["what"] for given in did.inputs("undo")] == ["c", "b", "a"]
    assert done.error == "d: as told"
    assert done.summary["compensated"] == ["c", "a"]
    assert done.summary["not_compensated"] == [{"step": "b", "reason": "stuck"}]
    assert "compensating" in told(done)


def test_a_compensation_that_nobody_offers_is_reported_and_the_others_run(did: Recorder) -> None:
    done = run(
        {"id": "a", "capability": "t.do", "compensate": {"capability": "t.undo"}},
        {"id": "b", "capability": "t.do", "needs": ["a"], "compensate": {"capability": "nobody.undoes"}},
        {"id": "c", "capability": "t.fail", "needs": ["b"], "on_failure": "compensate"},
    )
    assert done.summary["compensated"] == ["a"]
    assert "nobody.undoes" in done.summary["not_compensated"][0]["reason"]


def test_a_run_that_is_not_there_is_a_clear_error() -> None:
    with pytest.raises(Unknown, match="no run 4711"):
        run_here(4711)


@pytest.mark.parametrize("place", ["decide", "publish"])
def test_a_defect_behind_a_step_fails_the_run_and_does_not_repeat_the_step(
    did: Recorder, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    begun = start({"id": "a", "capability": "t.do"}, {"id": "b", "capability": "t.do", "needs": ["a"]})
    true: Any = getattr(opened, place)
    defects: list[str] = []

    def broken(*given: Any, **named: Any) -> Any:
        if did.calls and not defects:
            defects.append(place)
            raise OverflowError("date value out of range")
        return true(*given, **named)

    monkeypatch.setattr(opened, place, broken)
    done = run_here(begun.pk, timeout_seconds=SECONDS)
    assert (done.state, did.names(), defects) == ("failed", ["do"], [place])
    assert done.error == "what follows could not be decided: OverflowError: date value out of range"
    assert states(done) == {"a": "succeeded", "b": "cancelled"}
    assert told(done)[-2:] == ["step_succeeded a", "failed"]


@pytest.mark.parametrize("place", ["decide", "publish"])
def test_a_defect_at_the_very_beginning_leaves_a_run_that_failed_and_says_why(
    did: Recorder, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    true: Any = getattr(opened, place)
    defects = iter([OverflowError("date value out of range")])

    def broken(*given: Any, **named: Any) -> Any:
        if (defect := next(defects, None)) is not None:
            raise defect
        return true(*given, **named)

    monkeypatch.setattr(opened, place, broken)
    begun = start({"id": "a", "capability": "t.do"})
    (run,) = WorkflowRun.objects.all()
    assert (run.pk, run.state, states(run)) == (begun.pk, "failed", {"a": "cancelled"})
    assert run.error == "what follows could not be decided: OverflowError: date value out of range"
    assert (told(run), did.names()) == (["started", "failed"], [])


def test_a_defect_at_the_beginning_of_a_run_within_fails_the_step_that_started_it(
    did: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_definition({"name": "inner", "steps": [{"id": "a", "capability": "t.do"}]}, by="ada")
    begun = start({"id": "in", "workflow": "inner"})
    true = opened.decide

    def broken(situation: Any) -> Any:
        if situation.run.workflow == "inner":
            raise OverflowError("no more days")
        return true(situation)

    monkeypatch.setattr(opened, "decide", broken)
    done = run_here(begun.pk, timeout_seconds=SECONDS)
    assert (done.state, did.names()) == ("failed", [])
    assert "of inner failed: what follows could not be decided: OverflowError: no more days" in done.error


def test_a_database_that_is_away_while_it_is_decided_fails_no_run(
    did: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = start({"id": "a", "capability": "t.do"})
    true = opened.decide
    away = iter([True])

    def broken(situation: Any) -> Any:
        if next(away, False):
            raise OperationalError("the server closed the connection")
        return true(situation)

    monkeypatch.setattr(opened, "decide", broken)
    done = run_here(begun.pk, timeout_seconds=SECONDS)
    assert (done.state, did.names()) == ("succeeded", ["do"])
