"""Rows of new messages: inserted by one statement, and once for each key of their sender.

Written as SQL because sending is the hot path: the ORM's bulk_create takes several times as long for one row.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import uuid4

import orjson
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils import timezone

from common.domain import stored_json
from common.domain.errors import Conflict
from common.domain.messages import KEY_HOURS, Draft
from common.infrastructure.prepared import PreparedStatement
from common.infrastructure.work.claims import order_at
from common.models import Message
from common.models.work import WAITING

_COLUMNS = (
    "uuid",
    "kind",
    "type",
    "sender",
    "recipient",
    "body",
    "actor",
    "correlation_id",
    "causation_id",
    "idempotency_key",
    "max_attempts",
    "queue",
    "priority",
    "created_at",
    "due_at",
    "order_at",
    "expires_at",
)
_MOMENTS = 4  # the last ones
_SAME_FOR_ALL = {"state": f"'{WAITING}'", "attempts": "0", "crashes": "0", "replays": "0", "error": "''"}
_ROW = f"({', '.join(['%s'] * len(_COLUMNS))}, {', '.join(_SAME_FOR_ALL.values())})"
_INSERT = f"INSERT INTO common_message ({', '.join([*_COLUMNS, *_SAME_FOR_ALL])}) VALUES "  # noqa: S608 # our own words
_RETURNING = " RETURNING uuid, id"
_ONE = PreparedStatement("nms_send", f"{_INSERT}{_ROW}{_RETURNING}")  # to plan it takes longer than to execute it
_BATCH = 500
_TRIES = 5


def insert(drafts: Sequence[Draft]) -> list[Message]:
    """Store the messages, each with its id; for a key that is taken, the message that has it.

    Raises Conflict where that one says something else, and then stores none of them.
    """
    messages = [_message(draft) for draft in drafts]
    if all(draft.idempotency_key is None for draft in drafts):
        _insert(messages, drafts)
        return messages
    with transaction.atomic():
        _insert(messages, drafts)
        return [
            message if message.pk else _first(message, draft) for message, draft in zip(messages, drafts, strict=True)
        ]


def _first(message: Message, draft: Draft) -> Message:
    """The message that has the key of `message`, which is that one itself if the key was free by now."""
    for _ in range(_TRIES):
        named = {"sender": draft.sender, "recipient": draft.recipient, "idempotency_key": draft.idempotency_key}
        holder = Message.objects.filter(**named).first()
        if holder is not None and holder.created_at > message.created_at - timedelta(hours=KEY_HOURS):
            _compare(holder, draft)
            return holder
        if holder is not None:
            Message.objects.filter(pk=holder.pk).update(idempotency_key=None)
        _insert([message], [draft])
        if message.pk:
            return message
    raise Conflict(
        f"Other messages with the key {draft.idempotency_key!r} come and go; try again.", code="idempotency_key_busy"
    )


def _compare(holder: Message, draft: Draft) -> None:
    body = orjson.loads(stored_json.write(holder.body))  # large floats as they were sent
    if (holder.type, holder.kind, body) != (draft.type, draft.kind, orjson.loads(draft.written)):
        raise Conflict(
            f"The key {draft.idempotency_key!r} was used for another message to {draft.recipient} within the last"
            f" {KEY_HOURS} hours: {holder.uuid}. Use another key, or send the same again.",
            code="idempotency_key_reused",
        )


def _message(draft: Draft) -> Message:
    now = timezone.now()
    due_at = now + timedelta(seconds=draft.delay_seconds) if draft.delay_seconds else now
    values: dict[str, Any] = {
        "id": None,
        "uuid": uuid4(),
        "kind": draft.kind,
        "type": draft.type,
        "sender": draft.sender,
        "recipient": draft.recipient,
        "body": draft.body,
        "reply": None,
        "actor": draft.actor,
        "correlation_id": draft.correlation_id,
        "causation_id": draft.causation_id,
        "idempotency_key": draft.idempotency_key,
        "max_attempts": draft.max_attempts,
        "state": WAITING,
        "queue": draft.priority,
        "priority": draft.priority,
        "attempts": 0,
        "crashes": 0,
        "replays": 0,
        "claim": None,
        "lease_until": None,
        "error": "",
        "created_at": now,
        "due_at": due_at,
        "order_at": order_at(due_at, draft.priority),
        "expires_at": None if draft.expires_in_seconds is None else now + timedelta(seconds=draft.expires_in_seconds),
        "finished_at": None,
    }
    # By position: Django takes three times as long for arguments with names.
    return Message(*[values[name] for name in _names()])  # type: ignore[misc] # django-stubs types names, not positions


@cache
def _names() -> tuple[str, ...]:
    return tuple(field.attname for field in Message._meta.concrete_fields)


def _insert(messages: Sequence[Message], drafts: Sequence[Draft]) -> None:
    """Give each message that could be stored its id; one whose key is taken keeps none."""
    for start in range(0, len(messages), _BATCH):
        part = slice(start, start + _BATCH)
        _insert_batch(messages[part], drafts[part])


def _insert_batch(messages: Sequence[Message], drafts: Sequence[Draft]) -> None:
    database = connections[DEFAULT_DB_ALIAS]  # found once: Django's proxy looks for it at each word
    native = database.features.has_native_uuid_field
    moment = database.ops.adapt_datetimefield_value
    values: list[Any] = []
    for message, draft in zip(messages, drafts, strict=True):
        row = [getattr(message, column) for column in _COLUMNS]
        row[0], row[5] = (message.uuid if native else message.uuid.hex), draft.written.decode()
        row[-_MOMENTS:] = map(moment, row[-_MOMENTS:])
        values += row
    # Only keys can be taken; without them the check before each insertion would be for nothing.
    unless_taken = " ON CONFLICT DO NOTHING" if any(draft.idempotency_key is not None for draft in drafts) else ""
    with database.cursor() as cursor:
        if len(messages) == 1 and database.vendor == "postgresql" and not unless_taken:
            _ONE.execute(cursor, values)
        else:
            cursor.execute(f"{_INSERT}{', '.join([_ROW] * len(messages))}{unless_taken}{_RETURNING}", values)
        ids = dict(cursor.fetchall())
    for message in messages:
        message.pk = ids.get(message.uuid if native else message.uuid.hex)
        message._state.adding, message._state.db = message.pk is None, DEFAULT_DB_ALIAS
