"""What decisions ask the tables for, only when they ask, and once."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from common.domain.workflows.definition import Workflow
from common.domain.workflows.situation import Key, Unit
from common.models import StepRun

FAILED, SUCCEEDED = StepRun.State.FAILED, StepRun.State.SUCCEEDED


class StoredResults:
    """The Results of a decision (domain/workflows/situation.py), for the run that is decided on."""

    def __init__(self, run_id: int, workflow: Workflow) -> None:
        self._run_id = run_id
        self._workflow = workflow
        self._outputs: dict[str, Any] = {}
        self._lists: dict[str, list[Any]] = {}

    def output(self, step: str) -> Any:
        if step not in self._outputs:
            self._outputs[step] = self._step(step).values_list("output", flat=True).get()
        return self._outputs[step]

    def items(self, step: str) -> list[Any]:
        if step not in self._lists:
            stored: Any = self._step(step).values_list("input", flat=True).get()
            self._lists[step] = stored["items"]
        return self._lists[step]

    def item_outputs(self, step: str) -> list[Any]:
        outputs = dict(self._items(step).filter(state=SUCCEEDED).values_list("item", "output"))
        return [outputs.get(index) for index in range(max(outputs, default=-1) + 1)]

    def first_failed_item(self, step: str) -> tuple[int, str]:
        found = self._items(step).filter(state=FAILED).order_by("item").values_list("item", "error").first()
        return found or (-1, "")

    def _not_undone(self, **how: Any) -> QuerySet[StepRun]:
        undone = self._rows.filter(compensates=True, step=OuterRef("step"), item=OuterRef("item"), **how)
        units = self._rows.filter(self._can_be_undone, compensates=False, state=SUCCEEDED).exclude(Exists(undone))
        return units.order_by("-finished_at", "-id")

    def not_compensated(self) -> list[Key]:
        """What was done and is not undone, whether that was tried or not."""
        return [Key(*row) for row in self._not_undone(state=SUCCEEDED).values_list("step", "item")]

    def next_to_compensate(self) -> Unit | None:
        last = self._not_undone().values_list("step", "item", "output").first()
        return None if last is None else Unit(Key(last[0], last[1]), last[2])

    def failed_compensations(self) -> list[tuple[Key, str]]:
        rows = self._rows.filter(compensates=True, state=FAILED).order_by("id")
        return [(Key(step, item, True), error) for step, item, error in rows.values_list("step", "item", "error")]

    def compensated(self) -> list[Key]:
        rows = self._rows.filter(compensates=True, state=SUCCEEDED).order_by("id")
        return [Key(step, item, True) for step, item in rows.values_list("step", "item")]

    @cached_property
    def _can_be_undone(self) -> Q:
        """Steps with a compensation; of those that map over a list, the items."""
        steps = [step for step in self._workflow.steps if step.compensate]
        return Q(step__in=[step.id for step in steps if not step.map], item=-1) | Q(
            step__in=[step.id for step in steps if step.map], item__gte=0
        )

    @property
    def _rows(self) -> QuerySet[StepRun]:
        return StepRun.objects.filter(run_id=self._run_id)

    def _step(self, step: str) -> QuerySet[StepRun]:
        return self._rows.filter(step=step, item=-1, compensates=False)

    def _items(self, step: str) -> QuerySet[StepRun]:
        return self._rows.filter(step=step, item__gte=0, compensates=False)
