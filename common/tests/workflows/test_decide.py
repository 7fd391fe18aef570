"""The graph as tables: what each situation leads to, without a database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.domain.workflows.decide import decide
from common.domain.workflows.definition import parse_definition
from common.domain.workflows.situation import (
    FINAL,
    Activate,
    Change,
    GiveUpItems,
    ItemCounts,
    Key,
    Make,
    Offer,
    Put,
    PutRun,
    RunView,
    Situation,
    StepView,
    Tell,
    Unit,
)

NOW = datetime(2030, 1, 1, tzinfo=UTC)


class Given:
    """Results from dicts."""

    def __init__(self, outputs: dict[str, Any] | None = None, units: list[Unit] | None = None) -> None:
        self.outputs, self.units = outputs or {}, units or []

    def output(self, step: str) -> Any:
        return self.outputs.get(step)

    def items(self, step: str) -> list[Any]:
        return list(range(100))

    def item_outputs(self, step: str) -> list[Any]:
        return [1, 2]

    def first_failed_item(self, step: str) -> tuple[int, str]:
        return 1, "no"

    def next_to_compensate(self) -> Unit | None:
        return self.units[0] if self.units else None

    def failed_compensations(self) -> list[tuple[Key, str]]:
        return []

    def compensated(self) -> list[Key]:
        return []


def step(id: str, *needs: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "capability": "t.do", "needs": list(needs), **more}


def changes(
    steps: list[dict[str, Any]], states: dict[str, str], *, run: str = "running", missing: bool = False, **more: Any
) -> list[Change]:
    def view(name: str) -> StepView:
        state, _, waits_for = states.get(name, "blocked").partition(" ")
        return StepView(Key(name), state, waits_for, error="broke" if state == "failed" else "", count=5)

    workflow = parse_definition({"name": "w", "steps": steps})
    return decide(
        Situation(
            workflow=workflow,
            run=RunView(1, "w", run, {"yes": True, "list": [1, 2, 3]}),
            steps={name: view(name) for name in workflow.by_id},
            offered=lambda name: None if missing else Offer(),
            now=NOW,
            **{"results": Given(), **more},
        )
    )


def new_states(made: list[Change]) -> dict[str, str]:
    found = {change.key.step: change.values["state"] for change in made if isinstance(change, Put)}
    runs = [change.values["state"] for change in made if isinstance(change, PutRun)]
    return found | ({"run": runs[-1]} if runs else {})


CHAIN = [step("a"), step("b", "a"), step("c", "b")]
DIAMOND = [step("d", "b", "c"), step("c", "a"), step("b", "a"), step("a")]


GIVEN_UP = {"c": "cancelled", "d": "cancelled", "run": "failed"}


@pytest.mark.parametrize(
    ("steps", "states", "leads_to"),
    [
        (CHAIN, {}, {"a": "waiting"}),
        (CHAIN, {"a": "running"}, {}),
        (CHAIN, {"a": "succeeded"}, {"b": "waiting"}),
        (CHAIN, {"a": "skipped"}, {"b": "waiting"}),
        (CHAIN, {"a": "succeeded", "b": "succeeded", "c": "succeeded"}, {"run": "succeeded"}),
        (CHAIN, {"a": "failed"}, {"b": "cancelled", "c": "cancelled", "run": "failed"}),
        (DIAMOND, {"a": "succeeded"}, {"b": "waiting", "c": "waiting"}),
        (DIAMOND, {"a": "succeeded", "b": "succeeded", "c": "running"}, {}),
        (DIAMOND, {"a": "succeeded", "b": "failed", "c": "running"}, {}),
        (DIAMOND, {"a": "succeeded", "b": "failed", "c": "waiting"}, GIVEN_UP),
        (DIAMOND, {"a": "succeeded", "b": "failed", "c": "suspended child"}, {}),
        (DIAMOND, {"a": "succeeded", "b": "failed", "c": "suspended approval"}, GIVEN_UP),
        ([step("a", when="input.yes"), step("b", when="!input.yes")], {}, {"a": "waiting", "b": "skipped"}),
        (
            [step("a", when="false"), step("b", "a", when="false")],
            {},
            {"a": "skipped", "b": "skipped", "run": "succeeded"},
        ),
        ([step("a", on_failure="continue"), step("b", "a")], {"a": "failed"}, {"b": "waiting"}),
        ([step("a", when="input.no")], {}, {"a": "failed", "run": "failed"}),
        ([step("a", when="1")], {}, {"a": "failed", "run": "failed"}),
        ([step("a", approval={})], {}, {"a": "suspended"}),
        ([step("a", approval={"unless": "input.yes"})], {}, {"a": "waiting"}),
        ([{"id": "a", "wait": {"seconds": 5}}], {}, {"a": "suspended"}),
        ([{"id": "a", "workflow": "other"}], {}, {"a": "waiting"}),
        ([step("a", map={"over": "[]"}), step("b", "a")], {}, {"a": "succeeded", "b": "waiting"}),
    ],
)
def test_a_situation_leads_to(steps: list[dict[str, Any]], states: dict[str, str], leads_to: dict[str, str]) -> None:
    assert new_states(changes(steps, states)) == leads_to


@pytest.mark.parametrize("run", ["paused", "succeeded", "failed", "cancelled"])
def test_a_run_that_is_paused_or_has_ended_does_nothing(run: str) -> None:
    assert changes(CHAIN, {"a": "succeeded"}, run=run) == []


def test_a_step_whose_worker_died_is_waited_for_before_the_run_ends() -> None:
    workflow = parse_definition({"name": "w", "steps": [step("a"), step("b")]})
    views = {"a": StepView(Key("a"), "failed"), "b": StepView(Key("b"), "waiting", interrupted=True)}
    run = RunView(1, "w", "running", {})
    assert decide(Situation(workflow, run, views, Given(), lambda name: Offer(), NOW)) == []


def test_compensation_begins_once_nothing_runs_and_takes_one_at_a_time() -> None:
    steps = [
        step("a", compensate={"capability": "t.undo", "input": {"x": "${steps.a.output}"}}),
        step("b", "a", on_failure="compensate"),
    ]
    states = {"a": "succeeded", "b": "failed"}
    made = changes(steps, states, results=Given(units=[Unit(Key("a"), 7)]))
    assert new_states(made) == {"run": "compensating"}
    (row,) = [change for change in made if isinstance(change, Make)]
    assert (row.key, row.values["input"], row.values["capability"]) == (Key("a", -1, True), {"x": 7}, "t.undo")
    assert changes(steps, states, run="compensating", compensating=True, results=Given(units=[Unit(Key("a"), 7)])) == []
    assert new_states(changes(steps, states, run="compensating")) == {"run": "failed"}


MAPPING = [step("m", map={"over": "input.list", "parallel": 4})]
UNDER_WAY = {"m": "suspended items"}


@pytest.mark.parametrize(
    ("counts", "on_failure", "expected"),
    [
        (ItemCounts(blocked=1, active=4, busy=4), "stop", []),
        (ItemCounts(blocked=2, active=2, busy=1, done=1), "stop", [Activate("m", 2)]),
        (ItemCounts(done=5), "stop", ["succeeded"]),
        (ItemCounts(blocked=1, active=2, busy=1, done=2, failed=1), "stop", [GiveUpItems("m")]),
        (ItemCounts(active=1, busy=1, done=4, failed=1), "stop", []),
        (ItemCounts(done=5, failed=1), "stop", ["failed"]),
        (ItemCounts(blocked=1, active=1, busy=1, done=3, failed=1), "continue", [Activate("m", 1)]),
        (ItemCounts(done=5, failed=2), "continue", ["failed"]),
    ],
)
def test_a_list_under_way_leads_to(counts: ItemCounts, on_failure: str, expected: list[Any]) -> None:
    made = changes([{**MAPPING[0], "on_failure": on_failure}], UNDER_WAY, items={"m": counts})
    found = [change for change in made if isinstance(change, Activate | GiveUpItems)]
    found += [change.values["state"] for change in made if isinstance(change, Put)]  # type: ignore[misc]
    assert found == expected


def test_a_missing_capability_is_told_before_anybody_is_asked_to_approve_it() -> None:
    made = changes([step("a", approval={}, if_missing="skip")], {}, missing=True)
    assert new_states(made) == {"a": "skipped", "run": "succeeded"}


def test_an_input_too_large_to_be_shown_is_not_put_to_anybody() -> None:
    steps = [step("a", approval={}, input={"x": "x" * 70_000})]
    assert new_states(changes(steps, {})) == {"a": "failed", "run": "failed"}


def test_every_end_is_told() -> None:
    told = [change.event.type for change in changes([step("a", when="false")], {}) if isinstance(change, Tell)]
    assert told == ["workflow.step_skipped", "workflow.succeeded"]


# --- Whatever the graph ---


@st.composite
def graphs(draw: st.DrawFn) -> list[dict[str, Any]]:
    count = draw(st.integers(1, 8))
    names = [f"s{number}" for number in range(count)]
    return [
        step(
            name,
            *draw(st.lists(st.sampled_from(names[:index]), unique=True)) if index else (),
            on_failure=draw(st.sampled_from(["stop", "continue", "compensate"])),
            **({"when": draw(st.sampled_from(["true", "false", "1 / 0 == 1"]))} if draw(st.booleans()) else {}),
        )
        for index, name in enumerate(names)
    ]


@settings(max_examples=300, deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_every_run_comes_to_an_end_and_no_step_begins_before_what_it_needs(
    steps: list[dict[str, Any]], chance: Any
) -> None:
    states: dict[str, str] = {}
    needs = {each["id"]: each["needs"] for each in steps}
    for _ in range(200):
        new = new_states(changes(steps, states))
        ended = new.pop("run", None)
        for name, state in new.items():
            if state == "waiting":
                assert all(states.get(need, new.get(need)) in FINAL for need in needs[name])
        states |= new
        if ended == "compensating" or ended in FINAL:
            assert not any(state in ("waiting", "running") for state in states.values())
            return
        under_way = [name for name, state in states.items() if state == "waiting"]
        assert under_way, f"nothing is under way and the run has not ended: {states}"
        states[chance.choice(under_way)] = chance.choice(["succeeded", "succeeded", "failed", "skipped"])
    raise AssertionError("the run does not end")
