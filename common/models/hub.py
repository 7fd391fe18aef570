"""The hub itself: its switch, its workers, and how it last found the system."""

from __future__ import annotations

from django.db import models


class HubState(models.Model):
    """One row. Written by common/application/system/processing.py: whether workers take up messages and steps."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    processing = models.BooleanField(default=True)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.CharField(max_length=150, blank=True)

    def __str__(self) -> str:
        return "processing" if self.processing else "paused"


class WorkerRecord(models.Model):
    """Written by infrastructure/workers/worker_records.py: a row for each Celery worker, renewed while it lives."""

    name = models.CharField(max_length=200, primary_key=True)
    pid = models.PositiveIntegerField()
    pool = models.CharField(max_length=50)
    concurrency = models.PositiveIntegerField()
    queues = models.JSONField(default=list)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SystemHealth(models.Model):
    """One row: the newest result of common/application/system/monitoring.py."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    status = models.CharField(max_length=10, default="unknown")
    since = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    components = models.JSONField(default=dict)  # "module:network_management": {"status", "detail", "since", ...}

    def __str__(self) -> str:
        return self.status
