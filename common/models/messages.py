"""Messages between modules."""

from __future__ import annotations

import uuid

from django.db import models

from common.models.work import WAITING, Work, work_indexes


class Message(Work):
    """Written by common/application/messages/sending.py and common/application/messages/delivery.py.

    States: waiting, running, then delivered, dead (attempts exhausted or refused) or expired.
    """

    class Kind(models.TextChoices):
        DIRECT = "direct"
        BROADCAST = "broadcast"
        REQUEST = "request"
        REPLY = "reply"
        EVENT = "event"

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DELIVERED = "delivered"
        DEAD = "dead"
        EXPIRED = "expired"

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    type = models.CharField(max_length=100)
    sender = models.CharField(max_length=160)  # a module, or user:NAME
    recipient = models.CharField(max_length=100)
    body = models.JSONField(default=dict)
    reply = models.JSONField(null=True)  # what the handler of a request answered
    actor = models.CharField(max_length=150, blank=True)
    correlation_id = models.CharField(max_length=100, blank=True)
    causation_id = models.CharField(max_length=100, blank=True)
    idempotency_key = models.CharField(max_length=255, null=True)  # noqa: DJ001 # NULL stands outside the constraint
    max_attempts = models.PositiveSmallIntegerField(default=5)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    replays = models.PositiveSmallIntegerField(default=0)  # how often it was taken out of the dead letters

    class Meta:
        ordering = ["id"]
        # Each costs every message three writes (sent, claimed, ended) unless it is partial: none by recipient or type.
        indexes = [
            *work_indexes("message"),
            models.Index(
                fields=["correlation_id"], name="message_by_correlation", condition=~models.Q(correlation_id="")
            ),
            models.Index(fields=["finished_at"], name="message_by_end", condition=models.Q(finished_at__isnull=False)),
            models.Index(fields=["id"], name="message_dead", condition=models.Q(state="dead")),
            models.Index(
                fields=["expires_at"],
                name="message_expiring",
                condition=models.Q(state=WAITING, expires_at__isnull=False),
            ),
        ]
        constraints = [
            # A key is let go after 24 hours, when another message wants it (common/infrastructure/message_rows.py).
            models.UniqueConstraint(
                fields=["sender", "recipient", "idempotency_key"],
                name="message_key_once",
                condition=models.Q(idempotency_key__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} to {self.recipient} ({self.state})"
