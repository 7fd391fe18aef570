"""Writes the clients' configuration for servers of tests, as an operator would."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import yaml

BREAKER = {"failure_threshold": 5, "recovery_seconds": 1.0}


class Server(Protocol):
    @property
    def url(self) -> str: ...

    login: tuple[str, str] | None


def configure(path: Path, servers: Mapping[str, Server]) -> Path:
    targets = {name: _target(server, path.with_name(f"{name}.password")) for name, server in servers.items()}
    path.write_text(yaml.safe_dump({"services": {"gns3": {"breaker": BREAKER, "targets": targets}}}))
    return path


def _target(server: Server, secret: Path) -> dict[str, Any]:
    target: dict[str, Any] = {"instances": [{"url": server.url}], "deadline_seconds": 20}
    if server.login:
        username, password = server.login
        secret.write_text(password)
        target["auth"] = {"kind": "basic", "username": username, "password_file": str(secret)}
    return target
