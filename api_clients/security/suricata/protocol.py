"""Suricata's command socket, protocol 0.2: one JSON document a line, {"command", "arguments"} out and
{"return", "message"} back (src/unix-manager.c).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

GREETING = b'{"version": "0.2"}\n'
END = b"\n"
MAX_COMMAND_BYTES = 4_000  # Suricata reads 4096 at once and hangs up on whoever sends more


class Refused(Exception):
    """Suricata answered NOK; `status` is what HTTP would say."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


def encode(command: str, arguments: Mapping[str, Any]) -> bytes:
    """Raises Refused where Suricata would hang up."""
    document: dict[str, Any] = {"command": command, **({"arguments": dict(arguments)} if arguments else {})}
    data = json.dumps(document).encode() + END
    if len(data) > MAX_COMMAND_BYTES:
        raise Refused(f"the command is longer than the {MAX_COMMAND_BYTES} bytes that Suricata takes")
    return data


def decode(line: bytes) -> Any:
    """Return the message of an answer. Raises Refused, or ValueError where it is none."""
    try:
        answer = json.loads(line)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(answer, dict) or answer.get("return") not in ("OK", "NOK"):
        raise ValueError("neither OK nor NOK")
    message = answer.get("message")
    if answer["return"] == "NOK":
        raise Refused(message if isinstance(message, str) and message else json.dumps(message)[:300])
    return message
