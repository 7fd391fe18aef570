"""How Redis is told from others: it answers PING, or says why it does not."""

from __future__ import annotations

import re

from api_clients.domain.identification import Ask, Identification, Recognised

REFUSALS = {b"-NOAUTH": "it asked for a login", b"-DENIED": "it said that it is in protected mode"}
_VERSION = re.compile(rb"^redis_version:([0-9A-Za-z.\-]{1,50})\r?$", re.MULTILINE)


def recognise(ask: Ask) -> Recognised | None:
    answer = ask.talk(b"PING\r\n")
    if answer.startswith(b"+PONG"):
        version = _VERSION.search(ask.talk(b"INFO server\r\n"))
        return Recognised("it answered PING", version[1].decode() if version else "") if version else None
    for refusal, evidence in REFUSALS.items():
        if answer.startswith(refusal):
            return Recognised(evidence, needs_login=True)
    return None


IDENTIFICATION = Identification(ports=(6379,), recognise=recognise, scheme="redis")
