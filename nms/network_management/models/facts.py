"""What devices have: interfaces, addresses, VLANs, components, and the neighbours they hear.

Every fact keeps when it was first seen. While it is present, `last_seen` is NULL and its device's
`last_profiled_at` says when it was last read, so that an unchanged device costs one row to refresh; when it
disappears, that time is frozen into `last_seen`. A fact that comes back takes up its old row.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from nms.network_management.models.device import Device

PRESENT = Q(last_seen__isnull=True)


class Interface(models.Model):
    """One row of ifTable. Statuses are the MIB's words; `type` is the IANAifType number."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="interfaces")
    if_index = models.BigIntegerField()
    name = models.TextField(blank=True)
    description = models.TextField(blank=True)
    alias = models.TextField(blank=True)
    type = models.PositiveIntegerField()
    mtu = models.BigIntegerField(null=True)
    speed_bps = models.BigIntegerField(null=True)
    mac = models.TextField(blank=True)
    admin_status = models.TextField(blank=True)
    oper_status = models.TextField(blank=True)
    # How LLDP announces the port (lldpLocPortTable): what a neighbour will call it.
    lldp_port_id_subtype = models.PositiveSmallIntegerField(null=True)
    lldp_port_id = models.TextField(blank=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField(null=True)
    status_changed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["device_id", "if_index"]
        constraints = [
            models.UniqueConstraint(fields=["device", "if_index"], condition=PRESENT, name="interface_index_once")
        ]
        indexes = [models.Index(fields=["mac"], name="interface_mac")]

    def __str__(self) -> str:
        return self.name or str(self.if_index)

    def get_absolute_url(self) -> str:
        return f"/api/network/interfaces/{self.pk}/"


class IPAddress(models.Model):
    """An address on an interface.

    `sort_key` orders addresses as numbers and makes a CIDR a range of text; look addresses up by it, for it has the
    index (addresses.address_sort_key).
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="addresses")
    interface = models.ForeignKey(Interface, on_delete=models.CASCADE, null=True, related_name="addresses")
    address = models.CharField(max_length=45)
    prefix_length = models.PositiveSmallIntegerField(null=True)
    sort_key = models.CharField(max_length=33)  # "4" or "6", then the address in hex
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField(null=True)

    class Meta:
        ordering = ["sort_key", "id"]
        verbose_name = "IP address"
        verbose_name_plural = "IP addresses"
        indexes = [models.Index(fields=["sort_key"], name="ip_address_sort_key")]

    def __str__(self) -> str:
        return self.address if self.prefix_length is None else f"{self.address}/{self.prefix_length}"


class Vlan(models.Model):
    """A VLAN configured on a device."""

    # No index of its own: the unique constraint's begins with the device. So for the components.
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="vlans", db_index=False)
    vlan_id = models.PositiveIntegerField()
    name = models.TextField(blank=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField(null=True)

    class Meta:
        ordering = ["device_id", "vlan_id"]
        verbose_name = "VLAN"
        constraints = [models.UniqueConstraint(fields=["device", "vlan_id"], name="vlan_once")]

    def __str__(self) -> str:
        return f"{self.vlan_id} {self.name}".strip()


class Component(models.Model):
    """One row of entPhysicalTable: chassis, module, power supply, fan, transceiver..."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="components", db_index=False)
    index = models.BigIntegerField()
    contained_in = models.BigIntegerField()
    class_name = models.TextField(blank=True)
    name = models.TextField(blank=True)
    description = models.TextField(blank=True)
    vendor_type = models.TextField(blank=True)
    hardware_revision = models.TextField(blank=True)
    firmware_revision = models.TextField(blank=True)
    software_revision = models.TextField(blank=True)
    serial = models.TextField(blank=True)
    manufacturer = models.TextField(blank=True)
    model = models.TextField(blank=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField(null=True)

    class Meta:
        ordering = ["device_id", "index"]
        constraints = [models.UniqueConstraint(fields=["device", "index"], name="component_once")]

    def __str__(self) -> str:
        return self.name or self.description or str(self.index)


class Neighbor(models.Model):
    """What a device hears on a port over LLDP or CDP, as it said it: the evidence that links are made of.

    The cables of a GNS3 project stand here as well, as if each end heard the other: `chassis_id` is then the other
    node (gns3_reference), `port_id` its port and `own_port` this one, both as GNS3 calls them.
    """

    class Protocol(models.TextChoices):
        LLDP = "lldp"
        CDP = "cdp"
        GNS3 = "gns3"

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="neighbors")
    interface = models.ForeignKey(Interface, on_delete=models.SET_NULL, null=True, related_name="neighbors")
    protocol = models.CharField(max_length=4, choices=Protocol)
    local_port = models.BigIntegerField()
    chassis_id_subtype = models.PositiveSmallIntegerField(null=True)
    chassis_id = models.TextField(blank=True)
    port_id_subtype = models.PositiveSmallIntegerField(null=True)
    port_id = models.TextField(blank=True)
    port_description = models.TextField(blank=True)
    system_name = models.TextField(blank=True)
    system_description = models.TextField(blank=True)
    management_addresses = models.JSONField(default=list)
    capabilities = models.JSONField(default=list)
    platform = models.TextField(blank=True)  # CDP's cdpCachePlatform
    own_port = models.TextField(null=True)  # noqa: DJ001 # NULL: what SNMP reads is inserted without it
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField(null=True)

    class Meta:
        ordering = ["device_id", "local_port", "id"]
        indexes = [models.Index(fields=["chassis_id"], name="neighbor_chassis_id")]

    def __str__(self) -> str:
        return f"{self.protocol} {self.system_name or self.chassis_id} {self.port_id}"
