"""How Kibana is told from others: it names itself in a header of every answer."""

from __future__ import annotations

from api_clients.domain.identification import Ask, Identification, Recognised, text


def recognise(ask: Ask) -> Recognised | None:
    answer = ask.get("/api/status")
    if answer is None:
        return None
    version = text(answer.value("version", "number"))
    named = "kbn-name" in answer.headers or "kbn-license-sig" in answer.headers
    if answer.status in (200, 503) and version and (named or answer.value("status", "overall") is not None):
        return Recognised("/api/status told the version", version, needs_login=True)
    if named and answer.status in (200, 302, 401, 503):
        return Recognised("it named itself in its headers", needs_login=True)
    return None


IDENTIFICATION = Identification(ports=(5601,), recognise=recognise)
