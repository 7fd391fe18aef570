"""A device, where it answers, and what it is recognised by."""

from __future__ import annotations

from django.db import models

from nms.network_management.models.credential import Credential


class Device(models.Model):
    """One box, whichever of its addresses it was found through (see inventory/identity.py).

    A device that stops answering keeps its row and is marked; one that was exchanged at its address keeps its
    row too, loses the address and names its successor in `replaced_by`.
    """

    class Status(models.TextChoices):
        REACHABLE = "reachable"
        UNREACHABLE = "unreachable"
        UNKNOWN = "unknown"

    class Source(models.TextChoices):
        SNMP = "snmp"
        GNS3 = "gns3"

    # Who found it. One that GNS3 found and that then answers SNMP stays "gns3", and has endpoints.
    source = models.CharField(max_length=4, choices=Source, default=Source.SNMP)
    name = models.TextField()  # sysName, or the management address where the agent has no name
    status = models.CharField(max_length=11, choices=Status, default=Status.UNKNOWN)
    status_changed_at = models.DateTimeField(null=True)
    missed_polls = models.PositiveIntegerField(default=0)

    # What it is (identification)
    vendor = models.TextField(blank=True)
    os = models.TextField(blank=True)
    model = models.TextField(blank=True)
    version = models.TextField(blank=True)
    serial = models.TextField(blank=True)
    role = models.TextField(blank=True)

    # What its agent says (SNMPv2-MIB system group, SNMP-FRAMEWORK-MIB, LLDP-MIB local system)
    sys_name = models.TextField(blank=True)
    sys_object_id = models.TextField(blank=True)
    description = models.TextField(blank=True)
    contact = models.TextField(blank=True)
    location = models.TextField(blank=True)
    engine_id = models.TextField(blank=True)
    chassis_id_subtype = models.PositiveSmallIntegerField(null=True)
    chassis_id = models.TextField(blank=True)
    boot_time = models.DateTimeField(null=True)  # now - sysUpTime when first read; moves only when it restarts
    resources = models.JSONField(default=dict)  # processors, memory_bytes, arp_entries, routes: figures, no events

    # How it is reached
    management_address = models.CharField(max_length=45, null=True)  # noqa: DJ001 # NULL: several may have none
    management_port = models.PositiveIntegerField(default=161)
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, null=True, related_name="devices")

    # What people add
    site = models.CharField(max_length=200, blank=True)
    tags = models.JSONField(default=list)
    notes = models.TextField(blank=True)

    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField(null=True)  # when it last answered anything
    last_profiled_at = models.DateTimeField(null=True)  # when all its facts were last read
    updated_at = models.DateTimeField()  # when a fact or a human field last changed
    replaced_by = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="replaces")

    # Digest of the profile that the rows reflect; empty when something else than a profile changed them since.
    fingerprint = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["management_address", "management_port"], name="device_management_endpoint")
        ]
        indexes = [
            models.Index(fields=["name"], name="device_name"),
            models.Index(fields=["status"], name="device_status"),
            models.Index(fields=["source"], name="device_source"),
            models.Index(fields=["chassis_id"], name="device_chassis_id"),
            models.Index(fields=["sys_name"], name="device_sys_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/api/network/devices/{self.pk}/"


class DeviceIdentifier(models.Model):
    """What a device is recognised by, one row each. Its interfaces' MACs stand in Interface.mac, not here.

    Not unique: engine IDs get cloned with disk images and configurations, and some vendors ship one serial.
    """

    class Kind(models.TextChoices):
        SERIAL = "serial"  # "<vendor>/<serial>", lower case
        CHASSIS = "chassis"  # LLDP chassis ID of subtype MAC
        ENGINE_ID = "engine_id"  # snmpEngineID, lower-case hex

    # No index of its own: the unique constraint's begins with the device.
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="identifiers", db_index=False)
    kind = models.CharField(max_length=9, choices=Kind)
    value = models.TextField()
    first_seen = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["device", "kind"], name="identifier_one_of_a_kind")]
        indexes = [models.Index(fields=["kind", "value"], name="identifier_value")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class Endpoint(models.Model):
    """An address and UDP port at which a device's agent answers. One device may have hundreds, each has one device."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="endpoints")
    address = models.CharField(max_length=45)
    port = models.PositiveIntegerField()
    answering = models.BooleanField(default=True)
    first_seen = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["address", "port"], name="endpoint_once")]

    def __str__(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"
