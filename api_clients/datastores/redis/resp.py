"""RESP2, what Redis and its kin speak: https://redis.io/docs/latest/develop/reference/protocol-spec/

Own code, for what the usual library does not tell: a reply cut short from a connection closed without one. It also
leaves each wait to the caller, who has a deadline for the whole exchange.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Reply = str | int | None | list["Reply"]
MAX_DEPTH = 16
CHUNK_BYTES = 65_536
END = b"\r\n"


class Closed(Exception):
    """The connection ended where a reply should have begun."""


class Unreadable(Exception):
    """A reply that ended early, or is none; its text says what is wrong and quotes nothing."""


class TooLong(Unreadable):
    """A reply longer than `max_bytes`, or announced to be."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error reply; `code` is its first word (ERR, NOAUTH, LOADING)."""

    code: str
    text: str


def encode(*words: str) -> bytes:
    """Spell one command."""
    parts = [f"*{len(words)}\r\n".encode()]
    for word in words:
        raw = word.encode("utf-8", "surrogateescape")
        parts.append(b"$%d\r\n%b\r\n" % (len(raw), raw))
    return b"".join(parts)


class ReplyReader:
    """Reads the replies of one exchange; `wait_seconds` says before each read how long it may take."""

    def __init__(self, connection: socket.socket, *, wait_seconds: Callable[[], float], max_bytes: int) -> None:
        self._connection = connection
        self._wait_seconds = wait_seconds
        self._left = max_bytes
        self._buffer = b""

    def replies(self, count: int) -> list[Reply | Refusal]:
        """Read so many replies. Raises Closed, Unreadable or OSError."""
        return [self._reply() for _ in range(count)]

    @property
    def is_at_end(self) -> bool:
        """True where nothing was sent beyond the replies; else the connection is out of step."""
        return not self._buffer

    def _reply(self) -> Reply | Refusal:
        line = self._line(is_first=True)
        return _refusal(line) if line.startswith(b"-") else self._value(line, 0)

    def _value(self, line: bytes, depth: int) -> Reply:
        kind, rest = line[:1], line[1:]
        if kind in (b"+", b"-"):  # an error inside of an array is one word of it
            return _text(rest)
        if kind == b":":
            return _number(rest)
        if kind == b"$":
            return self._bulk(_number(rest))
        if kind == b"*" and depth < MAX_DEPTH:
            length = _number(rest)
            return None if length < 0 else [self._value(self._line(), depth + 1) for _ in range(length)]
        raise Unreadable("it is no RESP2")

    def _bulk(self, length: int) -> str | None:
        if length < 0:
            return None
        raw = self._take(length + len(END))
        if not raw.endswith(END):
            raise Unreadable("a string is not as long as announced")
        return _text(raw[: -len(END)])

    def _line(self, *, is_first: bool = False) -> bytes:
        while (at := self._buffer.find(END)) < 0:
            if is_first and self._buffer and self._buffer[:1] not in b"+-:$*":
                raise Unreadable("it is no RESP2")
            self._receive(is_first=is_first and not self._buffer)
        line, self._buffer = self._buffer[:at], self._buffer[at + len(END) :]
        return line

    def _take(self, length: int) -> bytes:
        if length > self._left + len(self._buffer):
            raise TooLong("it is longer than allowed")
        pieces, have = [self._buffer], len(self._buffer)
        while have < length:
            self._buffer = b""
            self._receive()
            pieces.append(self._buffer)
            have += len(self._buffer)
        whole = b"".join(pieces)
        self._buffer = whole[length:]
        return whole[:length]

    def _receive(self, *, is_first: bool = False) -> None:
        self._connection.settimeout(self._wait_seconds())
        chunk = self._connection.recv(CHUNK_BYTES)
        if not chunk:
            raise Closed if is_first else Unreadable("it ended early")
        self._left -= len(chunk)
        if self._left < 0:
            raise TooLong("it is longer than allowed")
        self._buffer += chunk


def greeting(username: str, password: str | None, database: int) -> Sequence[bytes]:
    """What a new connection says before its first command, sent along with that."""
    words: list[bytes] = []
    if password is not None:
        words.append(encode("AUTH", username, password) if username else encode("AUTH", password))
    if database:
        words.append(encode("SELECT", str(database)))
    return words


def _refusal(line: bytes) -> Refusal:
    text = _text(line[1:])
    return Refusal(text.partition(" ")[0], text)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _number(raw: bytes) -> int:
    digits = raw[1:] if raw.startswith(b"-") else raw
    if not digits.isdigit() or len(digits) > 19:
        raise Unreadable("a number is none")
    return int(raw)
