"""Rows of requests with an Idempotency-Key: begun once in the whole installation, answered, kept for 24 hours.

Answers are encrypted, since one may hold what only its reader should see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.db import IntegrityError, transaction
from django.utils import timezone

from common.infrastructure.encryption import decrypt, encrypt
from common.models import IdempotentRequest

KEPT = timedelta(hours=24)
# No request takes so long: whoever began it has died, and nobody knows how far it came.
ABANDONED = timedelta(minutes=10)
MAX_ANSWER_BYTES = 256 * 1024
_TRIES = 5


class Refusal(Enum):
    """Why the same request cannot be answered from what is stored."""

    UNDER_WAY = "under_way"
    OTHER_REQUEST = "other_request"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Begun:
    """The request is ours to do; give it back with `answer` or `forget`."""

    pk: int
    since: datetime


def begin(user: str, key: str, fingerprint: str) -> Begun | Answer | Refusal:
    """Take the key, or say what became of the request that had it first."""
    for _ in range(_TRIES):
        now = timezone.now()
        row = IdempotentRequest.objects.filter(user=user, key=key).first()
        if row is None:
            try:
                with transaction.atomic():
                    row = IdempotentRequest.objects.create(user=user, key=key, fingerprint=fingerprint, created_at=now)
            except IntegrityError:
                continue  # the same request came at the same time and was first
            return Begun(row.pk, now)
        if not _is_over(row, now):
            return _known(row, fingerprint)
        mine = IdempotentRequest.objects.filter(pk=row.pk, created_at=row.created_at)
        if mine.update(fingerprint=fingerprint, created_at=now, status=None, headers={}, body=""):
            return Begun(row.pk, now)
    return Refusal.UNDER_WAY


def answer(begun: Begun, given: Answer) -> None:
    """Keep the answer for whoever asks again."""
    kept = len(given.body.encode()) <= MAX_ANSWER_BYTES
    _mine(begun).update(
        status=given.status,
        headers=dict(given.headers) if kept else {"too_large": "true"},
        body=encrypt(given.body) if kept else "",
    )


def forget(begun: Begun) -> None:
    """Free the key: the request failed, and may be tried again."""
    _mine(begun).delete()


def _mine(begun: Begun):  # type: ignore[no-untyped-def] # django-stubs' queryset of this model
    return IdempotentRequest.objects.filter(pk=begun.pk, created_at=begun.since)


def _is_over(row: IdempotentRequest, now: datetime) -> bool:
    age = now - row.created_at
    return age > KEPT or (row.status is None and age > ABANDONED)


def _known(row: IdempotentRequest, fingerprint: str) -> Answer | Refusal:
    if row.fingerprint != fingerprint:
        return Refusal.OTHER_REQUEST
    if row.status is None:
        return Refusal.UNDER_WAY
    if "too_large" in row.headers:
        return Refusal.TOO_LARGE
    return Answer(row.status, row.headers, decrypt(row.body))
