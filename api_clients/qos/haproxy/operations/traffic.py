"""What passes: sessions, and the stick tables that remember where it came from."""

from __future__ import annotations

from api_clients.domain.operation import operation
from api_clients.qos.haproxy import reading
from api_clients.qos.haproxy.connection import HaproxyConnection
from api_clients.qos.haproxy.values import Session, StickTable, StickTableEntry


class TrafficOperations(HaproxyConnection):
    @operation(idempotent=True, role="viewer")
    def sessions(self) -> tuple[Session, ...]:
        """Return the sessions (streams) of this moment; the one that asks is among them."""
        return self._show("show sess", read=reading.sessions)

    @operation(idempotent=True, role="viewer", cache_seconds=5.0)
    def stick_tables(self) -> tuple[StickTable, ...]:
        """Return the stick tables, with how many entries each has."""
        return self._show("show table", read=reading.stick_tables)

    @operation(idempotent=True, role="viewer", example={"table": "web"})
    def stick_table_entries(self, table: str) -> tuple[StickTableEntry, ...]:
        """Return the entries of one stick table."""
        return self._show(f"show table {self._table(table)}", read=reading.stick_table_entries)

    @operation(idempotent=True, role="operator", example={"table": "web", "key": "198.51.100.7"})
    def clear_stick_table_entry(self, table: str, key: str) -> None:
        """Forget one key of a stick table, such as an address; one that is not there is forgotten already."""
        self._do(f"clear table {self._table(table)} key {self._key(key)}")
