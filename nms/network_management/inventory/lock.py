"""One writer of the inventory at a time, so that two runs never make two devices of one box."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

_KEY = 0x4E4D53_01  # of the advisory lock; any constant that nothing else in the database uses


@contextmanager
def inventory_transaction() -> Iterator[None]:
    """A transaction that holds the inventory's lock to its end.

    PostgreSQL has advisory locks for this; on SQLite BEGIN IMMEDIATE (see settings) lets one writer in at a time.
    What is read after this reads what the last holder committed.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_KEY])
        yield
