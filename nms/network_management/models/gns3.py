"""Which node of which GNS3 project a device is."""

from __future__ import annotations

from django.db import models

from nms.network_management.models.device import Device


class Gns3Node(models.Model):
    """A node as it was last found. One that is gone from its project keeps its row, with `last_seen` set.

    A device is at most one node that is there. `ports` are the node's, by the name that GNS3 gives them: the MAC,
    or "" where it is unknown.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="gns3_nodes")
    server = models.CharField(max_length=100)
    project_id = models.CharField(max_length=100)
    project = models.CharField(max_length=200, blank=True)
    node_id = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    type = models.CharField(max_length=50, blank=True)
    status = models.CharField(max_length=9)  # started, stopped, suspended
    ports = models.JSONField(default=dict)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["server", "project_id", "node_id"], name="gns3_node_once"),
            models.UniqueConstraint(
                fields=["device"], condition=models.Q(last_seen__isnull=True), name="gns3_node_one_of_a_device"
            ),
        ]
        indexes = [models.Index(fields=["node_id"], name="gns3_node_by_id")]

    def __str__(self) -> str:
        return f"{self.project or self.project_id}/{self.name}"

    @property
    def reference(self) -> str:
        return gns3_reference(self.server, self.project_id, self.node_id)


def gns3_reference(server: str, project_id: str, node_id: str) -> str:
    """Return what names a node everywhere: gns3://server/project/node."""
    return f"gns3://{server}/{project_id}/{node_id}"
