"""Discovery runs: what was asked, how far it is, what came of it, and what went wrong where."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class DiscoveryRun(models.Model):
    """One discovery. `spec` holds targets, port, depth and credential ids, never a secret."""

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
    result = models.JSONField(default=dict)  # summary: device ids, unreachable addresses, links

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)  # the worker's sign of life: a stale one means the run is orphaned
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
