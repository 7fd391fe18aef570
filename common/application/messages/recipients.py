"""What waits for a module is due at once when it is heard again, and when it goes for good (then it ends: dead)."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Case, Value, When
from django.utils import timezone

from common.application.messages.sending import TASK
from common.infrastructure.work.claims import HANDICAP_SECONDS, order_at
from common.infrastructure.work.waking import wake_on_commit
from common.models import Message
from common.models.work import WAITING

LIMIT = 5_000  # of one change; what is beyond comes by itself, seconds later


def try_again_now(recipient: str) -> int:
    """Make due what was tried and put off; what its sender delays stays delayed. How many there were.

    What has killed workers keeps its pause, too: it says nothing of the recipient.
    """
    return _make_due(recipient, first_attempts=False)


def end_soon(recipient: str) -> int:
    """Make due all that waits for a recipient that is gone: whoever takes it finds nobody to deliver it to."""
    return _make_due(recipient, first_attempts=True)


def _make_due(recipient: str, *, first_attempts: bool) -> int:
    now = timezone.now()
    waiting = Message.objects.filter(recipient=recipient, state=WAITING, due_at__gt=now, crashes__lt=2)
    if not first_attempts:
        waiting = waiting.exclude(error="")
    with transaction.atomic():
        chosen = waiting.order_by("order_at", "id").select_for_update(skip_locked=True)
        found = dict(chosen.values_list("pk", "queue")[:LIMIT])
        by_priority = [
            When(priority=priority, then=Value(order_at(now, priority)))  # type: ignore[arg-type] # keys of that dict
            for priority in HANDICAP_SECONDS
        ]
        Message.objects.filter(pk__in=list(found), state=WAITING).update(
            due_at=now, order_at=Case(*by_priority, default=Value(now))
        )
        for queue in set(found.values()):
            wake_on_commit(TASK, queue)
    return len(found)
