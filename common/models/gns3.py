"""What the hub knows of GNS3 servers and their projects. Written by common/application/gns3/recording.py.

The rows are what makes every difference one event, whoever notices it first: a state is changed, and its events are
published, in one transaction, by somebody who has seen the revision that he changes.
"""

from __future__ import annotations

from django.db import models


class Gns3Server(models.Model):
    """A row for each server that was ever reached; `name` is its target in the clients' configuration."""

    name = models.CharField(max_length=100, primary_key=True)
    version = models.CharField(max_length=50, blank=True)
    api = models.CharField(max_length=4, blank=True)
    reachable = models.BooleanField(default=False)
    reachable_since = models.DateTimeField(null=True)  # since when it is as `reachable` says
    reason = models.CharField(max_length=500, blank=True)  # why not
    computes = models.JSONField(default=dict)  # compute_id: {"name", "connected"}; not "local", that is `reachable`
    known = models.BooleanField(default=False)  # its projects were listed once: what is new from then on is an event
    revision = models.BigIntegerField(default=0)
    # The listener: one process for each server (common/infrastructure/gns3/leases.py).
    holder = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    held_since = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Gns3Project(models.Model):
    """The last known state of a project, as differences.py compares it."""

    server = models.ForeignKey(Gns3Server, on_delete=models.CASCADE, related_name="projects")
    project_id = models.CharField(max_length=36)
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=6)
    state = models.JSONField(default=dict)  # known.py
    revision = models.BigIntegerField(default=1)  # grows with every change of name, status or state
    watched = models.BooleanField(default=False)  # somebody asked for its stream
    made_by_hub = models.BooleanField(default=False)
    recent = models.JSONField(default=dict)  # what was told lately and might come again: key -> Unix time
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "project_id"]
        constraints = [models.UniqueConstraint(fields=["server", "project_id"], name="gns3_project_once")]
        indexes = [models.Index(fields=["project_id"], name="gns3_project_by_id")]

    def __str__(self) -> str:
        return f"{self.server_id}/{self.name}"


class Gns3Intent(models.Model):
    """What somebody is about to do over the hub: gives the event its actor and cause, whoever notices it first.

    Written by common/application/gns3/intents.py; a row lives for seconds.
    """

    server = models.CharField(max_length=100)
    project_id = models.CharField(max_length=36)
    about = models.CharField(max_length=200)  # a node's or link's id, a new project's name; "": all of the project
    actor = models.CharField(max_length=150, blank=True)
    correlation_id = models.CharField(max_length=100, blank=True)
    causation_id = models.CharField(max_length=100, blank=True)
    until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["server", "project_id"], name="gns3_intent_by_project")]

    def __str__(self) -> str:
        return f"{self.actor} on {self.project_id}/{self.about}"
