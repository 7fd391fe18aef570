"""Workflow definitions of users, and the runs and steps of all."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from common.models.work import Work, work_indexes


class WorkflowDefinition(models.Model):
    """Written by common/application/workflows/definitions.py. The predefined ones are code, not rows."""

    name = models.CharField(max_length=100, unique=True)
    version = models.PositiveIntegerField(default=1)
    body = models.JSONField()
    created_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} version {self.version}"


class WorkflowRun(models.Model):
    """Written by common/application/workflows/ (engine.py and control.py). Keeps the definition it was started with."""

    class State(models.TextChoices):
        RUNNING = "running"
        PAUSED = "paused"
        COMPENSATING = "compensating"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"

    FINAL = (State.SUCCEEDED, State.FAILED, State.CANCELLED)

    id = models.BigAutoField(primary_key=True)
    workflow = models.CharField(max_length=100)
    definition = models.JSONField()
    digest = models.CharField(max_length=64)  # SHA-256 of the definition, under which processes keep it read
    input = models.JSONField(default=dict)
    output = models.JSONField(null=True)
    summary = models.JSONField(default=dict)  # at the end: what became of the steps, and why
    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    outcome = models.CharField(max_length=12, blank=True)  # how a compensating run will end
    priority = models.CharField(max_length=8, default="normal")
    actor = models.CharField(max_length=150, blank=True)
    role = models.CharField(max_length=8, default="operator")  # of whoever started it: it may call what that role may
    correlation_id = models.CharField(max_length=100, blank=True)
    causation_id = models.CharField(max_length=100, blank=True)
    position = models.BigIntegerField(default=0)  # of its first event
    depth = models.PositiveSmallIntegerField(default=0)  # how many runs it is inside of
    parent = models.ForeignKey("StepRun", null=True, on_delete=models.CASCADE, related_name="children")
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["state", "id"], name="run_by_state"),
            models.Index(fields=["workflow", "id"], name="run_by_workflow"),
            models.Index(fields=["correlation_id"], name="run_by_correlation"),
        ]

    def __str__(self) -> str:
        return f"{self.workflow} {self.pk} ({self.state})"


class StepRun(Work):
    """Written by common/application/workflows/engine.py.

    A row for each step, and one for each item of a step that maps over a list. `waiting` and `running` are Work's;
    a step that does not wait for a worker is blocked (its needs are not done), held (the run is paused), suspended
    (until an approval, event, time, child run or its items: see `waits_for`) or at its end. What ends a suspension, or
    an attempt from outside, leaves a `signal` and puts the step to `waiting`: a worker then does what follows.
    """

    class State(models.TextChoices):
        BLOCKED = "blocked"
        WAITING = "waiting"
        RUNNING = "running"
        HELD = "held"
        SUSPENDED = "suspended"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        SKIPPED = "skipped"
        CANCELLED = "cancelled"

    class WaitsFor(models.TextChoices):
        NOTHING = ""
        APPROVAL = "approval"
        EVENT = "event"
        TIME = "time"
        CHILD = "child"
        ITEMS = "items"

    class Signal(models.TextChoices):
        NONE = ""
        EVENT = "event"  # it came; `wait` holds it
        TIME = "time"  # the time waited for has come
        CHILD = "child"  # the child run has ended
        EXPIRED = "expired"  # nothing came in time
        TIMEOUT = "timeout"  # the attempt ran longer than it may

    FINAL = (State.SUCCEEDED, State.FAILED, State.SKIPPED, State.CANCELLED)
    NO_CLAIM: ClassVar = {**Work.NO_CLAIM, "deadline_at": None}

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(WorkflowRun, on_delete=models.CASCADE, related_name="steps")
    step = models.CharField(max_length=100)
    item = models.IntegerField(default=-1)  # index in the list that is mapped over; -1 for the step itself
    compensates = models.BooleanField(default=False)
    waits_for = models.CharField(max_length=8, choices=WaitsFor.choices, blank=True, default="")
    signal = models.CharField(max_length=8, choices=Signal.choices, blank=True, default="")
    failures = models.PositiveSmallIntegerField(default=0)  # attempts that failed, those of dead workers not counted
    wait = models.JSONField(default=dict)  # topics and position of the event, role of the approver, ...
    wait_until = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)  # of the attempt that runs
    capability = models.CharField(max_length=100, blank=True)
    input = models.JSONField(null=True)  # as rendered; what an approver saw is what runs
    output = models.JSONField(null=True)
    error = models.TextField(blank=True)
    approved_by = models.CharField(max_length=150, blank=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            *work_indexes("step"),
            models.Index(fields=["wait_until"], name="step_waits", condition=models.Q(state="suspended")),
            models.Index(fields=["waits_for"], name="step_suspended", condition=models.Q(state="suspended")),
            models.Index(fields=["deadline_at"], name="step_deadlines", condition=models.Q(state="running")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["run", "step", "item", "compensates"], name="step_once"),
        ]

    def __str__(self) -> str:
        return f"{self.step} of run {self.run_id} ({self.state})"
