"""Run as a program: processes that hand out events at once and are killed at random, while others publish.

Two consumers, one in the transaction that moves the cursor, one outside of it, each write a record for each event.
Prints {"events", "killed", "inside_wrong", "outside_missing", "outside_late"} as JSON: whether the first saw each event
exactly once and in order, how many the second never saw, and how many it saw first after a later one.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise

from common.domain.envelope import Envelope

DISTRIBUTORS, PUBLISHERS, TRANSACTIONS = 3, 2, 120
KILLS = 8
SECONDS = 240.0


def main() -> None:
    import django

    django.setup()
    _register()
    if sys.argv[1:] == ["distribute"]:
        _distribute()
    elif sys.argv[1:] == ["publish"]:
        _publish()
    else:
        _race()


def _race() -> None:
    from django.core.management import call_command

    from common.application.events import distribution
    from common.infrastructure.events import event_store
    from common.models import EventCursor
    from common.tests.drill.models import DrillRecord

    call_command("migrate", verbosity=0)
    generator, killed = random.Random(7), 0
    publishers = [_start("publish") for _ in range(PUBLISHERS)]
    distributors = [_start("distribute") for _ in range(DISTRIBUTORS)]
    deadline = time.monotonic() + SECONDS
    try:
        while time.monotonic() < deadline:
            time.sleep(0.3)
            EventCursor.objects.exclude(lease_until=None).update(lease_until=None, claim=None)  # nobody waits for 15 s
            if killed < KILLS:
                distributors[victim := generator.randrange(DISTRIBUTORS)].kill()
                distributors[victim].wait()
                distributors[victim] = _start("distribute")
                killed += 1
            elif all(publisher.poll() is not None for publisher in publishers) and not distribution.behind():
                break
    finally:
        for process in (*distributors, *publishers):
            process.kill()
            process.wait()
    every = list(range(1, event_store.last_position() + 1))
    seen = {
        name: list(DrillRecord.objects.filter(key=name).order_by("pk").values_list("value", flat=True))
        for name in ("inside", "outside")
    }
    first_seen = list(dict.fromkeys(seen["outside"]))
    print(
        json.dumps(
            {
                "events": len(every),
                "killed": killed,
                "inside_wrong": seen["inside"] != every,
                "outside_missing": len(set(every) - set(first_seen)),
                "outside_late": sum(before > after for before, after in pairwise(first_seen)),
            }
        )
    )


def _start(what: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "common.tests.events.distribution_race", what])


def _register() -> None:
    from common.application.events import distribution

    for name in distribution.consumer_names():
        distribution.unregister_consumer(name)
    distribution.register_consumer("inside", _write("inside"))
    distribution.register_consumer("outside", _write("outside"), transactional=False)
    distribution.BATCH_SIZE = 20


def _write(name: str) -> Callable[[Sequence[Envelope]], None]:
    def write(envelopes: Sequence[Envelope]) -> None:
        from common.tests.drill.models import DrillRecord

        for envelope in envelopes:
            DrillRecord.objects.create(key=name, value=envelope.position, pid=os.getpid())
            time.sleep(0.001)  # so that a kill finds a batch half done

    return write


def _distribute() -> None:
    from common.application.events import distribution

    while True:
        distribution.distribute()
        time.sleep(0.005)


def _publish() -> None:
    from common.tests.samples import take_samples

    generator = random.Random(os.getpid())
    for _ in range(TRANSACTIONS):
        take_samples(1, generator.randint(1, 5))
        time.sleep(generator.uniform(0, 0.02))


if __name__ == "__main__":
    main()
