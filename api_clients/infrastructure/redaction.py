"""The outermost link: whatever went wrong below, no error that leaves quotes what we sign in with.

The wire takes our secrets out of what the service says of a failure. What a client makes an error of by itself, while
it reads an answer, is only seen here.
"""

from __future__ import annotations

from api_clients.domain.errors import ServiceError
from api_clients.domain.ports import Transport
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.credentials import Credentials
from api_clients.infrastructure.http.translation import redact


class RedactingTransport:
    def __init__(self, inner: Transport, credentials: Credentials) -> None:
        self._inner = inner
        self._secrets = credentials.secrets()

    def send(self, request: Request) -> Response:
        try:
            return self._inner.send(request)
        except ServiceError as error:
            if any(secret and secret in error.reason for secret in self._secrets):
                raise redact(error, self._secrets) from None  # its cause says the same in more words
            raise
