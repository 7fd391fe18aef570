"""Reads blocks of whole lines from a log that is rotated while it is written and read.

A reader that comes back with its position is given what follows it, wherever that is now: in the same file, in one that
was renamed (eve.json.1), in the copy that was made before the file was cut to nothing (copytruncate), in a compressed
one, and then in those that came after. A file is left only once a later one has something in it: until the writer is
told to reopen its log, it goes on writing to the renamed one. What is gone altogether is told as `lost`.
"""

from __future__ import annotations

import gzip
import os
import re
import stat
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, cast

from api_clients.security.suricata.eve.position import HEAD_BYTES, Position, digest

LINE_BYTES = 1024 * 1024
ATTEMPTS = 50
PAUSE_SECONDS = 0.005  # a quarter of a second in all, before what cannot be found is called lost
NUMBER = re.compile(r"\.(\d{1,6})(?:\.gz)?\Z")
NOTHING = digest(b"", 0)


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of one file, from `start` on."""

    data: bytes
    inode: int
    start: int
    seen_ns: int
    head: bytes
    at_end: bool
    lost: bool = False

    def position(self, offset: int) -> Position:
        return Position(self.inode, offset, self.seen_ns, digest(self.head, offset))


@dataclass(frozen=True, slots=True)
class LogFile:
    path: Path
    inode: int
    size: int
    written_ns: int

    @property
    def is_compressed(self) -> bool:
        return self.path.suffix == ".gz"

    @property
    def turn(self) -> tuple[int, str]:
        """Order files that were written to in the same tick of the clock: eve.json.2 comes before eve.json.1."""
        number = NUMBER.search(self.path.name)
        return (-int(number[1]) if number else 0, self.path.name)

    def open(self) -> IO[bytes]:
        return (
            cast("IO[bytes]", gzip.open(self.path, "rb")) if self.is_compressed else self.path.open("rb", buffering=0)
        )


class _Moved(Exception):
    """The file was rotated between looking for it and opening it."""


class EveLog:
    def __init__(self, path: Path) -> None:
        """`path` may hold a `*` where Suricata writes the time into the name; the one written to last is current."""
        self._path = path
        self._names = _names_of(path)

    def forward(self, position: Position | None, max_bytes: int) -> Block:
        """Return what follows a position (None is the start of the current file); empty where nothing does yet.

        Raises FileNotFoundError where there is no log at all.
        """
        return self._while_it_moves(lambda is_last: self._forward(position, max_bytes, may_be_lost=is_last))

    def end(self) -> Block:
        """Return an empty block after the last whole line of the current file."""
        block = self._while_it_moves(lambda _: self._last_lines())
        return replace(block, data=b"", start=block.start + len(block.data), at_end=True)

    def backward(self, position: Position | None, max_bytes: int) -> Block:
        """Return what precedes a position (None is the end), whole lines again; `at_end` where nothing does.

        Compressed files are not read backwards.
        """
        return self._while_it_moves(lambda _: self._backward(position, max_bytes))

    def _while_it_moves(self, read: Callable[[bool], Block]) -> Block:
        """Read again where the log was rotated in between; tells the last attempt that it is the last."""
        for attempt in range(ATTEMPTS):
            try:
                return read(attempt == ATTEMPTS - 1)
            except _Moved:
                time.sleep(PAUSE_SECONDS)
        raise FileNotFoundError(2, "the log is rotated faster than it can be read", str(self._path))

    def _last_lines(self) -> Block:
        files = self._files()
        block = _read_back(files[-1], files[-1].size, LINE_BYTES)
        return replace(block, seen_ns=max(file.written_ns for file in files))

    def _backward(self, position: Position | None, max_bytes: int) -> Block:
        files = [file for file in self._files() if not file.is_compressed]
        if not files:
            return Block(b"", 0, 0, 0, b"", at_end=True)
        at, offset = len(files) - 1, files[-1].size
        if position is not None:
            found = _locate(files, position) if position.offset else _same(files, position)
            if found is None:  # rotated away from under the reader, between two blocks
                return Block(b"", position.inode, 0, position.seen_ns, b"", at_end=True, lost=True)
            at, offset = files.index(found), position.offset
        while True:
            block = _read_back(files[at], offset, max_bytes)
            if block.data or at == 0:
                return replace(block, at_end=at == 0 and block.start == 0)
            at -= 1
            is_copy = _head(files[at]) == block.head  # of what was just read
            offset = 0 if is_copy else files[at].size

    def _forward(self, position: Position | None, max_bytes: int, *, may_be_lost: bool) -> Block:
        files = self._files()
        if position is None:
            return self._read_on(files, files[-1], Position(files[-1].inode, 0, 0, NOTHING), max_bytes)
        found = _locate(files, position)
        if found is not None:
            return self._read_on(files, found, position, max_bytes)
        if not may_be_lost:  # it may be between two names
            raise _Moved
        later = next(file for file in files if file.written_ns > position.seen_ns or file is files[-1])
        block = self._read_on(files, later, Position(later.inode, 0, 0, NOTHING), max_bytes)
        return replace(block, lost=True)

    def _read_on(self, files: list[LogFile], file: LogFile, position: Position, max_bytes: int) -> Block:
        """Read a file, and where it is done the next one. What is later is looked at before the file is read, so that
        nothing written to it before the writer moved on is missed.
        """
        left: Block | None = None
        while True:
            later = [item for item in files[files.index(file) + 1 :] if item.size > 0]
            head = _head(file) if later else b""
            copies = [item for item in later if _head(item) == head]
            others = [item for item in later if item not in copies]
            block = _read(file, position, max_bytes, is_left=bool(others))
            if block.data and left is not None and _have_moved(files, self._files()):
                raise _Moved  # what was copied and cut meanwhile may lie between the file that was left and this one
            longer = next((item for item in copies if not item.is_compressed and item.size > position.offset), None)
            if block.data or not (longer or others):
                # A file nothing was read of yet cannot be told from another, so the position stays in the one before.
                return block if block.data or left is None else replace(left, at_end=block.at_end)
            if longer:  # the file is a copy in the making, or one that was made before the last records came
                file, position = longer, replace(position, inode=longer.inode)
            else:
                left = left or block
                file, position = others[0], Position(others[0].inode, 0, 0, NOTHING)

    def _files(self) -> list[LogFile]:
        """Return the current log and what it was rotated to, the oldest first. Raises FileNotFoundError."""
        found = list(self._named())
        for _ in range(ATTEMPTS):
            again = list(self._named())
            if _names(again) == _names(found):
                break
            found = again  # a file that is renamed while its folder is read may be told twice, or not at all
        if not found:
            raise FileNotFoundError(2, "there is no such log", str(self._path))
        return sorted(found, key=lambda file: (file.path == self._path, file.written_ns, file.turn))

    def _named(self) -> Iterator[LogFile]:
        with os.scandir(self._path.parent) as entries:
            for entry in entries:
                if not self._names.fullmatch(entry.name):
                    continue
                try:
                    status = entry.stat()
                except FileNotFoundError:  # rotated away since the folder was read
                    continue
                if stat.S_ISREG(status.st_mode):
                    yield LogFile(Path(entry.path), status.st_ino, status.st_size, status.st_mtime_ns)


def _names(files: list[LogFile]) -> set[tuple[Path, int]]:
    return {(file.path, file.inode) for file in files}


def _have_moved(before: list[LogFile], now: list[LogFile]) -> bool:
    """Whether files came or went, or one that was empty, such as a copy just begun, has been filled."""
    empty = {file.inode for file in before if not file.size}
    return _names(before) != _names(now) or any(file.size and file.inode in empty for file in now)


def _locate(files: list[LogFile], position: Position) -> LogFile | None:
    """Return the file that a position is in: by its inode, or a copy of it; in both cases by its first bytes."""
    if position.offset == 0:  # nothing was read of it, so nothing tells it from another; what was written since is next
        since = [file for file in files if file.written_ns > position.seen_ns]
        return since[0] if since else _same(files, position)
    likely = sorted(files, key=lambda file: (file.inode != position.inode, -file.written_ns))
    for file in likely:
        if not file.is_compressed and file.size < position.offset:
            continue
        if digest(_head(file), position.offset) == position.head:
            return file
    return None


def _same(files: list[LogFile], position: Position) -> LogFile | None:
    return next((file for file in files if file.inode == position.inode), None)


def _head(file: LogFile) -> bytes:
    try:
        with file.open() as log:
            if os.fstat(log.fileno()).st_ino != file.inode:
                raise _Moved
            return log.read(HEAD_BYTES)
    except FileNotFoundError:
        raise _Moved from None
    except (EOFError, gzip.BadGzipFile, zlib.error):  # not yet whole
        return b""


def _read(file: LogFile, position: Position, max_bytes: int, *, is_left: bool) -> Block:
    """`is_left`: the writer has gone on to another file, so that this one ends where it ends, newline or not."""
    try:
        with file.open() as log:
            status = os.fstat(log.fileno())
            head = log.read(HEAD_BYTES)
            if status.st_ino != file.inode or digest(head, position.offset) != position.head:
                raise _Moved
            log.seek(position.offset)
            data = log.read(max_bytes)
            if len(head) < HEAD_BYTES and not file.is_compressed:  # it has grown since
                log.seek(0)
                if not (grown := log.read(HEAD_BYTES)).startswith(head):
                    raise _Moved
                head = grown
    except (FileNotFoundError, EOFError, gzip.BadGzipFile, zlib.error):
        raise _Moved from None
    is_whole = len(data) < max_bytes
    end = data.rfind(b"\n") + 1
    if not (is_whole and is_left) and (end or is_whole):  # else a line longer than a block is passed over in pieces
        data = data[:end]
    return Block(data, status.st_ino, position.offset, status.st_mtime_ns, head, at_end=is_whole and not is_left)


def _read_back(file: LogFile, offset: int, max_bytes: int) -> Block:
    start = max(0, offset - max_bytes)
    try:
        with file.open() as log:
            if os.fstat(log.fileno()).st_ino != file.inode:
                raise _Moved
            head = log.read(HEAD_BYTES)
            log.seek(start)
            data = log.read(offset - start)
    except FileNotFoundError:
        raise _Moved from None
    if start > 0:
        first = data.find(b"\n") + 1
        data, start = (data[first:], start + first) if first and first < len(data) else (data, start)
    end = data.rfind(b"\n") + 1
    data = data[:end] if end or start == 0 else data
    return Block(data, file.inode, start, file.written_ns, head, at_end=start == 0)


def _names_of(path: Path) -> re.Pattern[str]:
    """Return what the log is called before and after its rotation: eve.json, eve.json.1, eve.json-20261120.gz,
    eve-20261120.json; but not eve-alerts.json, which is another log.
    """
    turn = r"([-.]\d[\d:.T+_-]*)?"
    if "*" in path.name:
        return re.compile(re.escape(path.name).replace(r"\*", ".*") + rf"{turn}(\.gz)?")
    return re.compile(re.escape(path.stem) + turn + re.escape(path.suffix) + rf"{turn}(\.gz)?")
