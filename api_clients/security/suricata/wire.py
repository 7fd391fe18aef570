"""The wire to Suricata: /commands/<command> goes to its command socket, with parameters and a JSON body as arguments;
everything else is a file on this machine (`files.py`). The answer of a command is its message, as JSON.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from api_clients.domain.errors import DeadlineExceeded, Malformed, Rejected, ServiceError, Unauthorized
from api_clients.domain.policies.deadline import clip
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.unix_socket import UnixConversation
from api_clients.infrastructure.wire import WireSettings
from api_clients.security.suricata.files import FORBIDDEN, SuricataFiles, SuricataOptions
from api_clients.security.suricata.protocol import END, GREETING, Refused, decode, encode

TEST_SECONDS = 120.0


class SuricataWire:
    def __init__(self, settings: WireSettings) -> None:
        self._settings = settings
        self._files = SuricataFiles(
            settings.options or SuricataOptions(), settings.clock, settings.connection.max_response_bytes
        )

    def send(self, request: Request) -> Response:
        parts = [unquote(part) for part in request.path.removeprefix("/").split("/")]
        try:
            if parts[0] == "commands":
                body = json.dumps(self._command(request, parts[1])).encode()
                return Response(200, {"content-type": "application/json"}, body, instance=request.instance)
            return self._file(request, parts)
        except Refused as refused:
            raise _refusal(refused, request) from None

    def close(self) -> None:
        """Nothing is kept open: Suricata serves its clients one after the other, and a silent one is in the way."""

    def _command(self, request: Request, command: str) -> Any:
        data = encode(command, {**dict(request.params), **(json.loads(request.body) if request.body else {})})
        with UnixConversation(request, self._settings.connection, self._settings.clock) as conversation:
            conversation.send(GREETING)
            self._read(conversation.receive(END), request)
            conversation.send(data)
            return self._read(conversation.receive(END), request)

    def _read(self, line: bytes, request: Request) -> Any:
        try:
            return decode(line)
        except ValueError as error:
            raise Malformed(f"answered with {len(line)} bytes that cannot be read", **request.labels()) from error

    def _file(self, request: Request, parts: list[str]) -> Response:
        now = self._settings.clock.monotonic()
        if request.deadline is not None and request.deadline.has_passed(now):
            raise DeadlineExceeded("the deadline passed before the file was opened", **request.labels())
        headers = {name.lower(): value for name, value in request.headers.items()}
        seconds = clip(TEST_SECONDS, request.deadline, now=now)
        content = self._files.answer(request.method, parts, dict(request.params), headers, request.body or b"", seconds)
        return Response(200, content.headers, content.body, instance=request.instance)


def _refusal(refused: Refused, request: Request) -> ServiceError:
    kind = Unauthorized if refused.status == FORBIDDEN else Rejected
    return kind(refused.reason, status=refused.status, **request.labels())
