"""The configured services: how each is and was, what was found but is not configured, and who may heal what."""

from __future__ import annotations

from typing import Any

from django.db import models


class _OfTarget(models.Model):
    service = models.CharField(max_length=64)
    target = models.CharField(max_length=64)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.service}/{self.target}"


class ServiceState(_OfTarget):
    """Written by common/application/service_health/recording.py: how a target was at the last look."""

    status = models.CharField(max_length=10, default="unknown")
    reason = models.TextField(blank=True)
    version = models.CharField(max_length=200, blank=True)
    latency_ms = models.FloatField(null=True)  # of the last look that was answered
    since = models.DateTimeField()
    checked_at = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0)  # unhealthy looks in a row that say something of the service
    counted_at = models.DateTimeField(null=True)  # the last look that `failures` counts
    failing_since = models.DateTimeField(null=True)
    is_told = models.BooleanField(default=False)  # service.unhealthy was published, and nothing has ended it yet

    class Meta:
        ordering = ["service", "target"]
        constraints = [models.UniqueConstraint(fields=["service", "target"], name="service_state_of_target")]


class ServiceChange(_OfTarget):
    """Written by common/application/service_health/recording.py: a row where the status became another."""

    at = models.DateTimeField()
    before = models.CharField(max_length=10)
    after = models.CharField(max_length=10)
    reason = models.TextField(blank=True)
    version = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["service", "target", "-at"], name="service_change_of_target"),
            models.Index(fields=["at"], name="service_change_at"),
        ]


class ServiceHour(_OfTarget):
    """Written by common/application/service_health/recording.py: an hour of looks at a target, added up.

    What an hour's seconds lack to 3600 is not known. `latencies` counts answered looks by bucket
    (common/domain/service_levels.py).
    """

    hour = models.DateTimeField()  # its beginning, UTC
    healthy_seconds = models.FloatField(default=0.0)
    degraded_seconds = models.FloatField(default=0.0)
    unhealthy_seconds = models.FloatField(default=0.0)
    looks = models.PositiveIntegerField(default=0)
    latencies: models.JSONField[Any, Any] = models.JSONField(default=dict)

    class Meta:
        ordering = ["-hour", "service", "target"]
        constraints = [models.UniqueConstraint(fields=["service", "target", "hour"], name="service_hour_once")]
        indexes = [models.Index(fields=["hour"], name="service_hour_at")]


class ServiceProposal(models.Model):
    """Written by common/application/service_discovery/proposals.py: a service that was found and is not configured."""

    class State(models.TextChoices):
        PROPOSED = "proposed"
        ACCEPTED = "accepted"
        DISMISSED = "dismissed"

    class Source(models.TextChoices):
        DOCKER = "docker"
        NETWORK = "network"
        CONFIGURATION = "configuration"

    service = models.CharField(max_length=64)
    url = models.CharField(max_length=500)
    target = models.CharField(max_length=64)  # the name it would have in the clients' file
    source = models.CharField(max_length=20, choices=Source.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    version = models.CharField(max_length=200, blank=True)
    evidence = models.TextField(blank=True)
    needs_login = models.BooleanField(default=False)
    container = models.CharField(max_length=200, blank=True)
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-found_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["service", "url"], name="service_proposal_once")]

    def __str__(self) -> str:
        return f"{self.service} at {self.url} ({self.state})"


class HealingPolicy(_OfTarget):
    """Written by common/application/healing/policies.py: a container that may be restarted for a sick service."""

    docker_target = models.CharField(max_length=64, default="main")
    container = models.CharField(max_length=200)
    enabled = models.BooleanField(default=False)
    after_failures = models.PositiveSmallIntegerField(default=3)  # unhealthy looks in a row
    restarts_per_hour = models.PositiveSmallIntegerField(default=2)
    created_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["service", "target"]
        constraints = [
            models.UniqueConstraint(
                fields=["service", "target", "docker_target", "container"], name="healing_policy_once"
            )
        ]


class HealingAction(models.Model):
    """Written by common/application/healing/healing.py: one restart; its row is there before it begins and counts."""

    class Outcome(models.TextChoices):
        BEGUN = "begun"  # still so a minute later: its worker died, and whether it happened is not known
        RESTARTED = "restarted"
        FAILED = "failed"

    policy = models.ForeignKey(HealingPolicy, on_delete=models.CASCADE, related_name="actions")
    at = models.DateTimeField()
    failures = models.PositiveIntegerField()  # in a row, when it began
    reason = models.TextField(blank=True)  # why the service was unhealthy
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.BEGUN)
    error = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["policy", "-at"], name="healing_action_of_policy")]

    def __str__(self) -> str:
        return f"{self.policy_id} at {self.at}: {self.outcome}"
