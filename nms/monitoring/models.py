"""What was last collected of each service."""

from __future__ import annotations

from typing import Any

from django.db import models


class CollectedPart(models.Model):
    """Written by overview/collecting.py: the alerts or figures of one target. What the last success brought stays where
    a later attempt fails, with the error beside it.
    """

    class Kind(models.TextChoices):
        ALERTS = "alerts"
        FIGURES = "figures"

    service = models.CharField(max_length=64)
    target = models.CharField(max_length=64)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    items: models.JSONField[Any, Any] = models.JSONField(default=list)
    total = models.PositiveIntegerField(default=0)  # more than there are items where the service told too many
    counts: models.JSONField[Any, Any] = models.JSONField(default=dict)  # of all alerts: by severity, and silenced
    collected_at = models.DateTimeField(null=True)  # of the items; NULL: never yet
    attempted_at = models.DateTimeField()
    error = models.TextField(blank=True)  # of the last attempt

    class Meta:
        ordering = ["service", "target", "kind"]
        constraints = [models.UniqueConstraint(fields=["service", "target", "kind"], name="monitoring_part_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.service}/{self.target}"


class CollectedRound(models.Model):
    """One row, written by overview/collecting.py: the last round that came to its end, as JSON that is ready to be sent
    (overview/composing.py).
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    ended_at = models.DateTimeField()
    is_partial = models.BooleanField(default=False)
    alerts = models.TextField()
    metrics = models.TextField()
    resources = models.TextField()
    parts = models.TextField()

    def __str__(self) -> str:
        return f"ended at {self.ended_at}"
