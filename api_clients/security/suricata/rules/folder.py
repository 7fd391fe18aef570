"""The folder of rule files: read, written as a whole or not at all, with what a file held before kept beside it."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from api_clients.security.suricata.protocol import Refused

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.rules")
PREVIOUS = ".previous"
ABSENT = "absent"
NOT_FOUND, CONFLICT, CHANGED_MEANWHILE = 404, 409, 412


class RulesFolder:
    def __init__(self, path: Path) -> None:
        self._path = path

    def files(self) -> list[dict[str, Any]]:
        """Describe the rule files by name. Raises OSError where the folder cannot be read."""
        names = sorted(entry.name for entry in os.scandir(self._path) if NAME.fullmatch(entry.name) and entry.is_file())
        return [self._described(name) for name in names]

    def read(self, name: str) -> bytes:
        path = self._at(name)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise Refused(f"there is no rule file {name}", NOT_FOUND) from None

    def write(self, name: str, content: bytes, expected: str) -> dict[str, Any]:
        """Replace a file whose digest is `expected`, or make one that is absent; what it held is kept."""
        path = self._at(name)
        if path.is_symlink():
            raise Refused(f"{name} is a link; what it points to has to be changed where it lies", CONFLICT)
        with self._locked():
            former = path.read_bytes() if path.exists() else None
            if (digest_of(former) if former is not None else ABSENT) != expected:
                raise Refused(f"{name} was changed meanwhile; nothing was written", CHANGED_MEANWHILE)
            if former is None:
                self._kept(name).unlink(missing_ok=True)
            else:
                self._replace(self._kept(name), former, like=path)
            self._replace(path, content, like=path)
        return self._described(name)

    def restore(self, name: str, expected: str | None = None) -> dict[str, Any]:
        """Put back what a file held before the last change; a file that was new then is gone afterwards.

        With `expected` only where its digest is that still.
        """
        path, kept = self._at(name), self._kept(name)
        with self._locked():
            if expected is not None and (not path.exists() or digest_of(path.read_bytes()) != expected):
                raise Refused(f"{name} was changed meanwhile", CHANGED_MEANWHILE)
            if kept.exists():
                kept.replace(path)
            elif path.exists():
                path.unlink()
            self._make_durable()
        return self._described(name) if path.exists() else {"name": name, "digest": ABSENT}

    def _at(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise Refused(f"{name[:100]!r} is no name of a rule file, such as local.rules")
        return self._path / name

    def _kept(self, name: str) -> Path:
        return self._path / (name + PREVIOUS)

    def _described(self, name: str) -> dict[str, Any]:
        path = self._path / name
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        content = path.read_bytes()
        return {
            "name": name,
            "size": len(content),
            "changed": changed.isoformat(),
            "digest": digest_of(content),
            "has_previous": self._kept(name).exists(),
        }

    def _replace(self, path: Path, content: bytes, *, like: Path) -> None:
        """Write beside and rename, so that a reader meets the old file or the new one, whole; owner and mode stay."""
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                if like.exists():
                    status = like.stat()
                    os.fchmod(file.fileno(), status.st_mode & 0o777)
                    if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()) and os.geteuid() == 0:
                        os.fchown(file.fileno(), status.st_uid, status.st_gid)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        self._make_durable()

    def _make_durable(self) -> None:
        folder = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One change at a time, whichever worker makes it."""
        folder = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def digest_of(content: bytes) -> str:
    return sha256(content).hexdigest()
