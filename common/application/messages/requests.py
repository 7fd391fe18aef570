"""Ask a module by message and wait for its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.db import transaction

from common.application.messages.sending import send
from common.application.messages.waits import wait_for_end
from common.domain.errors import Failed, TimedOut
from common.domain.modules import JsonObject
from common.models import Message

DEFAULT_SECONDS = 30.0


def request(
    type: str,
    body: Mapping[str, Any],
    *,
    recipient: str,
    sender: str,
    timeout_seconds: float = DEFAULT_SECONDS,
    correlation_id: str = "",
    **options: Any,
) -> JsonObject:
    """Return the reply of the recipient's handler.

    `options` are those of `send`. Raises what `send` raises, TimedOut when there is no answer in time (the message then
    expires, so that nobody works on what nobody waits for), and Failed with the reason when it became a dead letter.
    Needs to run outside a transaction, which would hide the message from every worker.
    """
    message = ask(
        type,
        body,
        recipient=recipient,
        sender=sender,
        timeout_seconds=timeout_seconds,
        correlation_id=correlation_id,
        **options,
    )
    return message.reply or {}


def ask(
    type: str,
    body: Mapping[str, Any],
    *,
    timeout_seconds: float = DEFAULT_SECONDS,
    correlation_id: str = "",
    **options: Any,
) -> Message:
    """Like `request`; returns the delivered message."""
    if transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            "A request waits for a worker, which cannot see it before a commit"
        )
    message = send(
        type,
        body,
        kind="request",
        expires_in_seconds=timeout_seconds,
        correlation_id=correlation_id or uuid4().hex,
        **options,
    )
    ended = wait_for_end(message.pk, seconds=timeout_seconds)
    if ended is None or ended.state == Message.State.EXPIRED:
        raise TimedOut(
            f"The module {message.recipient} did not answer {type} within {timeout_seconds:g} s"
            f" (message {message.uuid}). It is handled no more, unless a handler was at it.",
            code="request_timed_out",
        )
    if ended.state == Message.State.DEAD:
        raise Failed(f"The module {message.recipient} could not answer {type}: {ended.error}", code="request_failed")
    return ended
