"""Deliver messages: a claimed batch is handled, and each row gets its end.

Handlers that are transactional share one transaction with the change of their rows to `delivered`: what they write is
there if and only if the message is delivered, however often a worker dies. If one of them fails, all of it is rolled
back and each is done again in a transaction of its own, so that a bad message harms no other. Handlers that are not
run outside, one after the other, each with its own end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.utils import timezone

from common.application import services
from common.application.messages import ends as message_ends
from common.application.messages.metrics import observe_delays
from common.application.messages.sending import TASK, send_replies
from common.application.messages.waits import tell_ended
from common.application.modules import activity
from common.application.modules.dispatch import Delivery, RecipientLost, handler_for
from common.application.work.turns import SLOW_SECONDS, WorkKind, step_aside
from common.domain.messages import write_body
from common.domain.modules import Call, CapabilityFailed, HandlerRefused, JsonObject
from common.infrastructure.work.claims import Batch, release
from common.infrastructure.work.waking import wake
from common.models import Message

log = structlog.get_logger(__name__)


class ClaimLost(Exception):
    """The lease ran out while the rows were handled, and somebody else has them now."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """A claimed message and what handles it."""

    message: Message
    delivery: Delivery

    def handle(self) -> None:
        reply = self.delivery.run(self.message, _call(self.message))
        if self.message.kind == Message.Kind.REQUEST:
            self.message.reply = _checked(reply)


def perform(batch: Batch) -> None:
    """Give every message of the batch its end, or put it back. Raises for outages of the database."""
    taken = _take(batch)
    observe_delays((item.message for item in taken), timezone.now())
    _together([item for item in taken if item.delivery.transactional], batch.claim)
    _one_by_one([item for item in taken if not item.delivery.transactional], batch.claim)


MESSAGE_WORK = WorkKind(model=Message, task=TASK, perform=perform, quick=True)


def _take(batch: Batch) -> list[_Taken]:
    """Those that can be handled; the others get their end here."""
    taken, now = [], timezone.now()
    for message in batch.rows:
        if message.expires_at is not None and message.expires_at <= now:
            message_ends.expire([message])
        elif _exhausted(message):
            message_ends.bury(message, "Each attempt ended with the worker: the handler may have killed it.")
        elif (delivery := _delivery(message)) is not None:
            taken.append(_Taken(message, delivery))
    return taken


def _exhausted(message: Message) -> bool:
    """Whether every attempt ended with its worker. The first may have been another's fault, of the same batch."""
    allowed = max(message.max_attempts, 2) if message.crashes == 1 else message.max_attempts
    return bool(message.crashes) and message.attempts > allowed


def _delivery(message: Message) -> Delivery | None:
    try:
        return handler_for(message)
    except HandlerRefused as error:
        message_ends.bury(message, str(error))
    except RecipientLost as error:
        message_ends.postpone(message, str(error))
    return None


def _together(items: Sequence[_Taken], claim: UUID) -> None:
    if len(items) > 1 and _all_at_once(items, claim):
        return
    for item in items:
        _alone(item, claim)


def _all_at_once(items: Sequence[_Taken], claim: UUID) -> bool:
    """Return whether all were delivered; where not, nothing was done."""
    try:
        with transaction.atomic():
            for item in items:
                item.handle()
            _deliver(items, claim)
    except ClaimLost:
        log.warning("messages were taken over by another worker; nothing was done here", messages=len(items))
        return True
    except Exception:
        # Whose fault it was shows when each is done again alone. An outage is raised, for it is nobody's.
        _raise_outage()
        log.debug("a batch of messages failed; each is handled alone", messages=len(items), exc_info=True)
        return False
    return True


def _alone(item: _Taken, claim: UUID) -> None:
    try:
        with transaction.atomic():
            item.handle()
            _deliver([item], claim)
    except ClaimLost:
        log.warning("a message was taken over by another worker", message=str(item.message.uuid))
    except Exception as error:  # noqa: BLE001 # the handler's; _failed writes it down
        _raise_outage()
        _failed(item.message, error)


