"""What is known of modules: the remote ones wholly, of the local ones the counters (their code says the rest)."""

from __future__ import annotations

from django.db import models


class ModuleRecord(models.Model):
    """Written by common/application/: registration.py, heartbeats.py, activity.py and module_health.py."""

    class Kind(models.TextChoices):
        LOCAL = "local"
        REMOTE = "remote"

    class State(models.TextChoices):
        ACTIVE = "active"
        LOST = "lost"

    name = models.CharField(max_length=100, primary_key=True)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    version = models.CharField(max_length=50)
    state = models.CharField(max_length=6, choices=State.choices, default=State.ACTIVE)
    manifest = models.JSONField(default=dict)  # description, capabilities, message types, subscriptions
    callback_url = models.CharField(max_length=500, blank=True)
    secret = models.TextField(blank=True)  # encrypted (common/infrastructure/encryption.py)
    registered_at = models.DateTimeField()
    registered_by = models.CharField(max_length=150, blank=True)
    heartbeat_at = models.DateTimeField(null=True)
    last_activity_at = models.DateTimeField(null=True)
    messages = models.BigIntegerField(default=0)
    errors = models.BigIntegerField(default=0)
    health = models.CharField(max_length=9, blank=True)  # as last asked or told; "" before that
    health_detail = models.CharField(max_length=500, blank=True)
    health_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class ModuleSubscription(models.Model):
    """Events that a remote module wants besides those it registered with; it keeps them when it registers again.

    Written by common/application/modules/subscribing.py.
    """

    module = models.ForeignKey(ModuleRecord, on_delete=models.CASCADE, related_name="asked")
    topics = models.JSONField()
    priority = models.CharField(max_length=8)
    source = models.CharField(max_length=100, blank=True)
    subject = models.CharField(max_length=200, blank=True)  # and what is below it
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.module_id} hears {', '.join(self.topics)}"


class CapabilityClaim(models.Model):
    """Which remote module offers a capability (registration.py); its primary key keeps two from offering one."""

    name = models.CharField(max_length=100, primary_key=True)
    module = models.ForeignKey(ModuleRecord, on_delete=models.CASCADE, related_name="claims")

    def __str__(self) -> str:
        return f"{self.name} by {self.module_id}"
