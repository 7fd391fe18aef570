"""What every WebSocket of the hub begins with: who is there, whether they may stay, and how to speak to them.

These are plain ASGI applications: Channels' consumers would add two tasks and a queue to each connection, and a
dispatch to each message, which is most of what an idle client costs.
"""

from __future__ import annotations

import time
from typing import Any, ClassVar

import orjson

from common.domain.roles import Role
from common.infrastructure.events.database_thread import in_database
from common.infrastructure.websocket.admission import FOREIGN_ORIGIN, Refusal, refusal_of
from common.infrastructure.websocket.connection import Receive, Scope, Send, WebSocket
from common.infrastructure.websocket.login import (
    SUBPROTOCOL,
    LoginRefused,
    Visitor,
    credentials_of,
    identify,
    origin_allowed,
)

RECHECK_SECONDS = 60.0


class Connection:
    """One client. A subclass says what it takes to be let in, and serves in `run`."""

    path: ClassVar[str]  # in metrics
    role: ClassVar[Role]
    purpose: ClassVar[str]  # of which people are told that it needs the role

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.credentials = credentials_of(scope)
        self._socket = WebSocket(scope, receive, send)
        self._visitor: Visitor | None = None

    @classmethod
    def as_asgi(cls) -> Any:  # as Channels': Django's types know paths to views alone
        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            await cls(scope, receive, send).run()

        return application

    async def run(self) -> None:
        raise NotImplementedError

    async def _greet(self) -> Refusal | None:
        """Accept the connection, and find out who it is; why they may not stay, if so. Raises the database's errors."""
        offered = self._socket.scope.get("subprotocols", [])
        # Accepted first, because a refused handshake can tell a browser neither code nor reason.
        await self._socket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
        if not origin_allowed(self._socket.scope):
            return FOREIGN_ORIGIN
        answer: Visitor | LoginRefused
        try:
            answer = await in_database(identify, self.credentials)
        except LoginRefused as refusal:
            answer = refusal
        return self._admit(answer)

    def _admit(self, answer: Visitor | LoginRefused) -> Refusal | None:
        if refusal := refusal_of(answer, role=self.role, purpose=self.purpose):
            return refusal
        assert isinstance(answer, Visitor)
        self._visitor = answer
        return None

    def next_check(self) -> float:
        """Seconds until the login is asked for again."""
        expires_at = self._visitor.expires_at if self._visitor else None
        left = expires_at - time.time() if expires_at else RECHECK_SECONDS
        return max(0.0, min(left, RECHECK_SECONDS))

    async def _say(self, kind: str, **fields: Any) -> None:
        await self._socket.send(orjson.dumps({"type": kind, **fields}).decode())

    async def _complain(self, code: str, message: str) -> None:
        await self._say("error", error={"code": code, "message": message})
