"""Celery tasks that people ask about: the named ones, not the wake-ups."""

from __future__ import annotations

from django.db import models

from common.models.work import Work, work_indexes


class TaskRecord(Work):
    """Written by common/infrastructure/workers/task_records.py. The row is the task; Celery's message only names it.

    States: waiting, running, then succeeded, failed or revoked. `due_at` of a waiting one is when its message is sent
    once more, should the first have got lost.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        REVOKED = "revoked"

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=200)
    arguments = models.JSONField(default=dict)
    requested_by = models.CharField(max_length=150, blank=True)
    worker = models.CharField(max_length=200, blank=True)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    stop_requested_at = models.DateTimeField(null=True)
    stop_requested_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [
            *work_indexes("task"),
            models.Index(fields=["created_at"], name="task_by_time"),
            models.Index(fields=["finished_at"], name="task_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"
