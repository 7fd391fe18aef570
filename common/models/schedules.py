"""What starts workflows and tasks by itself: the clock, and events."""

from __future__ import annotations

from typing import Any

from django.db import models


class _Start(models.Model):
    """What is started: a workflow, or a Celery task by name, with its input."""

    name = models.CharField(max_length=100, unique=True)
    enabled = models.BooleanField(default=True)
    workflow = models.CharField(max_length=100, blank=True)
    task = models.CharField(max_length=100, blank=True)
    input: models.JSONField[Any, Any] = models.JSONField(default=dict)
    created_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_count = models.BigIntegerField(default=0)
    last_started_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Schedule(_Start):
    """Written by common/application/starting/schedules.py and its REST resource. Either a crontab or an interval."""

    crontab = models.CharField(max_length=100, blank=True)  # minute hour day-of-month month day-of-week
    timezone = models.CharField(max_length=50, default="UTC")
    interval_seconds = models.FloatField(null=True)
    next_at = models.DateTimeField(null=True, db_index=True)


class Trigger(_Start):
    """Written by common/application/starting/triggers.py and its REST resource. An event that matches starts it."""

    topics = models.JSONField(default=list)
    minimum_priority = models.CharField(max_length=8, default="low")
    source = models.CharField(max_length=100, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    condition = models.CharField(max_length=1000, blank=True)  # an expression over `event`
