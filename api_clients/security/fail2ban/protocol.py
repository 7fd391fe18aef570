"""The protocol of Fail2ban's socket (fail2ban/protocol.py): lists of words out, pairs (code, answer) back, each
pickled and ended by a marker.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, unquote

from api_clients.security.fail2ban.unpickling import NotPlain, ServerError, load

END = b"<F2B_END_COMMAND>"
CLOSE = b"<F2B_CLOSE_COMMAND>" + END
PICKLE_PROTOCOL = 2  # what every server since 0.9 reads


class Refused(Exception):
    """The server refused a command; `is_unknown` where it knows nothing of that name."""

    def __init__(self, reason: str, *, is_unknown: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_unknown = is_unknown


class GoingDown(Exception):
    """The server is about to end and takes no command."""


def encode(words: Sequence[str]) -> bytes:
    return pickle.dumps(list(words), PICKLE_PROTOCOL) + END


def decode(data: bytes) -> Any:
    """Return the answer of a reply (without its marker) as plain values. Raises Refused, GoingDown, NotPlain."""
    reply = load(data)
    if isinstance(reply, str):  # the server could not even read the command, "ERROR: ..."
        raise Refused(reply)
    if reply == ["SHUTDOWN"]:
        raise GoingDown
    if not isinstance(reply, list) or len(reply) != 2 or type(reply[0]) is not int:
        raise NotPlain("the reply is not a pair of a code and an answer")
    code, answer = reply
    if isinstance(answer, ServerError):
        raise _refusal(answer)
    if code != 0:
        raise Refused(str(answer))
    return answer


def path_of(words: Sequence[str]) -> str:
    """Spell a command as a path: ["get", "sshd", "bantime"] is /get/sshd/bantime."""
    return "/" + "/".join(quote(word, safe="") for word in words)


def words_of(path: str) -> list[str]:
    return [unquote(word) for word in path.removeprefix("/").split("/")]


def _refusal(error: ServerError) -> Refused:
    said = "; ".join(error.said)
    if error.kind == "UnknownJailException":
        return Refused(f"the jail {said!r} does not exist", is_unknown=True)
    return Refused(said or error.kind)
