"""The base of every table whose rows are work for Celery: messages to deliver, steps to run.

The row is the work; a Celery task only says "look" (see common/infrastructure/work/claims.py).
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

WAITING = "waiting"  # to be taken by a worker once `due_at` has come
RUNNING = "running"  # taken: `claim` says by whom, `lease_until` how long that is believed without another word


class Work(models.Model):
    """States beyond WAITING and RUNNING belong to the table that inherits."""

    # What a row loses with its claim; a table adds its own columns that belong to one attempt.
    NO_CLAIM: ClassVar[dict[str, None]] = {"claim": None, "lease_until": None}

    state = models.CharField(max_length=16, default=WAITING)
    queue = models.CharField(max_length=16, default="normal")
    priority = models.CharField(max_length=8, default="normal")
    due_at = models.DateTimeField()
    order_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    crashes = models.PositiveSmallIntegerField(default=0)  # attempts that ended with the worker; see claims.py
    claim = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


def work_indexes(prefix: str) -> list[models.Index]:
    """The indexes that claiming and sweeping need; partial, so that finished rows cost nothing."""
    waiting = models.Q(state=WAITING)
    return [
        models.Index(fields=["order_at", "id"], name=f"{prefix}_waiting", condition=waiting),
        # Workers kept for these queues must not wade through what waits in the others.
        models.Index(
            fields=["order_at", "id"],
            name=f"{prefix}_urgent",
            condition=waiting & models.Q(queue__in=["critical", "high"]),
        ),
        models.Index(
            fields=["order_at", "id"],
            name=f"{prefix}_apart",
            condition=waiting & models.Q(queue__in=["discovery", "polling"]),
        ),
        models.Index(fields=["lease_until"], name=f"{prefix}_running", condition=models.Q(state=RUNNING)),
    ]
