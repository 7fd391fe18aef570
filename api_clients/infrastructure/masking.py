"""Takes secrets out of what a service tells of its own configuration, where the service does not do so itself."""

from __future__ import annotations

import re

SECRET = "<secret>"  # noqa: S105 # how Prometheus says it
SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)|secret|token|api[-_]?key|credential|authorization|signature|community|private", re.IGNORECASE
)
_LOGIN = re.compile(r"(?<=://)[^/\s@]+@")
_QUERY = re.compile(r"(://[^\s?#\"']+)[?#][^\s\"']+")


def without_url_secrets(text: str) -> str:
    """Mask the logins and the queries of all addresses in a text; which part of a query is a secret nobody can tell."""
    return _QUERY.sub(rf"\1?{SECRET}", _LOGIN.sub(f"{SECRET}@", text))