def _one_by_one(items: Sequence[_Taken], claim: UUID) -> None:
    """Outside of transactions. What may take long is done alone, and the rest goes back for workers that are idle."""
    if items:
        step_aside()
    for index, item in enumerate(items):
        rest = items[index + 1 :]
        if services.stopping.is_set():
            _give_back([item, *rest], claim)
            return
        if rest and not _is_quick(item.message):
            _give_back(rest, claim)
            rest = []
        began = monotonic()
        _outside(item, claim)
        _took[item.message.recipient, item.message.type] = monotonic() - began
        if not rest:
            return


# How long the last message of a recipient and type took outside, in seconds.
_took: dict[tuple[str, str], float] = {}


def _is_quick(message: Message) -> bool:
    return _took.get((message.recipient, message.type), SLOW_SECONDS) < SLOW_SECONDS


def _give_back(items: Sequence[_Taken], claim: UUID) -> None:
    release(Message, claim, pks=[item.message.pk for item in items])
    for queue in {item.message.queue for item in items}:
        wake(TASK, queue)


def _outside(item: _Taken, claim: UUID) -> None:
    try:
        item.handle()
    except Exception as error:  # noqa: BLE001 # the handler's; _failed writes it down
        _raise_outage()
        _failed(item.message, error)
        return
    try:
        with transaction.atomic():
            _deliver([item], claim)
    except ClaimLost:
        log.warning("a message was taken over by another worker while it was handled", message=str(item.message.uuid))


def _deliver(items: Sequence[_Taken], claim: UUID) -> None:
    """Write the end of messages that were handled. Raises ClaimLost; run it in a transaction."""
    messages = [item.message for item in items]
    if message_ends.deliver(messages, claim) != len(messages):
        raise ClaimLost
    answered = [message for message in messages if message.kind == Message.Kind.REQUEST]
    if answered:
        send_replies(answered)
    transaction.on_commit(lambda: _delivered(messages), robust=True)


def _delivered(messages: Sequence[Message]) -> None:
    message_ends.count_handled("delivered", messages)
    tell_ended(message.pk for message in messages)


def _failed(message: Message, error: Exception) -> None:
    """One attempt failed, for a reason of the handler's: try again later, or bury it."""
    if isinstance(error, RecipientLost):  # a remote module that nobody reached: no attempt of the message's
        message_ends.postpone(message, str(error))
        return
    told = isinstance(error, HandlerRefused | CapabilityFailed)
    reason = _told(error) if told else f"{type(error).__name__}: {error}"
    activity.count(message.recipient, messages=1, errors=1)
    if isinstance(error, HandlerRefused) or message.attempts >= message.max_attempts:
        traceback = None if told else error  # of a defect; what the handler says on purpose needs none
        log.warning("message is dead", message=str(message.uuid), type=message.type, reason=reason, exc_info=traceback)
        message_ends.bury(message, reason)
    else:
        log.info("message failed; it is tried again", message=str(message.uuid), type=message.type, reason=reason)
        message_ends.retry(message, reason)


def _told(error: Exception) -> str:
    """What the handler says on purpose, with the code of a failure (that of a refusal stands in its text)."""
    return f"{error} ({error.code})" if isinstance(error, CapabilityFailed) else str(error)


def _raise_outage() -> None:
    """Raise again what is handled now, if the database has gone: then it says nothing of the message."""
    if connection.connection is None or not connection.is_usable():
        raise


def _checked(reply: JsonObject | None) -> JsonObject:
    """A reply that can be stored. Raises HandlerRefused: another attempt would answer the same."""
    try:
        write_body(reply or {})
    except ValueError as error:
        raise HandlerRefused(f"The reply cannot be stored: {error}") from error
    return reply or {}


def _call(message: Message) -> Call:
    return Call(
        actor=message.actor,
        correlation_id=message.correlation_id,
        causation_id=str(message.uuid),
        idempotency_key=str(message.uuid),
        deadline=message.expires_at,
        should_stop=services.stopping.is_set,
    )
