"""Events become messages to the modules that subscribe to them: durable, retried, dead-lettered like any other.

A module gets one message for each event, however many of its subscriptions match; its body is the envelope. The
messages are written in the transaction that moves the cursor (see distribution.py), so there is one for each event
exactly, and their key `event:<position>` says so to whoever reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
import structlog

from common.application.messages.sending import send_many
from common.application.modules import registry
from common.domain import stored_json
from common.domain.envelope import Envelope
from common.domain.errors import Invalid
from common.domain.messages import Draft, draft
from common.domain.topics import Interest

log = structlog.get_logger(__name__)


def send_to_modules(envelopes: Sequence[Envelope]) -> None:
    """The consumer "modules"."""
    subscriptions = [(wanted.module, wanted.interest) for wanted in registry.subscriptions()]
    if subscriptions:
        send_many([item for envelope in envelopes for item in _drafts(envelope, subscriptions)])


def _drafts(envelope: Envelope, subscriptions: Sequence[tuple[str, Interest]]) -> Iterable[Draft]:
    wanting = [module for module, interest in subscriptions if interest.wants(envelope)]
    names = [module for module in dict.fromkeys(wanting) if not _echo(envelope, module)]
    if not names:
        return []
    body = orjson.loads(stored_json.write(envelope, option=orjson.OPT_UTC_Z))
    try:
        return [_draft(envelope, body, module) for module in names]
    except Invalid as error:
        # It stays in the store; waiting for it would only keep all later ones from everybody.
        log.error("an event cannot be sent to modules", position=envelope.position, modules=names, reason=str(error))  # noqa: TRY400 # the reason says it all
        return []


def _echo(envelope: Envelope, module: str) -> bool:
    """That a module could not be told of a dead letter is not told to it: it would die, and be told, for ever."""
    return (
        envelope.type.startswith("message.")
        and envelope.data.get("recipient") == module
        and str(envelope.data.get("message_type")).startswith("message.")
    )


def _draft(envelope: Envelope, body: dict[str, Any], module: str) -> Draft:
    return draft(
        type=envelope.type,
        body=body,
        recipient=module,
        sender=envelope.source,
        kind="event",
        priority=envelope.priority,
        actor=envelope.actor,
        correlation_id=envelope.correlation_id,
        causation_id=str(envelope.id),
        idempotency_key=f"event:{envelope.position}",
    )
