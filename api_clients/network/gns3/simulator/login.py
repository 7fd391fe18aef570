"""Who may ask: on v2 everybody, or who knows a name and a password (Basic); on v3 who has a token for them."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import time
from typing import Literal

from api_clients.network.gns3.simulator.editions import Edition
from api_clients.simulation import Received

Verdict = Literal["admitted", "unknown", "refused"]


class Logins:
    """`token_seconds` is how long a token is good; `revoke` ends all of them."""

    def __init__(self, edition: Edition, login: tuple[str, str] | None, *, token_seconds: float) -> None:
        self._edition = edition
        self._login = login
        self._token_seconds = token_seconds
        self._key = secrets.token_bytes(32)

    def verdict(self, received: Received) -> Verdict:
        if self._login is None:
            return "admitted"
        kind, _, given = received.headers.get("authorization", "").partition(" ")
        if self._edition.is_v2:
            expected = base64.b64encode(":".join(self._login).encode()).decode()
            return "admitted" if kind == "Basic" and _equal(given, expected) else "unknown"
        token = given if kind == "Bearer" else "".join(received.params.get("token", [""]))
        if not token:
            return "unknown"
        return "admitted" if self._is_good(token) else "refused"

    def knows(self, name: str, password: str) -> bool:
        return self._login is not None and _equal(f"{name}\0{password}", "\0".join(self._login))

    def token(self, name: str) -> str:
        """A JWT (RFC 7519) that only this server can check."""
        head = _encoded(json.dumps({"typ": "JWT", "alg": "HS256"}).encode())
        claims = _encoded(json.dumps({"sub": name, "exp": time.time() + self._token_seconds}).encode())
        return f"{head}.{claims}.{self._signature(f'{head}.{claims}')}"

    def revoke(self) -> None:
        self._key = secrets.token_bytes(32)

    def _is_good(self, token: str) -> bool:
        signed, _, signature = token.rpartition(".")
        if not _equal(signature, self._signature(signed)):
            return False
        claims = signed.partition(".")[2]
        expires = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"]
        return bool(time.time() < expires)

    def _signature(self, signed: str) -> str:
        return _encoded(hmac.digest(self._key, signed.encode(), "sha256"))


def _equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
