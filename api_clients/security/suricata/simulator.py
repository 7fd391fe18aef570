"""A Suricata that has seen something: over its command socket (`SuricataSocketSimulator`), and in process with its
files in a folder of its own.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote

from api_clients.infrastructure.clock import ManualClock
from api_clients.security.suricata.files import SuricataFiles, SuricataOptions
from api_clients.security.suricata.protocol import END, Refused
from api_clients.security.suricata.simulated import EVENTS, NOW, RULES, SimulatedEngine
from api_clients.simulation import Answer, HttpSimulator, Received, SocketSimulator, json_answer
from api_clients.simulation.faults import Fault

TEST_SECONDS = 10.0


class SuricataSimulator(HttpSimulator):
    """The engine in process; `options` name the files it works on."""

    def __init__(self, engine: SimulatedEngine, events: Iterable[dict[str, Any]] = EVENTS) -> None:
        super().__init__()
        self.engine = engine
        self._folder = tempfile.TemporaryDirectory(prefix="suricata")
        folder = Path(self._folder.name)
        self.options = SuricataOptions(
            eve_file=folder / "eve.json", rules_folder=folder / "rules", program=str(folder / "no-suricata-here")
        )
        self.options.eve_file.write_text("".join(json.dumps(event) + "\n" for event in events))
        self.options.rules_folder.mkdir()
        (self.options.rules_folder / "local.rules").write_text(RULES)
        (self.options.rules_folder / "local.rules.previous").write_text(RULES.replace("rev:3", "rev:2"))
        self._files = SuricataFiles(self.options, ManualClock(wall=NOW.timestamp()))

    def answer(self, received: Received) -> Answer:
        parts = [unquote(part) for part in received.path.removeprefix("/").split("/")]
        params = {name: values[0] for name, values in received.params.items()}
        try:
            if parts[0] == "commands":
                arguments = {**params, **(json.loads(received.body) if received.body else {})}
                return json_answer(self.engine.execute(parts[1], arguments))
            content = self._files.answer(received.method, parts, params, received.headers, received.body, TEST_SECONDS)
        except Refused as refused:
            return json_answer({"message": refused.reason}, status=refused.status)
        return Answer(200, content.body, content.headers)


class SuricataSocketSimulator(SocketSimulator):
    """The engine on its command socket."""

    def __init__(self, engine: SimulatedEngine) -> None:
        super().__init__()
        self.engine = engine

    def read_request(self, stream: BinaryIO) -> bytes:
        return stream.readline()

    def is_greeting(self, request: bytes) -> bool:
        return b'"version":' in request and b'"command"' not in request

    def answer(self, request: bytes) -> bytes:
        if self.is_greeting(request):
            return b'{"return":"OK"}' + END
        document = json.loads(request)
        try:
            message = self.engine.execute(document["command"], document.get("arguments", {}))
        except Refused as refused:
            return json.dumps({"message": refused.reason, "return": "NOK"}).encode() + END
        return json.dumps({"message": message, "return": "OK"}).encode() + END

    def inject(self, fault: Fault) -> None:
        """An answer without a body is an empty line here; without a newline it would be no answer at all."""
        is_empty = fault.kind == "garbage" and not fault.body
        super().inject(replace(fault, body=END) if is_empty else fault)


def make_simulator() -> SuricataSimulator:
    return SuricataSimulator(SimulatedEngine())
