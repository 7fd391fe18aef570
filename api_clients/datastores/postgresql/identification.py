"""How PostgreSQL is told from others: it answers a startup message with a request for a login, or a refusal.

https://www.postgresql.org/docs/current/protocol-message-formats.html: 'R' asks for a way to sign in, 'E' refuses with
fields by letter, of which V (the severity, never translated) is FATAL.
"""

from __future__ import annotations

import re
import struct

from api_clients.domain.identification import Ask, Identification, Recognised

VERSION_3 = 196_608
_FIELDS = b"user\0nms\0database\0postgres\0application_name\0nms\0\0"
STARTUP = struct.pack("!ii", 8 + len(_FIELDS), VERSION_3) + _FIELDS
_SERVER_VERSION = re.compile(rb"server_version\0([0-9A-Za-z.]{1,50})[ \0]")


def recognise(ask: Ask) -> Recognised | None:
    answer = ask.talk(STARTUP)
    if len(answer) >= 9 and answer[:1] == b"R":
        length, kind = struct.unpack("!ii", answer[1:9])
        if 8 <= length <= 2000 and 0 <= kind <= 12:
            version = _SERVER_VERSION.search(answer)
            return Recognised("it asked for a login", version[1].decode() if version else "", needs_login=True)
    if answer[:1] == b"E" and b"\0VFATAL\0" in answer:
        return Recognised("it refused a stranger's login", needs_login=True)
    return None


IDENTIFICATION = Identification(ports=(5432,), recognise=recognise, scheme="postgresql")
