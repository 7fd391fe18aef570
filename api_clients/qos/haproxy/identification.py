"""How HAProxy is told from others: its page of statistics, or the realm in which that asks for a login."""

from __future__ import annotations

from api_clients.domain.identification import Ask, Identification, Recognised

PATHS = ("/stats;csv", "/haproxy?stats;csv", "/;csv")
REALM = 'realm="HAProxy Statistics"'  # the default one


def recognise(ask: Ask) -> Recognised | None:
    for path in PATHS:
        answer = ask.get(path)
        if answer is not None and answer.status == 200 and answer.body.startswith(b"# pxname,svname,"):
            return Recognised(f"{path} gave its statistics")
        if answer is not None and answer.status == 401 and REALM in answer.headers.get("www-authenticate", ""):
            return Recognised(f"{path} asked for a login as HAProxy does", needs_login=True)
    return None


IDENTIFICATION = Identification(ports=(8404, 1936), recognise=recognise)
