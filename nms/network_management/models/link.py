"""Links between devices, and the neighbour rows that vouch for each."""

from __future__ import annotations

from django.db import models

from nms.network_management.models.device import Device
from nms.network_management.models.facts import Interface, Neighbor


class Link(models.Model):
    """One cable (or what passes for one): two ends, in the order of their ids, however many views vouch for it.

    An interface is NULL where the far port ID matches none of the device's interfaces; `a_port` and `b_port`
    keep what was announced. A link whose evidence is gone is kept with `last_seen` set; while it stands,
    `last_seen` is NULL.
    """

    class Status(models.TextChoices):
        UP = "up"
        DOWN = "down"
        UNKNOWN = "unknown"

    key = models.CharField(max_length=120, unique=True)  # both ends: one row for a link, whoever finds it first
    a_device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="links_a")
    a_interface = models.ForeignKey(Interface, on_delete=models.CASCADE, null=True, related_name="links_a")
    a_port = models.TextField(blank=True)
    b_device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="links_b")
    b_interface = models.ForeignKey(Interface, on_delete=models.CASCADE, null=True, related_name="links_b")
    b_port = models.TextField(blank=True)
    protocols = models.JSONField(default=list)
    status = models.CharField(max_length=7, choices=Status, default=Status.UNKNOWN)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.key

    def get_absolute_url(self) -> str:
        return f"/api/network/links/{self.pk}/"


class LinkEvidence(models.Model):
    """A neighbour row that vouches for a link, `from_a` where the link's A end heard it."""

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="evidence")
    neighbor = models.OneToOneField(Neighbor, on_delete=models.CASCADE, related_name="evidence")
    from_a = models.BooleanField()
    first_seen = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.neighbor_id} -> {self.link_id}"
