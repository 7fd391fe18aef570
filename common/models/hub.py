"""One row of switches for the whole installation."""

from __future__ import annotations

from django.db import models


class HubState(models.Model):
    """Written by common/application/processing.py: whether workers take up messages and steps."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    processing = models.BooleanField(default=True)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.CharField(max_length=150, blank=True)

    def __str__(self) -> str:
        return "processing" if self.processing else "paused"
