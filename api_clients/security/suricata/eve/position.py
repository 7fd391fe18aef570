"""Where a reader of the EVE log is, in a form that survives a restart of the reader and the rotation of the log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b

HEAD_BYTES = 256
TOKEN = re.compile(r"e1-([0-9a-f]{1,16})-([0-9a-f]{1,16})-([0-9a-f]{1,16})-([0-9a-f]{16})\Z")


@dataclass(frozen=True, slots=True)
class Position:
    """`offset` bytes of a file have been read. `head` is a digest of the first of them (256 at most): it tells the same
    file under another name, or a copy of it, from another one in its place with the same inode. `seen_ns` is when the
    file had last been written to, which tells what was written later where the file is gone.
    """

    inode: int
    offset: int
    seen_ns: int
    head: str

    def __str__(self) -> str:
        return f"e1-{self.inode:x}-{self.offset:x}-{self.seen_ns:x}-{self.head}"


def parse_position(token: str) -> Position:
    """Raises ValueError."""
    found = TOKEN.match(token)
    if not found:
        raise ValueError("not a position that an earlier answer gave; use one of those, start or end")
    inode, offset, seen_ns = (int(part, 16) for part in found.groups()[:3])
    return Position(inode, offset, seen_ns, found[4])


def digest(head: bytes, offset: int) -> str:
    """Return the digest of what was read of a file's first bytes."""
    return blake2b(head[: min(offset, HEAD_BYTES)], digest_size=8).hexdigest()
