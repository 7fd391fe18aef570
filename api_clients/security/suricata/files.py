"""What Suricata leaves on disk, asked for in the words of requests: blocks of the EVE log, and rule files.

GET  /eve/forward?position=&bytes=      GET /rules         PUT  /rules/<file>   (if-match: digest, or absent)
GET  /eve/backward?position=&bytes=     GET /rules/<file>  POST /rules/<file>/restore     POST /rules/test
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from api_clients.domain.ports import Clock
from api_clients.security.suricata.eve.log import Block, EveLog
from api_clients.security.suricata.eve.position import parse_position
from api_clients.security.suricata.protocol import Refused
from api_clients.security.suricata.rules import program
from api_clients.security.suricata.rules.folder import ABSENT, NOT_FOUND, RulesFolder

START, END = "start", "end"
MAX_PROGRAM_BYTES = 1024 * 1024
FORBIDDEN = 403


class SuricataOptions(BaseModel):
    """Where Suricata writes and reads; NMS has to see the same files. `eve_file` may hold a `*` for the time in a name.
    `search_bytes` bounds how much of the log one search reads, `alert_window_seconds` how long an alert is active.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    eve_file: Path = Path("/var/log/suricata/eve.json")
    rules_folder: Path = Path("/var/lib/suricata/rules")
    config_file: Path = Path("/etc/suricata/suricata.yaml")
    program: str = Field("suricata", min_length=1)
    search_bytes: int = Field(64 * 1024 * 1024, ge=64 * 1024, le=4 * 1024**3)
    alert_window_seconds: float = Field(900.0, gt=0, le=7 * 86_400, allow_inf_nan=False)


class Content(NamedTuple):
    body: bytes
    headers: dict[str, str]


class SuricataFiles:
    def __init__(self, options: SuricataOptions, clock: Clock, max_bytes: int = MAX_PROGRAM_BYTES) -> None:
        """`max_bytes` bounds what the program may print that tests rules."""
        self._max_bytes = max_bytes
        self._options = options
        self._clock = clock
        self._log = EveLog(options.eve_file)
        self._rules = RulesFolder(options.rules_folder)

    def answer(
        self,
        method: str,
        parts: list[str],
        params: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
        seconds: float,
    ) -> Content:
        """Answer a request by the parts of its path. Raises Refused, subprocess.TimeoutExpired."""
        try:
            match method, parts:
                case "GET", ["eve", direction]:
                    return self._eve(direction, params)
                case "GET", ["rules"]:
                    return _json(self._rules.files())
                case "GET", ["rules", name]:
                    return Content(self._rules.read(name), {"content-type": "text/plain"})
                case "PUT", ["rules", name]:
                    return _json(self._rules.write(name, body, headers.get("if-match", ABSENT)))
                case "POST", ["rules", "test"]:
                    return _json({"tested": self._test(body, seconds)})
                case "POST", ["rules", name, "restore"]:
                    return _json(self._rules.restore(name, headers.get("if-match")))
        except FileNotFoundError as error:
            raise Refused(f"{error.filename}: {error.strerror}", NOT_FOUND) from error
        except PermissionError as error:
            raise Refused(f"{error.filename}: permission denied to NMS", FORBIDDEN) from error
        except OSError as error:
            raise Refused(f"{error.filename or 'a file'}: {error.strerror}") from error
        raise Refused("no such request", NOT_FOUND)

    def _eve(self, direction: str, params: Mapping[str, str]) -> Content:
        token, size = params.get("position", START), int(params["bytes"])
        try:
            position = None if token in (START, END) else parse_position(token)
        except ValueError as error:
            raise Refused(f"position: {error}") from None
        if direction == "backward":
            return self._block(self._log.backward(position, size))
        return self._block(self._log.end() if token == END else self._log.forward(position, size))

    def _block(self, block: Block) -> Content:
        return Content(
            block.data,
            {
                "content-type": "application/x-ndjson",
                "date": datetime.fromtimestamp(self._clock.wall(), UTC).isoformat(),
                "eve-inode": str(block.inode),
                "eve-start": str(block.start),
                "eve-seen": str(block.seen_ns),
                "eve-head": block.head.hex(),
                "eve-at-end": str(int(block.at_end)),
                "eve-lost": str(int(block.lost)),
            },
        )

    def _test(self, content: bytes, seconds: float) -> bool:
        try:
            return program.check(content, self._options.program, self._options.config_file, seconds, self._max_bytes)
        except subprocess.TimeoutExpired:
            raise Refused(f"{self._options.program} -T did not end within {seconds:g} s", 400) from None


def _json(document: object) -> Content:
    return Content(json.dumps(document).encode(), {"content-type": "application/json"})
