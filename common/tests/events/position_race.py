"""Run as a program: writers that commit out of step, and readers that watch the positions appear.

Prints {"late", "missing", "events", "wrong_order"} as JSON. A position is late when it appears after a reader has seen
a higher one.
"""

from __future__ import annotations

import json
import random
import threading
import time

WRITERS, TRANSACTIONS, EVENTS = 8, 10, 3


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    late: list[int] = []
    seen: set[int] = set()
    done = threading.Event()
    reader = threading.Thread(target=_read, args=(seen, late, done))
    reader.start()
    writers = [threading.Thread(target=_write, args=(index,)) for index in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    done.set()
    reader.join()
    from common.models import StoredEvent

    positions = sorted(seen)
    rows = list(StoredEvent.objects.order_by("position").values_list("source", "data"))
    numbers = {source: [data["number"] for other, data in rows if other == source] for source, _ in rows}
    print(
        json.dumps(
            {
                "late": len(late),
                "missing": len(set(range(1, len(rows) + 1)) ^ set(positions)),
                "events": len(rows),
                "wrong_order": sum(list_ != sorted(list_) for list_ in numbers.values()),
            }
        )
    )


def _write(index: int) -> None:
    from django.db import connections, transaction

    from common.application.events.publishing import publish
    from common.tests.samples import Sampled

    generator = random.Random(index)
    try:
        for number in range(TRANSACTIONS):
            with transaction.atomic():
                publish(*(Sampled(number=number * EVENTS + n) for n in range(EVENTS)), source=f"writer-{index}")
                time.sleep(generator.uniform(0, 0.02))  # between the append and the commit: where lateness arises
            if generator.random() < 0.3:
                with transaction.atomic():
                    publish(Sampled(number=0), source="nobody")
                    transaction.set_rollback(True)
    finally:
        connections.close_all()


def _read(seen: set[int], late: list[int], done: threading.Event) -> None:
    """Read everything each time, not only what follows the last position, or lateness could not be noticed."""
    from django.db import connections

    from common.models import StoredEvent

    try:
        while True:
            finishing = done.is_set()
            fresh = set(StoredEvent.objects.values_list("position", flat=True)) - seen
            late.extend(position for position in fresh if seen and position < max(seen))
            seen |= fresh
            if finishing:
                return
            time.sleep(0.001)
    finally:
        connections.close_all()


if __name__ == "__main__":
    main()
