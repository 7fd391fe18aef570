"""Who was on which console, as events: written before the first byte passes and after the last."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from django.db import transaction

from common.application.consoles.finding import FoundConsole
from common.application.events.publishing import publish
from common.domain.hub_events.consoles import SOURCE, ConsoleClosed, ConsoleOpened, Ending, Over


@dataclass(frozen=True, slots=True)
class Session:
    """One person at one console."""

    console: FoundConsole
    actor: str
    over: Over
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


def record_opened(session: Session) -> None:
    with transaction.atomic():
        publish(_opened(session), source=SOURCE, actor=session.actor)


def record_closed(session: Session, reason: Ending, *, seconds: float, bytes_typed: int, bytes_shown: int) -> None:
    with transaction.atomic():
        closed = ConsoleClosed(
            **_about(session),
            reason=reason,
            seconds=round(seconds, 3),
            bytes_typed=bytes_typed,
            bytes_shown=bytes_shown,
        )
        publish(closed, source=SOURCE, actor=session.actor)


def _opened(session: Session) -> ConsoleOpened:
    return ConsoleOpened(**_about(session))


def _about(session: Session) -> dict[str, str]:
    console = session.console
    return {
        "session": session.id,
        "project_id": console.project_id,
        "node_id": console.node_id,
        "node_name": console.node_name,
        "over": session.over,
    }
