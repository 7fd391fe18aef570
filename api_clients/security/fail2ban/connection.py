"""How operations ask: a command's words down the chain, with what may not be sent refused before."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from api_clients.domain.errors import InvalidRequest
from api_clients.infrastructure.client import ServiceClient, as_json
from api_clients.security.fail2ban import addresses as addressing
from api_clients.security.fail2ban.protocol import path_of

T = TypeVar("T")
# Where a jail's name stands in a command, these mean the server itself (fail2ban/server/transmitter.py).
RESERVED = frozenset(
    ("loglevel", "logtarget", "syslogsocket", "allowipv6", "thread", "dbfile", "dbmaxmatches", "dbpurgeage")
)
MAX_NAME = 100


class Fail2banConnection(ServiceClient):
    @property
    def _zone(self) -> str | None:
        return self._options.time_zone if self._options else None

    def _ask(self, *words: str, read: Callable[[Any], T]) -> T:
        return self._get(path_of(words), read=as_json(read))

    def _tell(self, *words: str, read: Callable[[Any], T], more: Sequence[str] = ()) -> T:
        body = json.dumps(list(more)).encode() if more else None
        return self._send("POST", path_of(words), body=body, read=as_json(read))

    def _jail(self, name: str) -> str:
        """Return the name of a jail. Raises InvalidRequest where the server would take it for something else."""
        if not name or name.startswith("-") or name in RESERVED or len(name) > MAX_NAME or not name.isprintable():
            raise InvalidRequest(f"{name[:MAX_NAME]!r} is no name of a jail")
        return name

    def _addresses(self, addresses: Sequence[str]) -> tuple[str, ...]:
        try:
            return addressing.checked(addresses)
        except ValueError as error:
            raise InvalidRequest(str(error)) from None
