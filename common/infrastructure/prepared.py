"""Statements of PostgreSQL that are planned once for a connection, for the few where planning outweighs executing.

A pooler in front of PostgreSQL must pool sessions, not transactions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakSet


class PreparedStatement:
    """`statement` is SQL with a `%s` for each parameter; `types` are the parameters' own, where the SQL does not tell.

    Use it on PostgreSQL only.
    """

    def __init__(self, name: str, statement: str, *, types: Sequence[str] = ()) -> None:
        places = statement.count("%s")
        declared = f" ({', '.join(types)})" if types else ""
        numbered = statement.replace("%s", "${}").format(*range(1, places + 1))
        self._prepare = f"PREPARE {name}{declared} AS {numbered}"
        self._execute = f"EXECUTE {name} ({', '.join(['%s'] * places)})"
        self._connections: WeakSet[Any] = WeakSet()

    def execute(self, cursor: Any, values: Sequence[Any]) -> None:
        """Execute on a cursor of Django; the rows are the cursor's. Preparing outlives a transaction rolled back."""
        connection = cursor.connection
        if connection not in self._connections:
            cursor.execute(self._prepare)
            self._connections.add(connection)
        cursor.execute(self._execute, values)
