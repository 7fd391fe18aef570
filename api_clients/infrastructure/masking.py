"""Takes secrets out of what a service tells of its own configuration, where the service does not do so itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

SECRET = "<secret>"  # noqa: S105 # how Prometheus says it
SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)|secret|token|api[-_]?key|credential|authorization|signature|community|private", re.IGNORECASE
)
_LOGIN = re.compile(r"(?<=://)[^/\s@]+@")
_QUERY = re.compile(r"(://[^\s?#\"']+)[?#][^\s\"']+")


def without_url_secrets(text: str) -> str:
    """Mask the logins and the queries of all addresses in a text; which part of a query is a secret nobody can tell."""
    return _QUERY.sub(rf"\1?{SECRET}", _LOGIN.sub(f"{SECRET}@", text))


def without_secrets(document: Any, name: str = "") -> Any:
    """Mask in a document, however deep, what stands under the name of a secret, and what addresses hold of them.

    `name` is the document's own. Flags and what is empty are told: that there is a password is no secret.
    """
    if isinstance(document, Mapping):
        return {key: without_secrets(value, str(key)) for key, value in document.items()}
    if isinstance(document, list):
        return [without_secrets(item, name) for item in document]
    if document and not isinstance(document, bool) and SECRET_NAME.search(name):
        return SECRET
    return without_url_secrets(document) if isinstance(document, str) else document
