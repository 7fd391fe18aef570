"""Who we are to a GNS3 server: HTTP Basic on v2, where it wants a login at all, and on v3 a JWT for name and password.

The address says which of the two a request needs, so one configuration serves a server before and after its upgrade.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from api_clients.domain.values import Request, Response
from api_clients.infrastructure.http import Basic, Token
from api_clients.infrastructure.http.login import lifetime

AUTHENTICATE = "/v3/access/users/authenticate"
OPEN_TO_ALL = "/v3/version"


@dataclass(frozen=True, slots=True)
class Gns3Login:
    credentials: Basic = field(repr=False)

    def headers_without_token(self, request: Request) -> Mapping[str, str] | None:
        if request.path.startswith("/v3/") and request.path != OPEN_TO_ALL:
            return None
        return self.credentials.headers()

    def request(self, request: Request) -> Request:
        body = {"username": self.credentials.username, "password": self.credentials.password}
        return replace(
            request,
            method="POST",
            path=AUTHENTICATE,
            params=(),
            headers={"Content-Type": "application/json"},
            body=json.dumps(body).encode(),
            silence_seconds=None,
            streamed=False,
        )

    def read(self, response: Response) -> Token:
        token = json.loads(response.body)["access_token"]
        if not isinstance(token, str) or not token:
            raise TypeError("not a token")
        return Token({"Authorization": f"Bearer {token}"}, _lifetime(token, response))

    def secrets(self) -> tuple[str, ...]:
        return self.credentials.secrets()


def _lifetime(token: str, response: Response) -> float | None:
    """What the token itself says (RFC 7519, `exp`); None where it says nothing."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return lifetime(float(claims["exp"]), response, wall_now=time.time())
    except (ValueError, LookupError, TypeError):
        return None
