"""Discovery runs: what was asked, how far it is, what came of it, and what went wrong where."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class DiscoveryRun(models.Model):
    """One discovery: what was asked and what came of it. `spec` holds targets, port, depth and credential ids, never a
    secret. Who works on it, and who takes it up when a worker died, is the business of its workflow run.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"

    FINAL = (State.SUCCEEDED, State.FAILED, State.CANCELLED)

    spec = models.JSONField()
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    requested_by = models.CharField(max_length=150, blank=True)
    correlation_id = models.CharField(max_length=100, blank=True)  # of everything that is told because of it
    request_key = models.CharField(max_length=255, null=True, unique=True)  # noqa: DJ001 # NULL stands outside "unique"
    # The hub's WorkflowRun that does the work, which is cleaned up in its own time; NULL: it runs without one.
    workflow_run_id = models.BigIntegerField(null=True, db_index=True)
    cancel_requested = models.BooleanField(default=False)
    error = models.TextField(blank=True)  # why it failed, for a person to read

    addresses_total = models.PositiveIntegerField(default=0)
    addresses_done = models.PositiveIntegerField(default=0)
    alive = models.PositiveIntegerField(default=0)
    profiled = models.PositiveIntegerField(default=0)
    devices_new = models.PositiveIntegerField(default=0)
    devices_changed = models.PositiveIntegerField(default=0)
    devices_unchanged = models.PositiveIntegerField(default=0)
    problem_count = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)  # summary: device ids, unreachable addresses

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)  # the last word of whoever works on it, by which it is known
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state"], name="discovery_run_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"]) | Q(finished_at__isnull=False),
                name="discovery_run_finished_has_time",
            )
        ]

    def __str__(self) -> str:
        return f"discovery run {self.pk} ({self.state})"


class DiscoveryProblem(models.Model):
    """What went wrong with one target of a run, at which step; the run itself went on."""

    run = models.ForeignKey(DiscoveryRun, on_delete=models.CASCADE, related_name="problems")
    address = models.CharField(max_length=45)
    port = models.PositiveIntegerField(null=True)
    step = models.CharField(max_length=20)  # alive, credentials, identify, profile, reconcile
    kind = models.CharField(max_length=40)  # the error's class: Unreachable, Unauthorized, Malformed...
    message = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.address}: {self.message}"
