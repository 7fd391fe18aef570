"""Does a node answer? Its console port accepts connections; nothing is said to it."""

from __future__ import annotations

import socket

CONNECT_SECONDS = 1.0
TCP_CONSOLES = frozenset({"telnet", "vnc", "http", "https", "spice", "spice+agent"})


def answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=CONNECT_SECONDS):
            return True
    except OSError:
        return False
