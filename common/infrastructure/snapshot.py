"""Read many things as they stood at one moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def one_moment() -> Iterator[None]:
    """All queries of the block see the same state of the database, and lock nobody out. The block must not write.

    Inside a transaction that is under way the block is a part of it, and sees what it sees.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        with _deferred(), transaction.atomic():
            yield
    else:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield


@contextmanager
def _deferred() -> Iterator[None]:
    """The settings let every transaction take SQLite's one write lock at its beginning; a reader has no need of it."""
    connection.ensure_connection()
    usual = connection.transaction_mode  # type: ignore[attr-defined] # of the SQLite backend
    connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined] # as above
    try:
        yield
    finally:
        connection.transaction_mode = usual  # type: ignore[attr-defined] # as above
