"""Events into the store, and from there to durable consumers: two publishing processes on PostgreSQL, one on SQLite.

Each publisher does nothing but publish, so a figure is what the store takes. The peer appends the same events to a
table with a plain sequence: no order that readers could rely on, no lock.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from bench.databases import on_both, print_rows
from bench.table import Row

PUBLISHERS = {"PostgreSQL": 2, "SQLite": 1}
TARGETS = {"PostgreSQL": 2000.0, "SQLite": 200.0}
SECONDS = 4.0
BATCH = 10
BACKLOG, CONSUMERS = 20_000, 4
PEER_TABLE = "bench_peer"
PEER = "plain sequence, no order"


def run() -> list[Row]:
    return on_both("bench.events")


def measure(database: str) -> list[Row]:
    rate, cost = _published(database, "publish", 1)
    peer, peer_cost = _published(database, "append_to_peer", 1)
    batched, batched_cost = _published(database, "publish", BATCH)
    return [
        Row(
            f"events stored, one a transaction ({database})",
            *(rate, "/s", TARGETS[database], PEER, peer),
            note=_publishers(database),
            higher_is_better=True,
        ),
        Row(
            f"events stored, {BATCH} a transaction ({database})",
            *(batched, "/s"),
            note=_publishers(database),
            higher_is_better=True,
        ),
        Row(
            f"processor time of a publish and its commit ({database})",
            *(cost, "ms", None, PEER, peer_cost),
            note=f"{batched_cost:.3f} ms for an event of {BATCH}",
        ),
        Row(
            f"events handed to {CONSUMERS} durable consumers ({database})",
            *(_distributed(), "/s"),
            note="one worker; each consumer reads every event",
            higher_is_better=True,
        ),
    ]


def _publishers(database: str) -> str:
    count = PUBLISHERS[database]
    return "one process" if count == 1 else f"{count} processes"


def _published(database: str, how: str, batch: int) -> tuple[float, float]:
    """Events a second of all publishers together, and the processor time of one in milliseconds."""
    command = [sys.executable, "-m", "bench.events", "publisher", how, str(batch)]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
        for _ in range(PUBLISHERS[database])
    ]
    for process in running:
        assert process.stdout is not None
        process.stdout.readline()  # it is ready
    for process in running:
        process.stdin.write("\n")  # type: ignore[union-attr] # PIPE
        process.stdin.flush()  # type: ignore[union-attr] # PIPE
    told = [process.communicate(timeout=SECONDS + 60)[0].split() for process in running]
    costs = [float(cost) for _, cost in told]
    return sum(float(rate) for rate, _ in told), sum(costs) / len(costs)


def _distributed() -> float:
    from common.application.events import distribution

    received: list[int] = []
    for name in distribution.consumer_names():
        distribution.unregister_consumer(name)
    for number in range(CONSUMERS):
        distribution.register_consumer(f"bench-{number}", lambda envelopes: received.append(len(envelopes)))
    distribution.make_cursors()
    for start in range(0, BACKLOG, 500):
        publish(range(start, start + 500))
    started = time.perf_counter()
    while distribution.behind():
        distribution.distribute()
    took = time.perf_counter() - started
    assert sum(received) == BACKLOG * CONSUMERS, "each consumer gets every event"
    return BACKLOG / took


def publish(numbers: Sequence[int]) -> None:
    from django.db import transaction

    from common.application.events import publishing as events
    from common.tests.samples import Sampled

    with transaction.atomic():
        events.publish(*(Sampled(number=number) for number in numbers), source="bench", correlation_id="bench")


def append_to_peer(numbers: Sequence[int]) -> None:
    from django.db import connection, transaction

    from common.tests.samples import Sampled

    rows = [(number, Sampled(number=number).model_dump_json()) for number in numbers]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {PEER_TABLE} (type, data) VALUES (%s, %s)", rows)


def _publish_for_a_while(work: Callable[[Sequence[int]], None], batch: int) -> None:
    """Say when ready, wait for the word, and tell the rate and the processor time of one event in milliseconds."""
    numbers = range(batch)
    for _ in range(50):
        work(numbers)
    print(flush=True)
    sys.stdin.readline()
    began, used, count = time.perf_counter(), time.process_time(), 0
    while (took := time.perf_counter() - began) < SECONDS:
        work(numbers)
        count += batch
    print(count / took, (time.process_time() - used) / count * 1000)


def _make_peer_table() -> None:
    from django.db import connection

    key = "BIGSERIAL PRIMARY KEY" if connection.vendor == "postgresql" else "INTEGER PRIMARY KEY"
    data = "JSONB" if connection.vendor == "postgresql" else "TEXT"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {PEER_TABLE} (id {key}, type VARCHAR(100), data {data})")


if __name__ == "__main__":
    import django

    django.setup()
    if sys.argv[1] == "publisher":
        _publish_for_a_while({"publish": publish, "append_to_peer": append_to_peer}[sys.argv[2]], int(sys.argv[3]))
    else:
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        _make_peer_table()
        print_rows(measure(sys.argv[1]))
