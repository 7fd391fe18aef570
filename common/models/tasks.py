"""Celery tasks that people ask about: the named ones, not the wake-ups."""

from __future__ import annotations

from django.db import models


class TaskRecord(models.Model):
    """Written by common/infrastructure/task_records.py from Celery's signals."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        REVOKED = "revoked"

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=200)
    queue = models.CharField(max_length=50, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    arguments = models.JSONField(default=dict)
    requested_by = models.CharField(max_length=150, blank=True)
    worker = models.CharField(max_length=200, blank=True)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_index=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"
