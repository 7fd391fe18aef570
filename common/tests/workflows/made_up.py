"""A module of made-up capabilities, and short ways to run definitions in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from api_clients.tests.waiting import eventually
from common.application.modules.registry import register_module, unregister_module
from common.application.workflows.engine import start_run
from common.application.workflows.here import run_here
from common.domain.modules import Call, Capability, CapabilityFailed, Module
from common.domain.workflows.definition import parse_definition
from common.models import StepRun, StoredEvent, WorkflowRun

SECONDS = 120.0  # for a run to end, which takes a moment, on whatever machine


class Anything(BaseModel):
    """One of these, or several; what was not given is not there."""

    model_config = ConfigDict(extra="forbid")

    n: Any = None
    text: Any = None
    what: Any = None
    seen: Any = None
    state: Any = None
    error: Any = None
    number: Any = None
    item: Any = None
    index: Any = None

    def model_dump(self, **how: Any) -> dict[str, Any]:
        return super().model_dump(**{**how, "exclude_unset": True})


Does = Callable[[dict[str, Any], Call], Mapping[str, Any] | None]


class Recorder:
    """What the made-up capabilities were asked, in order, and what they do beside that."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.seen: list[Call] = []
        self.does: dict[str, Does] = {}
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    def inputs(self, name: str) -> list[dict[str, Any]]:
        return [given for called, given in self.calls if called == name]

    def answer(self, name: str, given: Anything, call: Call) -> Anything:
        values: dict[str, Any] = given.model_dump()
        with self._lock:
            self.calls.append((name, values))
            self.seen.append(call)
        does = self.does.get(name)
        made = does(values, call) if does else None
        return Anything.model_validate(values if made is None else made)


NAMES = ("do", "undo", "other", "fail", "slow", "guarded")


@contextmanager
def made_up_module() -> Iterator[Recorder]:
    """Capabilities t.do, t.undo, ...: each answers with its input; t.fail fails, t.guarded needs an admin."""
    recorder = Recorder()
    recorder.does["fail"] = failing("as told", retryable=False)

    def offered(name: str) -> Capability:
        return Capability(
            f"t.{name}",
            lambda given, call: recorder.answer(name, given, call),
            Anything,
            Anything,
            role="admin" if name == "guarded" else "operator",
        )

    register_module(Module("t", "1.0", "For tests.", capabilities=tuple(offered(name) for name in NAMES)))
    try:
        yield recorder
    finally:
        unregister_module("t")


def failing(message: str, *, times: int | None = None, retryable: bool = True) -> Does:
    """Fail each time, or the first few times."""
    failures = 0

    def does(given: dict[str, Any], call: Call) -> None:
        nonlocal failures
        if times is None or failures < times:
            failures += 1
            raise CapabilityFailed(message, retryable=retryable)

    return does


def start(*steps: dict[str, Any], input: dict[str, Any] | None = None, output: Any = None, **more: Any) -> WorkflowRun:
    body = {"name": "tested", "steps": list(steps), **({} if output is None else {"output": output})}
    return start_run(parse_definition(body), body, input or {}, **{"actor": "ada", **more})


def run(*steps: dict[str, Any], **more: Any) -> WorkflowRun:
    return run_here(start(*steps, **more).pk, timeout_seconds=SECONDS)


def run_until(run: WorkflowRun, so: Callable[[], object]) -> None:
    """Carry the run out in short stretches until that is so; it does not end meanwhile."""

    def look() -> object:
        with pytest.raises(TimeoutError):
            run_here(run.pk, timeout_seconds=0.2)
        return so()

    eventually(look, seconds=SECONDS)


def states(run: WorkflowRun) -> dict[str, str]:
    rows = StepRun.objects.filter(run=run, item=-1, compensates=False)
    return dict(rows.order_by("id").values_list("step", "state"))


def step(run: WorkflowRun, name: str, **which: Any) -> StepRun:
    return StepRun.objects.get(run=run, step=name, **{"item": -1, "compensates": False, **which})


def told(run: WorkflowRun) -> list[str]:
    """The run's events: `started`, `step_started a`, ..."""
    rows = StoredEvent.objects.filter(subject=f"workflow_run:{run.pk}").order_by("position")
    return [f"{row.type.removeprefix('workflow.')} {row.data.get('step', '')}".strip() for row in rows]
