"""How Grafana is told from others; /api/health answers strangers, in some installations without the version."""

from __future__ import annotations

from api_clients.domain.identification import Ask, Identification, Recognised, text


def recognise(ask: Ask) -> Recognised | None:
    health = ask.get("/api/health")
    if health is None or health.status not in (200, 503) or not text(health.value("database")):
        return None
    version = text(health.value("version"))
    if not version and "grafana" not in _login_page(ask):
        return None
    return Recognised("/api/health told of its database", version, needs_login=True)


def _login_page(ask: Ask) -> str:
    page = ask.get("/login")
    return page.body.decode("utf-8", "replace").lower() if page is not None else ""


IDENTIFICATION = Identification(ports=(3000,), recognise=recognise)
