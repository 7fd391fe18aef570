"""What flows out of a server without an end: notifications, over HTTP and WebSocket, captures, consoles."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from api_clients.network.gns3.simulator import computes, projects
from api_clients.network.gns3.simulator.editions import Refusal
from api_clients.network.gns3.simulator.listening import notification
from api_clients.network.gns3.simulator.state import Link, Node, Project
from api_clients.network.gns3.simulator.world import World

if TYPE_CHECKING:
    from api_clients.simulation.websocket import WebSocket

CAPTURE_POLL_SECONDS = 0.1


def notifications(world: World, project: Project | None) -> Iterator[str | None]:
    """Yield the messages of a stream; a project with auto_close misses its last listener."""
    project_id = project.project_id if project else None
    try:
        with world.listeners.listening(project_id) as listener:
            updated = time.monotonic()
            for message in world.listeners.messages(listener):
                yield message
                if project is None and time.monotonic() - updated >= world.manners.compute_update_seconds:
                    updated = time.monotonic()
                    yield notification("compute.updated", computes.document(world))
    finally:
        if project is not None and project.auto_close:
            threading.Thread(target=_close_unless_listened_to, args=(world, project), daemon=True).start()


def _close_unless_listened_to(world: World, project: Project) -> None:
    time.sleep(world.manners.auto_close_seconds)
    if world.listeners.count(project.project_id) == 0:
        projects.close(world, project)


def as_lines(messages: Iterator[str | None]) -> Iterator[bytes]:
    with contextlib.closing(messages):  # type: ignore[type-var] # a generator
        for message in messages:
            yield b"" if message is None else f"{message}\n".encode()


def into_websocket(messages: Iterator[str | None], websocket: WebSocket) -> None:
    with contextlib.closing(messages):  # type: ignore[type-var] # a generator
        for message in messages:
            websocket.receive()
            if not websocket.is_open:
                return
            if message is not None:
                websocket.send(message)


def refuse_login(websocket: WebSocket) -> None:
    """What v3 says where a token is not good: the connection stands already."""
    message = "Could not authenticate while connecting to controller WebSocket: Could not validate credentials"
    websocket.send(notification("log.error", {"message": message}))
    websocket.close(1008)


def capture(link: Link) -> Iterator[bytes]:
    """The file as it grows, until the capture is stopped."""
    if not link.capturing:
        raise Refusal(409, "This link has no active packet capture")

    def grow() -> Iterator[bytes]:
        sent = 0
        while link.capturing or sent < len(link.capture):
            yield bytes(link.capture[sent:])
            sent = len(link.capture)
            time.sleep(CAPTURE_POLL_SECONDS)

    return grow()


def console(node: Node, host: str, websocket: WebSocket) -> None:
    """Join the console's port to a WebSocket, telnet options and all."""
    try:
        joined = socket.create_connection((host, node.console or 0), timeout=5)
    except OSError:
        websocket.close(1011)
        return
    with joined:
        while websocket.is_open:
            readable, _, _ = select.select([joined], [], [], 0.05)
            if readable:
                received = joined.recv(4096)
                if not received:
                    return
                websocket.send(received)
            typed = websocket.receive()
            if typed is not None:
                joined.sendall(typed.encode() if isinstance(typed, str) else typed)
