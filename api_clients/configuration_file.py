"""Watches the configuration file, and the files of secrets it names, for changes worth reading.

It is looked at when somebody asks, at most once a second: no thread, no signal, and every worker of a machine sees
a change. Editors and container platforms replace files, so the signature holds the inode too.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from pathlib import Path

from api_clients.configuration import Configuration, ConfigurationInvalid, OptionsOf, no_options, read_configuration
from api_clients.domain.ports import Clock

CHECK_SECONDS = 1.0

Signature = tuple[tuple[str, int, int, int] | None, ...]


class ConfigurationFile:
    """Without a path the configuration is what the environment says, and stays so."""

    def __init__(
        self,
        path: Path | None,
        *,
        known_services: Collection[str],
        clock: Clock,
        environment: Mapping[str, str] | None = None,
        options_of: OptionsOf | None = None,
    ) -> None:
        """Read the file. Raises ConfigurationInvalid: a start with a broken file is no start.

        `options_of` tells the model of a service's options, so that the files of their secrets are watched too.
        """
        self.path = path
        self._known_services = known_services
        self._environment = environment or {}
        self._options_of = options_of or no_options
        self._clock = clock
        self._lock = threading.Lock()
        self._checked_at = clock.monotonic()
        self._files: tuple[Path, ...] = (path,) if path else ()
        self._signature = _signature(self._files)
        self._refusal: str | None = None
        self.initial = self._read()

    def changed(self, *, now: bool = False) -> Configuration | None:
        """Return the new configuration where the file has changed since the last look, else None.

        Raises ConfigurationInvalid where it has changed into something unusable; the same reason is not told twice.
        `now` looks even if the last look was less than a second ago.
        """
        if not self._files:
            return None
        with self._lock:
            moment = self._clock.monotonic()
            if not now and moment - self._checked_at < CHECK_SECONDS:
                return None
            self._checked_at = moment
            signature = _signature(self._files)
            # A refused file is read again all the same: the file it lacked may be there by now.
            if signature == self._signature and self._refusal is None:
                return None
            self._signature = signature
            return self._read_again()

    def _read_again(self) -> Configuration | None:
        try:
            configuration = self._read()
        except ConfigurationInvalid as error:
            if str(error) == self._refusal:
                return None
            self._refusal = str(error)
            raise
        self._refusal = None
        return configuration

    def _read(self) -> Configuration:
        configuration = read_configuration(
            self.path, known_services=self._known_services, environment=self._environment
        )
        self._files = (*((self.path,) if self.path else ()), *configuration.files(self._options_of))
        self._signature = _signature(self._files)
        return configuration


def _signature(files: tuple[Path, ...]) -> Signature:
    return tuple(_signature_of(path) for path in files)


def _signature_of(path: Path) -> tuple[str, int, int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return (str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino)
