"""Who we are to an HTTP service. Only the wire unwraps a credential; no repr shows one."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Protocol


class Credentials(Protocol):
    def headers(self) -> dict[str, str]:
        """Return the headers that carry the credential."""
        ...

    def secrets(self) -> tuple[str, ...]:
        """Return every text that must never be shown, encoded forms included."""
        ...


@dataclass(frozen=True, slots=True)
class Basic:
    """RFC 7617, in UTF-8."""

    username: str
    password: str = field(repr=False)

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Basic {self._encoded()}"}

    def secrets(self) -> tuple[str, ...]:
        return (self.password, self._encoded())

    def _encoded(self) -> str:
        return b64encode(f"{self.username}:{self.password}".encode()).decode("ascii")


@dataclass(frozen=True, slots=True)
class Bearer:
    """RFC 6750; `scheme` for services with a word of their own, such as Elasticsearch's ApiKey."""

    token: str = field(repr=False)
    scheme: str = "Bearer"

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"{self.scheme} {self.token}"}

    def secrets(self) -> tuple[str, ...]:
        return (self.token,)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key in a header of the service's own."""

    header: str
    key: str = field(repr=False)

    def headers(self) -> dict[str, str]:
        return {self.header: self.key}

    def secrets(self) -> tuple[str, ...]:
        return (self.key,)
