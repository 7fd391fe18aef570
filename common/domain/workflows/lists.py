"""Decide about steps that map over a list: which items are made, which may run, and how the step ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from common.domain.hub_events import workflows as events
from common.domain.workflows.definition import MAX_ITEMS, Step
from common.domain.workflows.drafting import Draft, StepFailure, unclaimed
from common.domain.workflows.expressions import ExpressionFailed, compile_expression
from common.domain.workflows.language.values import size_of_json
from common.domain.workflows.situation import (
    BLOCKED,
    FAILED,
    SUCCEEDED,
    SUSPENDED,
    WAITING,
    Activate,
    GiveUpItems,
    ItemCounts,
    Key,
    Make,
)

ITEMS_AT_ONCE = 50  # rows made ahead of what may run, so that the list need not be read for each
MAX_LIST_BYTES = 8 * 1024 * 1024


class Lists(Draft):
    def _begin_items(self, step: Step, names: Mapping[str, Any]) -> None:
        assert step.map is not None
        try:
            entries = compile_expression(step.map.over).evaluate(names)
        except ExpressionFailed as error:
            raise StepFailure(f"map.over: {error}") from None
        if not isinstance(entries, list):
            raise StepFailure(f"map.over: {step.map.over} is no list but {entries!r:.60}")
        if len(entries) > MAX_ITEMS:
            raise StepFailure(f"map.over: the list has {len(entries):,} entries; at most {MAX_ITEMS:,} are allowed")
        if not entries:
            self._finish(step, SUCCEEDED, output=[])
            return
        values = {"input": {"items": entries}, "wait": {"count": len(entries)}}
        self._put(step, SUSPENDED, **{**unclaimed(self._work_of(step)), "waits_for": "items"}, **values)
        self._steps[step.id] = replace(self._steps[step.id], count=len(entries))
        self._items[step.id] = ItemCounts()
        self._tell(events.StepWaiting(**self._about(Key(step.id)), waits_for="items"))
        self._more_items(step, entries)

    def _tend_items(self, step: Step, *, stopping: bool) -> None:
        counts, count = self._items[step.id], self._steps[step.id].count
        if counts.failed and step.on_failure != "continue":
            self._give_up_items(step)
        elif counts.done >= count:
            self._end_of_items(step)
        elif not stopping:
            self._more_items(step)

    def _more_items(self, step: Step, entries: list[Any] | None = None) -> None:
        assert step.map is not None
        counts, count = self._items[step.id], self._steps[step.id].count
        free = step.map.parallel - counts.active
        if free <= 0:
            return
        if activated := min(free, counts.blocked):
            self.changes.append(Activate(step.id, activated))
            counts = replace(counts, blocked=counts.blocked - activated, active=counts.active + activated)
            free -= activated
        if not counts.blocked and counts.made < count:
            entries = self._situation.results.items(step.id) if entries is None else entries
            counts = self._make_items(step, entries, counts, free)
        self._items[step.id] = counts
        if counts.done >= count or (counts.failed and step.on_failure != "continue"):
            self._tend_items(step, stopping=False)  # inputs that could not be rendered

    def _make_items(self, step: Step, entries: list[Any], counts: ItemCounts, free: int) -> ItemCounts:
        assert step.map is not None
        names = self._names()
        first = counts.made
        for index in range(first, min(len(entries), first + max(ITEMS_AT_ONCE, free))):
            key = Key(step.id, index)
            work = self._work_of(step)
            try:
                value = self._render(step, {**names, step.map.as_: entries[index], "index": index})
            except StepFailure as failure:
                error = str(failure)
                self.changes.append(
                    Make(key, {**work, "state": FAILED, "error": error, "finished_at": self._situation.now})
                )
                self._tell(events.StepFailed(**self._about(key), error=error))
                counts = replace(counts, done=counts.done + 1, failed=counts.failed + 1)
                if step.on_failure != "continue":
                    break
                continue
            state = WAITING if free > 0 else BLOCKED
            free -= 1
            self.changes.append(Make(key, {**work, "state": state, "input": value}))
            changed = {"active": counts.active + 1} if state == WAITING else {"blocked": counts.blocked + 1}
            counts = replace(counts, **changed)
        return counts

    def _give_up_items(self, step: Step) -> bool:
        """Begin no more of them; return whether some still run. At the end of these the step ends as well."""
        counts = self._items[step.id]
        if counts.blocked or counts.active > counts.busy:
            self.changes.append(GiveUpItems(step.id))
            given_up = counts.blocked + counts.active - counts.busy
            counts = replace(counts, blocked=0, active=counts.busy, done=counts.done + given_up)
            self._items[step.id] = counts
        if counts.busy:
            return True
        if counts.failed:
            self._end_of_items(step)
        else:
            self._give_up(self._steps[step.id])
        return False

    def _end_of_items(self, step: Step) -> None:
        counts, results = self._items[step.id], self._situation.results
        output = self._with_unwritten(step, results.item_outputs(step.id))
        if size_of_json(output, MAX_LIST_BYTES) > MAX_LIST_BYTES:
            self._fail(step, f"the outputs of its items are larger than {MAX_LIST_BYTES:,} bytes together")
        elif counts.failed:
            index, error = self._first_failed(step)
            of = f"{counts.failed} of {self._steps[step.id].count} items failed"
            self._fail(step, f"{of}; item {index}: {error}", output=output)
        else:
            self._finish(step, SUCCEEDED, output=output)

    def _with_unwritten(self, step: Step, outputs: list[Any]) -> list[Any]:
        return [*outputs, *[None] * (self._steps[step.id].count - len(outputs))]

    def _first_failed(self, step: Step) -> tuple[int, str]:
        for change in self.changes:  # not in the tables yet
            if isinstance(change, Make) and change.key.step == step.id and change.values["state"] == FAILED:
                return change.key.item, change.values["error"]
        return self._situation.results.first_failed_item(step.id)
