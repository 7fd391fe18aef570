"""What the discovery of equipment last found of each node. Written by common/application/equipment/storing.py."""

from __future__ import annotations

from django.db import models


class EquipmentProfile(models.Model):
    """A row for each node that was ever discovered. `name`, `type` and `status` are as they were then."""

    server = models.CharField(max_length=100)
    project_id = models.CharField(max_length=36)
    node_id = models.CharField(max_length=36)
    project = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=50, blank=True)
    status = models.CharField(max_length=9)
    outcome = models.CharField(max_length=9)  # succeeded, partial, failed
    profile = models.JSONField()  # documents.py
    findings = models.JSONField(default=dict)  # addresses with their evidence, for the next discovery (known.py)
    digests = models.JSONField(default=dict)  # by part, to tell what changed
    first_discovered_at = models.DateTimeField()
    discovered_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "node_id"]
        constraints = [
            models.UniqueConstraint(fields=["server", "project_id", "node_id"], name="equipment_profile_once")
        ]
        indexes = [models.Index(fields=["project_id"], name="equipment_profile_by_project")]

    def __str__(self) -> str:
        return f"{self.project or self.project_id}/{self.name}"
