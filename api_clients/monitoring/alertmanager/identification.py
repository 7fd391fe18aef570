"""How an Alertmanager is told from others."""

from __future__ import annotations

from api_clients.domain.identification import Ask, Identification, Recognised, text


def recognise(ask: Ask) -> Recognised | None:
    path = "/api/v2/status"
    answer = ask.get(path)
    if answer is None or answer.status != 200:
        return None
    version = text(answer.value("versionInfo", "version"))
    if not version or not isinstance(answer.value("cluster"), dict) or answer.value("config", "original") is None:
        return None
    return Recognised(f"{path} told version and cluster", version)


IDENTIFICATION = Identification(ports=(9093,), recognise=recognise)
