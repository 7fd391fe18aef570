"""How ntopng is told from others: strangers are sent to its login page, which is a Lua script."""

from __future__ import annotations

from api_clients.domain.identification import Ask, Identification, Recognised, text


def recognise(ask: Ask) -> Recognised | None:
    path = "/lua/rest/v2/get/ntopng/interfaces.lua"
    answer = ask.get(path)
    if answer is None:
        return None
    version = _version(answer.headers.get("server", ""))
    if answer.status in (302, 303) and "/lua/login.lua" in answer.headers.get("location", ""):
        return Recognised("it sent us to its login page", version, needs_login=True)
    if answer.status == 200 and answer.value("rc") == 0 and isinstance(answer.value("rsp"), list):
        return Recognised(f"{path} listed its interfaces", version)
    return None


def _version(server: str) -> str:
    """Of "ntopng 6.1.240612 (x86_64)"."""
    words = server.split()
    return text(words[1]) if len(words) > 1 and words[0] == "ntopng" else ""


IDENTIFICATION = Identification(ports=(3000, 3001), recognise=recognise)
