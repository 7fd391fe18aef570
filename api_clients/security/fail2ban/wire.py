"""The wire to a Fail2ban server: a path is a command's words, a body is a JSON list of further words, and the answer's
body is the server's answer as JSON.

/reload/<jail> is the one path that is no command of the socket: the server itself never reads its configuration, the
program fail2ban-client does (`program.py`).
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator

from api_clients.domain.errors import NOT_FOUND, Malformed, Rejected, Unreachable
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.unix_socket import UnixConversation
from api_clients.infrastructure.wire import WireSettings
from api_clients.security.fail2ban import program
from api_clients.security.fail2ban.protocol import CLOSE, END, GoingDown, Refused, decode, encode, words_of
from api_clients.security.fail2ban.unpickling import NotPlain

BAD_REQUEST = 400


class Fail2banOptions(BaseModel):
    """`config_folder` is where the jails are described, for reloads; None is where the server itself was told to look.
    `time_zone` is the one the server writes times in (an IANA name); None is that of this machine.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    config_folder: Path | None = None
    client_program: str = Field("fail2ban-client", min_length=1)
    time_zone: str | None = None

    @field_validator("time_zone")
    @classmethod
    def is_known(cls, name: str | None) -> str | None:
        if name is not None and name not in available_timezones():
            raise ValueError("should be the name of a time zone, such as Europe/Berlin")
        return name


class Fail2banWire:
    def __init__(self, settings: WireSettings) -> None:
        self._settings = settings
        self._options: Fail2banOptions = settings.options or Fail2banOptions()

    def send(self, request: Request) -> Response:
        words = [*words_of(request.path), *(json.loads(request.body) if request.body else ())]
        try:
            answer = self._reload(request, words[1]) if words[0] == "reload" else self._ask(request, words)
        except Refused as refused:
            status = NOT_FOUND if refused.is_unknown else BAD_REQUEST
            raise Rejected(refused.reason, status=status, **request.labels()) from None
        except NotPlain as error:
            raise Malformed(f"answered with what is refused: {error}", **request.labels()) from error
        body = json.dumps(answer).encode()
        return Response(200, {"content-type": "application/json"}, body, instance=request.instance)

    def close(self) -> None:
        """Nothing is kept open: the server ends a connection that is silent."""

    def _ask(self, request: Request, words: list[str]) -> object:
        with UnixConversation(request, self._settings.connection, self._settings.clock) as conversation:
            conversation.send(encode(words))
            data = conversation.receive(END)
            with suppress(Unreachable):  # where it closed first, what was asked for has arrived
                conversation.send(CLOSE)
        try:
            return decode(data)
        except GoingDown:
            raise Unreachable("the server is shutting down", **request.labels()) from None

    def _reload(self, request: Request, jail: str) -> object:
        """Have the program read the configuration and send it; one that was stopped is made again."""
        with UnixConversation(request, self._settings.connection, self._settings.clock) as conversation:
            folder = self._options.config_folder or program.folder_of(conversation.peer_pid())
        limit = self._settings.connection.max_response_bytes
        return program.reload(request, jail, self._options.client_program, folder, self._settings.clock, limit)
