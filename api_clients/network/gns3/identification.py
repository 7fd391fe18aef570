"""How a GNS3 server is told from others; 2.x answers strangers, 3.x wants a login for all but its version."""

from __future__ import annotations

from api_clients.domain.identification import Ask, Identification, Recognised, text


def recognise(ask: Ask) -> Recognised | None:
    for path, needs_login in (("/v3/version", True), ("/v2/version", False)):
        answer = ask.get(path)
        if answer is None or answer.status != 200 or not isinstance(answer.value("local"), bool):
            continue
        if version := text(answer.value("version")):
            return Recognised(f"{path} told the version", version, needs_login=needs_login)
    return None


IDENTIFICATION = Identification(ports=(3080,), recognise=recognise)
