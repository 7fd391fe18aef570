"""How Prometheus is told from others; VictoriaMetrics and Thanos answer at the same path, with less."""

from __future__ import annotations

from api_clients.domain.identification import Ask, Identification, Recognised, text

BUILT_AS = ("version", "revision", "goVersion")


def recognise(ask: Ask) -> Recognised | None:
    path = "/api/v1/status/buildinfo"
    answer = ask.get(path)
    if answer is None or answer.status != 200 or answer.value("status") != "success":
        return None
    told = {name: text(answer.value("data", name)) for name in BUILT_AS}
    return Recognised(f"{path} told how it was built", told["version"]) if all(told.values()) else None


IDENTIFICATION = Identification(ports=(9090,), recognise=recognise)
