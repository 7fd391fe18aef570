"""How Elasticsearch is told from others; OpenSearch says in the same place that it is one."""

from __future__ import annotations

from api_clients.domain.identification import Ask, Identification, Recognised, text

TAGLINE = "You Know, for Search"


def recognise(ask: Ask) -> Recognised | None:
    answer = ask.get("/")
    if answer is None:
        return None
    if answer.status == 200 and answer.value("tagline") == TAGLINE:
        return Recognised("/ told its tagline", text(answer.value("version", "number")))
    login = answer.headers.get("www-authenticate", "")
    refused = answer.status == 401 and answer.value("error", "type") == "security_exception"
    if refused and ("ApiKey" in login or 'realm="security"' in login):
        return Recognised("/ asked for a login as Elasticsearch does", needs_login=True)
    return None


IDENTIFICATION = Identification(ports=(9200,), recognise=recognise)
