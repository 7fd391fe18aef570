"""Steps that map over a list."""

from __future__ import annotations

import pytest

from common.models import StepRun
from common.tests.workflows.made_up import Recorder, failing, run, start, states, step, told

pytestmark = pytest.mark.django_db(transaction=True)


def over(items: str = "input.items", **more: object) -> dict[str, object]:
    return {
        "id": "m",
        "capability": "t.do",
        "map": {"over": items, **more},
        "input": {"n": "${item}", "index": "${index}"},
    }


def test_outputs_stand_in_the_order_of_the_list(did: Recorder) -> None:
    done = run(over(parallel=3), input={"items": list(range(7))}, output="${steps.m.output.map(o, o.n)}")
    assert (done.state, done.output) == ("succeeded", list(range(7)))
    assert sorted(given["index"] for given in did.inputs("do")) == list(range(7))


def test_an_item_has_the_name_that_it_was_given(did: Recorder) -> None:
    done = run(
        {**over(**{"as": "device"}), "input": {"n": "${device.name}"}}, input={"items": [{"name": "a"}, {"name": "b"}]}
    )
    assert (done.state, [given["n"] for given in did.inputs("do")]) == ("succeeded", ["a", "b"])


def test_no_more_items_are_ready_than_may_run_at_once(did: Recorder) -> None:
    begun = start(over(parallel=3), input={"items": list(range(200))})
    rows = StepRun.objects.filter(run=begun, item__gte=0)
    assert rows.filter(state="waiting").count() == 3
    assert rows.count() == 50  # and the others are made when these come to their end


def test_an_empty_list_is_done_at_once(did: Recorder) -> None:
    done = run(
        over(),
        {"id": "z", "capability": "t.other", "needs": ["m"], "input": {"what": "${steps.m.output}"}},
        input={"items": []},
    )
    assert (done.state, did.calls) == ("succeeded", [("other", {"what": []})])


@pytest.mark.parametrize(
    ("items", "error"),
    [({"a": 1}, "is no list"), (list(range(10_001)), "at most 10,000"), ("text", "is no list"), (None, "is no list")],
)
def test_what_is_no_list_or_too_long_fails_the_step(did: Recorder, items: object, error: str) -> None:
    done = run(over(), input={"items": items})
    assert (done.state, did.calls) == ("failed", [])
    assert error in done.error


def fail_at(*numbers: int) -> object:
    def does(given: dict[str, object], call: object) -> None:
        if given["n"] in numbers:
            failing(f"no {given['n']}", retryable=False)(given, call)  # type: ignore[arg-type]

    return does


def test_an_item_that_fails_stops_those_that_have_not_begun(did: Recorder) -> None:
    did.does["do"] = fail_at(1)  # type: ignore[assignment]
    done = run(over(parallel=1), input={"items": list(range(10))})
    assert (done.state, len(did.calls)) == ("failed", 2)
    assert done.error == "m: 1 of 10 items failed; item 1: no 1"


def test_with_continue_all_items_run_and_those_that_failed_leave_a_hole(did: Recorder) -> None:
    did.does["do"] = fail_at(1, 3)  # type: ignore[assignment]
    done = run(
        {**over(parallel=2), "on_failure": "continue"},
        input={"items": list(range(5))},
        output={"n": "${steps.m.output.map(o, o == null ? -1 : o.n)}", "state": "${steps.m.state}"},
    )
    assert (done.state, done.output) == ("succeeded", {"n": [0, -1, 2, -1, 4], "state": "failed"})
    assert done.summary["failed"] == [{"step": "m", "reason": "2 of 5 items failed; item 1: no 1"}]


def test_an_item_whose_input_cannot_be_made_fails_as_any_other(did: Recorder) -> None:
    step_ = {**over(), "on_failure": "continue", "input": {"n": "${item.n}"}}
    done = run(step_, input={"items": [{"n": 1}, {}, {"n": 3}]}, output="${steps.m.output}")
    assert (done.state, done.output) == ("succeeded", [{"n": 1}, None, {"n": 3}])
    assert "item has no field 'n'" in step(done, "m").error


def test_an_item_is_retried_as_its_step_says(did: Recorder) -> None:
    did.does["do"] = failing("busy", times=1)
    done = run({**over(), "retry": {"attempts": 2, "delay_seconds": 0}}, input={"items": [1, 2]})
    assert (done.state, len(did.calls)) == ("succeeded", 3)


def test_what_succeeded_of_a_list_is_compensated_item_by_item_the_latest_first(did: Recorder) -> None:
    did.does["do"] = fail_at(2)  # type: ignore[assignment]
    step_ = {
        **over(parallel=1),
        "on_failure": "compensate",
        "compensate": {
            "capability": "t.undo",
            "input": {"n": "${steps.m.output.n}", "index": "${index}", "item": "${item}"},
        },
    }
    done = run(step_, input={"items": [0, 1, 2, 3]})
    assert done.state == "failed"
    assert did.inputs("undo") == [{"n": n, "index": n, "item": n} for n in (1, 0)]
    assert done.summary["compensated"] == ["m[1]", "m[0]"]


def test_a_list_of_runs(did: Recorder) -> None:
    from common.application.workflows.definitions import create_definition

    create_definition(
        {
            "name": "inner",
            "steps": [{"id": "a", "capability": "t.do", "input": {"n": "${input.n}"}}],
            "output": "${steps.a.output.n}",
        },
        by="ada",
    )
    done = run(
        {"id": "m", "workflow": "inner", "map": {"over": "[1, 2, 3]"}, "input": {"n": "${item * 10}"}},
        output="${steps.m.output}",
    )
    assert (done.state, done.output) == ("succeeded", [10, 20, 30]), done.error


def test_many_items_come_to_their_end(did: Recorder) -> None:
    done = run(over(parallel=20), input={"items": list(range(300))}, output="${size(steps.m.output)}")
    assert (done.state, done.output) == ("succeeded", 300)
    assert told(done).count("step_succeeded m") == 301
    assert states(done) == {"m": "succeeded"}
