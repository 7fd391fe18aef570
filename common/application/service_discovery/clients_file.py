"""Writes into the clients' file: all of it or nothing, checked before it takes the old one's place."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings

from api_clients.configuration import AuthModel, ConfigurationInvalid, parse_configuration
from api_clients.configuration_secrets import Secrets
from api_clients.configuration_writing import target_as_yaml, with_target
from common.application.clients import catalog, clients
from common.application.service_discovery.own_secrets import refuse_own_key, refuse_own_secrets
from common.domain.errors import Conflict, Invalid
from common.infrastructure.encryption import decrypt


def add_target(service: str, target: str, document: Mapping[str, Any]) -> Path:
    """Return the file that was written. Raises Conflict where there is none that can be, Invalid for a wrong target."""
    refuse_own_secrets(document)
    _check(target_as_yaml(service, target, document), "the target")
    _refuse_own_key(document)
    path = settings.NMS_CLIENTS_FILE
    told = f"Add this to the clients' file:\n{target_as_yaml(service, target, document)}"
    if path is None:
        raise Conflict(
            f"NMS_CLIENTS_FILE is not set, so there is no file to write to. Set it to a file and restart. {told}",
            code="no_clients_file",
        )
    file = Path(path).resolve()  # a link stays one
    try:
        with _alone(file):
            text = file.read_bytes().decode("utf-8")
            new = with_target(text, service, target, document)
            _check_file(text, new, str(path))
            _replace(file, text, new, told)
    except (OSError, UnicodeDecodeError) as error:
        raise Conflict(f"{path} cannot be read: {_why(error)}. {told}", code="clients_file_unreadable") from error
    except ConfigurationInvalid as error:
        raise Conflict(f"{path}: {error}. {told}", code="clients_file_unclear") from error
    clients().refresh(now=True)
    return Path(path)


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """One writer at a time, of all processes. The folder is locked: that leaves no file beside it, and needs no right
    to write. Where a file system cannot lock folders, what was changed meanwhile is still seen before the replacing.
    """
    folder = os.open(file.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _check_file(before: str, after: str, path: str) -> None:
    """Raises Invalid where the target makes the file one that the clients would refuse, ConfigurationInvalid where it
    was one before.
    """
    try:
        _check(after, path)
    except Invalid:
        parse_configuration(before, known_services=catalog(), source=path, environment=os.environ)
        raise


def _check(text: str, source: str) -> None:
    """Refuse what the clients would refuse."""
    try:
        configuration = parse_configuration(text, known_services=catalog(), source=source, environment=os.environ)
        clients().check(configuration)
    except ConfigurationInvalid as error:
        message = str(error)
        details = ({"field": "auth", "code": "clients_file_invalid", "message": message},)
        raise Invalid(message, code="clients_file_invalid", details=details) from error


def _refuse_own_key(document: Mapping[str, Any]) -> None:
    if document.get("auth"):
        auth = AuthModel.model_validate(document["auth"])
        refuse_own_key(auth.secret(Secrets(environment=os.environ, open_encrypted=decrypt)))


def _replace(file: Path, before: str, after: str, told: str) -> None:
    """Write beside it, then put it in the old one's place with its mode and owner."""
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(after)
            stream.flush()
            os.fsync(stream.fileno())
        _like(file, temporary)
        if file.read_bytes().decode("utf-8") != before:
            raise Conflict(f"{file} was changed by somebody else meanwhile; try again.", code="clients_file_changed")
        Path(temporary).replace(file)
        temporary = ""
    except OSError as error:
        raise Conflict(f"{file} cannot be written: {_why(error)}. {told}", code="clients_file_read_only") from error
    finally:
        if temporary:
            with suppress(OSError):
                Path(temporary).unlink()


def _like(file: Path, temporary: str) -> None:
    seen = file.stat()
    Path(temporary).chmod(seen.st_mode & 0o7777)
    if (seen.st_uid, seen.st_gid) != (os.geteuid(), os.getegid()):
        with suppress(PermissionError):
            os.chown(temporary, seen.st_uid, seen.st_gid)


def _why(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or "unknown") if isinstance(error, OSError) else "it is not UTF-8 text"
