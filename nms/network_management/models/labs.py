"""Which devices the nodes of exported labs stand for."""

from __future__ import annotations

from django.db import models

from nms.network_management.models.device import Device


class LabNode(models.Model):
    """A node of a lab that was made of `device`; the lab and the device go their own ways from then on."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="lab_nodes")
    server = models.CharField(max_length=100)
    project_id = models.CharField(max_length=100)
    node_id = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["server", "project_id", "node_id"], name="lab_node_once")]

    def __str__(self) -> str:
        return f"{self.project_id}/{self.node_id} of {self.device_id}"
