"""Let one at a time do a thing, in the whole installation, and the others go away at once.

On PostgreSQL by an advisory lock of the session, which ends with the process that holds it; on SQLite, where one
process does all the work, by a lock of the process. (A pooler in front of PostgreSQL must pool sessions, not
transactions, else the lock stays with a session that others use.)
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection

_NAMESPACE = 0x4E4D53  # "NMS": the first of the lock's two numbers
_lock = threading.Lock()
_held: set[str] = set()


@contextmanager
def exclusively(name: str) -> Iterator[bool]:
    """Yield whether nobody else is at it; do nothing where it is False."""
    with _lock:
        mine = name not in _held
        _held.add(name)
    try:
        if mine and connection.vendor == "postgresql":
            with _advisory_lock(zlib.crc32(name.encode()) & 0x7FFFFFFF) as locked:
                yield locked
        else:
            yield mine
    finally:
        if mine:
            with _lock:
                _held.discard(name)


@contextmanager
def _advisory_lock(number: int) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s), pg_backend_pid()", [_NAMESPACE, number])
        locked, session = cursor.fetchone()
    try:
        yield locked
    finally:
        if locked:
            _unlock(number, session)


def _unlock(number: int, session: int) -> None:
    """Nothing is left to unlock where the session has ended in the meantime."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_unlock(%s, %s) WHERE pg_backend_pid() = %s", [_NAMESPACE, number, session]
            )
    except Error:
        connection.close()
