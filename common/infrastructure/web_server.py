"""uvicorn on a socket that was bound beforehand, with a callback once it serves."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from typing import Any

import uvicorn

from common.infrastructure.websocket.connection import MAX_WIRE_BYTES

SHUTDOWN_SECONDS = 2


class AddressTaken(RuntimeError):
    """Another program listens there, or the address is not ours to use."""


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises AddressTaken with a message for people."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise AddressTaken(f"{host} is no address of this machine: {error.strerror}") from error
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise AddressTaken(_reason(host, port, error)) from error
    return listener


def _reason(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken by another program; choose another with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} on {host} needs more rights; choose one above 1023 with --port."
    return f"Cannot listen on {host} port {port}: {error.strerror}."


class WebServer(uvicorn.Server):
    """Runs in the main thread until SIGINT or SIGTERM (or `should_exit`)."""

    def __init__(self, application: Any, *, on_started: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                lifespan="on",
                log_config=None,  # ours stands
                access_log=False,  # RequestIdMiddleware writes the line
                server_header=False,
                proxy_headers=False,  # nothing stands in front of the embedded hub, so nobody may claim to
                ws_max_size=MAX_WIRE_BYTES,
                timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            )
        )
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()
