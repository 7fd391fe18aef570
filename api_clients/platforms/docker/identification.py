"""How a Docker engine is told from others. One that listens without TLS gives everybody root on its machine."""

from __future__ import annotations

from api_clients.domain.identification import Ask, Identification, Recognised, text


def recognise(ask: Ask) -> Recognised | None:
    answer = ask.get("/version")
    if answer is None or answer.status != 200 or not text(answer.value("ApiVersion")):
        return None
    version = text(answer.value("Version"))
    return Recognised("/version told its API version", version) if answer.value("MinAPIVersion") and version else None


IDENTIFICATION = Identification(ports=(2375,), recognise=recognise)
