"""How operations ask Suricata: commands down the chain to its socket, and files of this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from api_clients.domain.values import url_path
from api_clients.infrastructure.client import ServiceClient, as_json
from api_clients.security.suricata.files import SuricataOptions

T = TypeVar("T")


class SuricataConnection(ServiceClient):
    @property
    def _settings(self) -> SuricataOptions:
        return self._options or SuricataOptions()

    def _ask(self, command: str, *, read: Callable[[Any], T], **arguments: str) -> T:
        """Send a command that changes nothing."""
        return self._get(url_path("/commands/{command}", command=command), params=arguments, read=as_json(read))

    def _tell(
        self,
        command: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        read: Callable[[Any], T],
        silence_seconds: float | None = None,
    ) -> T:
        path = url_path("/commands/{command}", command=command)
        return self._send("POST", path, json=dict(arguments or {}), read=as_json(read), silence_seconds=silence_seconds)
