"""How Netdata is told from others."""

from __future__ import annotations

from api_clients.domain.identification import Ask, Identification, Recognised, text


def recognise(ask: Ask) -> Recognised | None:
    path = "/api/v1/info"
    answer = ask.get(path)
    if answer is None or answer.status != 200:
        return None
    version = text(answer.value("version"))
    if not version or not text(answer.value("uid")) or not isinstance(answer.value("alarms"), dict):
        return None
    return Recognised(f"{path} told version and alarms", version)


IDENTIFICATION = Identification(ports=(19999,), recognise=recognise)
