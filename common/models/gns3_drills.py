"""Fault drills in labs: what is broken on purpose, until when, and how it was before."""

from __future__ import annotations

from django.db import models

from common.models.work import Work, work_indexes

ENDED = "ended"


class Gns3Drill(Work):
    """Written by common/application/gns3/drills/. The work is the undoing, which is due when the drill is over.

    States: running while somebody begins or undoes it, waiting until it is due (or to be tried again), then ended. The
    row is there before anything is broken, so that whatever a killed process had begun is undone.
    """

    id = models.BigAutoField(primary_key=True)
    server = models.CharField(max_length=100)
    project_id = models.CharField(max_length=36)
    project = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20)  # kinds.py
    about = models.CharField(max_length=36)  # the link's or node's id
    label = models.CharField(max_length=500, blank=True)  # the same for people
    parameters = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    seconds = models.FloatField()
    until = models.DateTimeField()
    actor = models.CharField(max_length=150, blank=True)
    correlation_id = models.CharField(max_length=100, blank=True)
    causation_id = models.CharField(max_length=100, blank=True)
    idempotency_key = models.CharField(max_length=255, null=True, unique=True)  # noqa: DJ001 # NULL is outside "unique"
    created_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)  # NULL: whether anything was broken is not known
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=150, blank=True)  # who ended it early
    outcome = models.CharField(max_length=20, blank=True)  # kinds.py
    note = models.TextField(blank=True)  # what there is to say of the outcome
    error = models.TextField(blank=True)  # why the last attempt to undo it failed

    class Meta:
        ordering = ["-id"]
        indexes = [*work_indexes("gns3_drill")]
        constraints = [
            models.UniqueConstraint(
                fields=["server", "project_id", "about"],
                condition=~models.Q(state=ENDED),
                name="gns3_drill_one_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} on {self.label or self.about} ({self.state})"
