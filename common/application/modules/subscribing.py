"""A remote module asks for more events than it registered with, and takes that back.

What it registers with is replaced whenever it registers again; what it asked for here stays until it is taken back, or
the module goes. Both are handed out alike (common/application/events/module_subscriptions.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from common.application.events.publishing import publish
from common.application.modules.registration import SOURCE, need_remote
from common.domain.errors import Conflict, Unknown
from common.domain.hub_events.modules import ModuleSubscribed, ModuleUnsubscribed
from common.domain.topics import Priority
from common.models import ModuleSubscription

MAX_SUBSCRIPTIONS = 200


def subscribe(
    module: str, topics: Sequence[str], *, priority: Priority = "low", source: str = "", subject: str = "", by: str
) -> tuple[ModuleSubscription, bool]:
    """Return the subscription, and whether it is new: asking for the same again changes nothing.

    Raises Unknown, or Conflict (a local module, whose code says what it hears; too many).
    """
    wanted = {"topics": sorted(set(topics)), "priority": priority, "source": source, "subject": subject}
    with transaction.atomic():
        record = need_remote(module, lock=True)
        held = list(ModuleSubscription.objects.filter(module=record))
        same = next((row for row in held if all(getattr(row, name) == value for name, value in wanted.items())), None)
        if same is not None:
            return same, False
        if len(held) >= MAX_SUBSCRIPTIONS:
            raise Conflict(f"{module} has {len(held)} subscriptions, which is the limit.", code="too_many")
        row = ModuleSubscription.objects.create(module=record, created_by=by, **wanted)
        publish(ModuleSubscribed(**_facts(row)), source=SOURCE, actor=by)
    return row, True


def unsubscribe(module: str, subscription: int, *, by: str) -> None:
    """Raises Unknown, or Conflict for a local module."""
    with transaction.atomic():
        need_remote(module, lock=True)
        row = need_subscription(module, subscription)
        publish(ModuleUnsubscribed(**_facts(row)), source=SOURCE, actor=by)
        row.delete()


def need_subscription(module: str, subscription: int) -> ModuleSubscription:
    """Raises Unknown."""
    row = ModuleSubscription.objects.filter(module_id=module, pk=subscription).first()
    if row is None:
        raise Unknown(f"{module} has no subscription {subscription}.", code="unknown_subscription")
    return row


def _facts(row: ModuleSubscription) -> dict[str, Any]:
    return {
        "name": row.module_id,
        "subscription": row.pk,
        "topics": tuple(row.topics),
        "event_priority": row.priority,
        "event_source": row.source,
        "event_subject": row.subject,
    }
