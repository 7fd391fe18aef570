"""Whether a visitor may use a WebSocket: signed in, with the role that it needs, from an origin that may."""

from __future__ import annotations

from dataclasses import dataclass

from common.domain.roles import Role, includes
from common.infrastructure.websocket.login import LoginRefused, Visitor

INTERNAL_ERROR = 1011  # RFC 6455, 7.4.1
UNAUTHORIZED = 4401
FORBIDDEN = 4403
NOT_FOUND = 4404
TOO_MANY_REQUESTS = 4429


@dataclass(frozen=True, slots=True)
class Refusal:
    """`close_code` for the WebSocket, `code` for programs, `message` for people."""

    close_code: int
    code: str
    message: str


FOREIGN_ORIGIN = Refusal(FORBIDDEN, "origin", "Pages of this origin may not connect; see NMS_TRUSTED_ORIGINS.")


def refusal_of(answer: Visitor | LoginRefused, *, role: Role, purpose: str) -> Refusal | None:
    """Why this visitor may not do it; `purpose` such as "Reading events"."""
    if isinstance(answer, LoginRefused):
        return Refusal(UNAUTHORIZED, "not_authenticated", str(answer))
    if not includes(answer.role, role):
        has = f"the role {answer.role}" if answer.role else "none"
        return Refusal(FORBIDDEN, "role_required", f"{purpose} needs the role {role}; you have {has}.")
    return None
