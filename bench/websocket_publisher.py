"""Publish events at a steady rate from a process of its own, so many in each transaction.

    python -m bench.websocket_publisher RATE SECONDS TOGETHER

It prints how many a second it came to, as JSON.
"""

from __future__ import annotations

import json
import sys
import time

import django

django.setup()

from django.db import transaction  # noqa: E402 # needs Django set up

from common.application.events.publishing import publish  # noqa: E402
from common.domain.events import Event  # noqa: E402

PAUSE_SECONDS = 0.0005


class Counted(Event):
    """The benchmark counted on."""

    type = "bench.counted"
    number: int
    text: str = "x" * 40

    def subject(self) -> str:
        return f"count:{self.number % 100}"


def main(rate: float, seconds: float, together: int) -> None:
    _publish(0, 1)  # opens the connection
    started, published = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - started) < seconds:
        if published >= elapsed * rate:
            time.sleep(PAUSE_SECONDS)
            continue
        _publish(published, together)
        published += together
    print(json.dumps(published / elapsed))


def _publish(first: int, count: int) -> None:
    with transaction.atomic():
        publish(*(Counted(number=first + index) for index in range(count)), source="bench")


if __name__ == "__main__":
    main(float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
