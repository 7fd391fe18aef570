"""What every operation of the Docker client needs: the API version both sides speak, and names that may be sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from api_clients.domain.errors import InvalidRequest, Rejected, ServiceError
from api_clients.domain.operation import current_invocation, operation
from api_clients.domain.values import Labels, Method, Response, url_path
from api_clients.infrastructure.http import HttpClient, as_done, as_json
from api_clients.platforms.docker import reading
from api_clients.platforms.docker.values import EngineVersion

T = TypeVar("T")
OLDEST, NEWEST = (1, 41), (1, 51)  # Docker 20.10, and the newest whose documents are known
NOT_MODIFIED = 304  # the engine's word for a container that is started, or stopped, already
NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}\Z")


class DockerConnection(HttpClient):
    schemes = ("unix", "http", "https")
    service = "docker"

    @operation(idempotent=True, role="viewer", cache_seconds=60.0, lane="monitoring")
    def version(self) -> EngineVersion:
        """Return the engine's version and the versions of the API that it speaks."""
        return self._get("/version", read=as_json(reading.engine_version))

    def redirected(self, response: Response) -> ServiceError:
        if response.status == NOT_MODIFIED:
            return Rejected("there was nothing to do: the container is in that state already", status=NOT_MODIFIED)
        return super().redirected(response)

    def _ask(self, path: str, *, read: Callable[[Response], T], **sent: Any) -> T:
        return self._send("GET", self._versioned(path), read=read, **sent)

    def _act(
        self,
        path: str,
        *,
        method: Method = "POST",
        params: Mapping[str, Any] | None = None,
        silence_seconds: float | None = None,
    ) -> bool:
        """Return whether something changed."""
        path = self._versioned(path)
        try:
            self._send(method, path, params=params, read=as_done, silence_seconds=silence_seconds)
        except Rejected as error:
            if error.status == NOT_MODIFIED:
                return False
            raise
        return True

    def _versioned(self, path: str) -> str:
        """Put the newest API version before a path that the engine and this client both speak."""
        try:
            major, minor = agreed_version(self.version())
        except ValueError as error:
            raise Rejected(str(error)) from error
        return f"/v{major}.{minor}{path}"

    def _container_path(self, action: str, container: str) -> str:
        if not NAME.match(container):
            raise InvalidRequest(f"{container[:80]!r} is neither a container's name nor its id")
        return url_path("/containers/{container}" + action, container=container)

    def _unix(self, name: str, at: datetime) -> float:
        if at.tzinfo is None:
            raise InvalidRequest(f"{name} needs a time zone, such as 2026-01-31T08:00:00Z")
        return at.timestamp()

    def _unix_text(self, name: str, at: datetime | None) -> str | None:
        return None if at is None else seconds(self._unix(name, at))

    def _labels(self) -> Labels:
        """For what is read after its operation has ended."""
        invocation = current_invocation()
        return {
            "service": self.service,
            "operation": invocation.operation.name if invocation else "",
            "target": self.target,
        }


def agreed_version(engine: EngineVersion) -> tuple[int, int]:
    """Return the newest version that both speak. Raises ValueError where there is none."""
    newest = _numbers(engine.api_version)
    oldest = _numbers(engine.minimum_api_version or engine.api_version)
    if newest < OLDEST:
        raise ValueError(f"the engine speaks API {engine.api_version}; 1.41, that of Docker 20.10, is the oldest known")
    if oldest > NEWEST:
        raise ValueError(f"the engine speaks no API older than {engine.minimum_api_version}; 1.51 is the newest known")
    return min(newest, NEWEST)


def filters(chosen: Mapping[str, Sequence[str]]) -> str | None:
    """Spell the engine's filters, a JSON object of lists; None where there are none."""
    given = {name: list(values) for name, values in chosen.items() if values}
    return json.dumps(given, separators=(",", ":")) if given else None


def seconds(unix: float) -> str:
    return f"{unix:.6f}"


def _numbers(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor)
