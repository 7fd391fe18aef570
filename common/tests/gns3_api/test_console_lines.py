"""A line to a console without a lab behind it."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

from common.application.consoles.lines import _type_line
from common.tests.gns3_api.fake_console import FakeConsole, fake_console


async def test_answers_that_come_once_a_second_are_all_read() -> None:
    def answer(console: FakeConsole) -> None:
        while b"\r" not in console.typed:
            time.sleep(0.05)
        for number in (1, 2, 3):
            console.write(f"icmp_seq={number}\r\n".encode())
            time.sleep(1.0)

    with fake_console() as console:
        threading.Thread(target=answer, args=(console,), daemon=True).start()
        found: Any = SimpleNamespace(host="127.0.0.1", port=console.port)
        output, _ = await _type_line(found, "ping 10.0.0.2 -c 3", 30.0)
    assert output.text.count("icmp_seq") == 3
    assert output.ended_by == "quiet"
