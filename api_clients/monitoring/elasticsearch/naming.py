"""Names that may be given, and where they go in a path. What changes or deletes takes one name, never a pattern."""

from __future__ import annotations

from api_clients.domain.values import url_path

FORBIDDEN = frozenset('\\/*?"<>| ,#:')
MAX_BYTES = 255


def below(index: str, rest: str) -> str:
    """Return a path below an index, several of them ("a,b", "logs-*"), or below all where `index` is empty."""
    return url_path("/{index}/", index=index) + rest if index else f"/{rest}"


def problem_of(index: str) -> str | None:
    """Return why this cannot be the name of one index, or None.

    https://www.elastic.co/guide/en/elasticsearch/reference/8.17/indices-create-index.html#indices-create-api-path-params
    """
    if not index or index in (".", "..") or index == "_all":
        return f"{index!r} is not the name of an index"
    if index.startswith(("-", "_", "+")):
        return f"{index!r} begins with -, _ or +, which no name of an index does"
    if index != index.lower():
        return f"{index!r} holds capitals, which no name of an index does"
    wrong = sorted(FORBIDDEN & set(index))
    if wrong:
        return f"{index!r} holds {' '.join(wrong)}; one index is named here, without patterns"
    return "longer than 255 bytes" if len(index.encode()) > MAX_BYTES else None
