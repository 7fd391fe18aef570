"""What reached the drill."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class DrillRecord(models.Model):
    """One effect. The key is not unique on purpose: an effect that happened twice must be seen twice."""

    key = models.CharField(max_length=200, db_index=True)
    value = models.JSONField(null=True)
    pid = models.IntegerField()
    time = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.key
