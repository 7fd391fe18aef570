"""The client of a Docker engine, over its unix socket, or TCP with TLS (https://docs.docker.com/reference/api/engine/).

Whoever may speak to an engine is root on its machine: give a read-only proxy's address where reading is enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from api_clients.domain.health import Health
from api_clients.infrastructure.http import as_json
from api_clients.platforms.docker import reading
from api_clients.platforms.docker.operations.output import OutputOperations
from api_clients.platforms.docker.operations.usage import UsageOperations


class DockerClient(UsageOperations, OutputOperations):
    examples: ClassVar[Mapping[str, Any]] = {"container": "web"}

    def _health(self) -> Health:
        return Health(version=self._get("/version", read=as_json(reading.engine_version)).version)
