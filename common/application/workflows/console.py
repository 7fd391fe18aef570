"""Workflows and runs on a terminal: one line for each thing that happens, tables for the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

from common.application.workflows.definitions import Definition
from common.domain.envelope import Envelope
from common.models import StepRun, WorkflowRun

# What is told of each event of a step, beside its name.
_TOLD: dict[str, Callable[[dict[str, object]], str]] = {
    "workflow.step_started": lambda data: f"started    {data['capability']}".rstrip(),
    "workflow.step_succeeded": lambda data: "succeeded",
    "workflow.step_retrying": lambda data: f"failed     {data['error']}; again in {data['in_seconds']} s",
    "workflow.step_failed": lambda data: f"failed     {data['error']}",
    "workflow.step_skipped": lambda data: f"skipped    {data['reason']}",
    "workflow.step_cancelled": lambda data: "cancelled",
    "workflow.step_waiting": lambda data: f"waits      for {data['waits_for']}",
    "workflow.approval_requested": lambda data: (
        f"waits      for approval by {data['role']}: {data['message']} {json.dumps(data['input'])}"
    ),
    "workflow.approved": lambda data: f"approved   by {data['by']}",
    "workflow.rejected": lambda data: f"rejected   by {data['by']}",
}


class Progress:
    """Writes a line for each event of a run, and of the runs within it under the step that started them."""

    def __init__(self, run: WorkflowRun, write: Callable[[str], None]) -> None:
        self._run = run
        self._write = write
        self._within = {run.pk: ""}

    def show(self, envelope: Envelope) -> None:
        data, when = envelope.data, envelope.time.strftime("%H:%M:%S")
        if (told := _TOLD.get(envelope.type)) is not None:
            item = "" if data.get("item") is None else f"[{data['item']}]"
            undoing = "undo " if data.get("compensates") else ""
            name = f"{self._prefix(data['run_id'])}{undoing}{data['step']}{item}"
            self._write(f"{when}  {name:<24} {told(data)}")
        elif data.get("run_id") == self._run.pk:
            self._write(
                f"{when}  run {self._run.pk} of {self._run.workflow}: {envelope.type.removeprefix('workflow.')}"
            )

    def end(self, run: WorkflowRun) -> None:
        if told := _told(run):
            self._write(told)
        if run.error:
            self._write(f"Run {run.pk} {run.state}: {run.error}")
        elif run.output is not None:
            self._write(json.dumps(run.output, ensure_ascii=False))

    def _prefix(self, run_id: int) -> str:
        if run_id not in self._within:
            parent = StepRun.objects.filter(children=run_id).values_list("run_id", "step").first()
            self._within[run_id] = f"{self._prefix(parent[0])}{parent[1]}/" if parent else ""
        return self._within[run_id]


def run_table(run: WorkflowRun) -> str:
    """A run with its steps, for people to read."""
    head = [
        f"Run {run.pk} of {run.workflow}: {run.state}",
        f"started by {run.actor} at {run.created_at:%Y-%m-%d %H:%M:%S} UTC",
    ]
    rows = [["step", "id", "state", "what", "told"]]
    for step in run.steps.filter(item=-1).order_by("compensates", "id"):
        name = f"undo {step.step}" if step.compensates else step.step
        state = f"{step.state} ({step.waits_for})" if step.waits_for and step.state == "suspended" else step.state
        rows.append([name, str(step.pk), state, step.capability, step.error])
    ends = [
        text
        for text in (_told(run), run.error, json.dumps(run.output, ensure_ascii=False) if run.output else "")
        if text
    ]
    return "\n".join([*head, "", aligned(rows), *(["", *ends] if ends else [])])


def _told(run: WorkflowRun) -> str:
    text: str = run.summary.get("text", "")
    return text


def definition_table(found: Iterable[Definition]) -> str:
    rows = [["name", "origin", "version", "description"]]
    rows += [[one.name, one.module or one.origin, str(one.version), one.workflow.description] for one in found]
    return aligned(rows)


def definition_text(found: Definition) -> str:
    """A definition with its steps, for people to read; as JSON it has all that can be said of them."""
    workflow = found.workflow
    whose = f"the module {found.module}" if found.module else found.created_by or "NMS"
    takes = ", ".join(workflow.input_schema.get("properties", {})) or "nothing that is named"
    head = [f"{found.name}: {workflow.description}".rstrip(": "), f"version {found.version}, of {whose}; takes {takes}"]
    rows = [["step", "needs", "what", "if it fails", "description"]]
    for step in workflow.steps:
        what = " after ".join(
            filter(None, [step.capability or step.workflow or "", "approval" if step.approval else ""])
        )
        rows.append([step.id, ", ".join(step.needs), what or step.kind, step.on_failure, step.description])
    return "\n".join([*head, "", aligned(rows)])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Columns of equal width; the last one is as long as it is."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    lines = (
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]) for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)
