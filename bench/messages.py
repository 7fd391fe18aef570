"""Durable messages from send to the end of their handler.

A handler that only answers shows what the hub takes; one that writes a record by the ORM, what a module would see.

On PostgreSQL (fsync on) and Redis with two worker processes as in docker-compose.yml and two sending processes; then
embedded, on SQLite, in one process. The peer does the same work with plain Celery tasks over the same Redis, with
acks_late: those are gone with Redis, have no order, no keys, no dead letters.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from api_clients.tests.servers import running_redis
from bench.databases import postgresql
from bench.table import Row
from common.tests.worker_stack import Process, WorkerStack, result_of, wait_until, worker_stack

SENDERS = 2
BURST, PACED, RATE, EMBEDDED, PEER_BURST = 20_000, 10_000, 500, 2_000, 4_000
SUSTAINED, P99_MS, EMBEDDED_SUSTAINED = 2000.0, 50.0, 200.0
PEER = "plain Celery tasks, acks_late"
DONE_SECONDS = 180.0


def run() -> list[Row]:
    with _stack() as stack:
        stack.start_beat()
        _send(stack, "warm", 500)
        paced = _send(stack, "paced", PACED, "--rate", str(RATE / SENDERS))
        bare = _bare(stack)
        single = _send(stack, "single", BURST)
        many = _send(stack, "many", BURST, "--many", "100")
        peer = _peer(stack)
    embedded = _embedded()
    return [
        Row(
            "messages/s, sent one by one, to a handler that only answers",
            bare,
            "1/s",
            SUSTAINED,
            note=_note(BURST),
            higher_is_better=True,
        ),
        Row(
            "messages/s, sent one by one, to a handler that writes a record",
            single["messages_per_second"],
            "1/s",
            SUSTAINED,
            PEER,
            peer,
            _note(BURST),
            higher_is_better=True,
        ),
        Row(
            "messages/s, sent 100 at once, to a handler that writes a record",
            many["messages_per_second"],
            "1/s",
            SUSTAINED,
            note=_note(BURST),
            higher_is_better=True,
        ),
        Row(f"p99 from send to handler at {RATE}/s", paced["p99_ms"], "ms", P99_MS, note=_note(PACED)),
        Row(f"median from send to handler at {RATE}/s", paced["p50_ms"], "ms"),
        Row(
            "messages/s, embedded on SQLite",
            embedded["messages_per_second"],
            "1/s",
            EMBEDDED_SUSTAINED,
            note=f"{EMBEDDED} messages sent one by one; hub, worker and beat in one process",
            higher_is_better=True,
        ),
    ]


def _note(count: int) -> str:
    return f"{count} messages, {SENDERS} senders, 2 workers, PostgreSQL with fsync"


def _send(stack: WorkerStack, prefix: str, count: int, *options: str) -> dict[str, Any]:
    senders = [stack.begin("send", count // SENDERS, "--prefix", f"{prefix}{n}-", *options) for n in range(SENDERS)]
    for sender in senders:
        result_of(sender, DONE_SECONDS)
    _wait_for_records(stack, prefix, count)
    times: dict[str, Any] = stack.run("times", "--prefix", prefix)
    return times


def _bare(stack: WorkerStack) -> float:
    senders = [
        stack.begin("send", BURST // SENDERS, "--prefix", "bare", "--type", "drill.echo") for _ in range(SENDERS)
    ]
    for sender in senders:
        result_of(sender, DONE_SECONDS)
    delivered = "FROM common_message WHERE type = 'drill.echo' AND state = 'delivered'"
    counting = f"SELECT count(*) {delivered}"
    wait_until(f"{BURST} are delivered", lambda: stack.query(counting)[0][0] >= BURST, DONE_SECONDS)
    span = f"SELECT extract(epoch FROM max(finished_at) - min(created_at)) {delivered}"
    return BURST / float(stack.query(span)[0][0])


def _wait_for_records(stack: WorkerStack, prefix: str, count: int) -> None:
    counting = f"SELECT count(*) FROM drill_drillrecord WHERE key LIKE '{prefix}%'"
    wait_until(f"{count} records", lambda: stack.query(counting)[0][0] >= count, DONE_SECONDS)


def _peer(stack: WorkerStack) -> float:
    """Records per second of two Celery workers of the same shape."""
    for worker in stack.workers:
        worker.stop()
    celery = [sys.executable, "-m", "celery", "-A", "bench.message_peer", "worker"]
    shape = ["--pool", "threads", "--concurrency", "8", "--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    peers = [
        Process(f"peer{n}", [*celery, *shape, "-n", f"peer{n}@%h"], stack.environment, stack.folder) for n in (0, 1)
    ]
    try:
        _peer_burst(stack, 200, "peerwarm")
        return _peer_burst(stack, PEER_BURST, "peer-")
    finally:
        for peer in peers:
            peer.stop()


def _peer_burst(stack: WorkerStack, count: int, prefix: str) -> float:
    command = [sys.executable, "-m", "bench.message_peer", str(count // SENDERS)]
    senders = [
        Process(f"peer-sender{n}", [*command, f"{prefix}{n}-"], stack.environment, stack.folder) for n in range(SENDERS)
    ]
    _wait_for_records(stack, prefix, count)
    for sender in senders:
        sender.stop()
    rate: float = stack.run("times", "--prefix", prefix)["messages_per_second"]
    return rate


@contextmanager
def _stack() -> Iterator[WorkerStack]:
    with (
        TemporaryDirectory(prefix="nms-bench-") as folder,
        postgresql() as url,
        running_redis(Path(folder)) as redis,
        worker_stack(
            Path(folder),
            database_url=url,
            redis_url=redis.url,
            beat=False,
            NMS_LOG_LEVEL="WARNING",
        ) as stack,
    ):
        yield stack


def _embedded() -> dict[str, Any]:
    """The hub in one process, which sends to itself as a module would."""
    import os
    import subprocess

    from nms.environment import BASE_DIR

    own = ("NMS_", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    with TemporaryDirectory(prefix="nms-bench-") as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(own)} | {
            "NMS_DATA_DIR": folder,
            "NMS_LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "common.tests.drill.settings",
        }
        done = subprocess.run(
            [sys.executable, "-m", "bench.messages", "embedded"],
            env=environment,
            cwd=BASE_DIR,
            stdout=subprocess.PIPE,
            timeout=DONE_SECONDS,
            check=True,
        )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _embedded_main() -> None:
    import django

    django.setup()
    from celery import current_app
    from django.core.management import call_command

    import nms.celery  # noqa: F401 - the current application
    from common.application.messages.sending import send
    from common.infrastructure.workers.embedded_worker import EmbeddedBeat, EmbeddedWorker
    from common.tests.drill.models import DrillRecord

    call_command("migrate", verbosity=0)
    app = current_app._get_current_object()
    worker, beat = EmbeddedWorker(app), EmbeddedBeat(app)
    worker.start()
    beat.start()
    began = time.monotonic()
    for number in range(EMBEDDED):
        send("drill.record", {"key": f"e{number}", "value": time.time()}, recipient="drill", sender="bench")
    records: Any = DrillRecord  # no model to the type checker, which knows the project's settings only
    wait_until("all are handled", lambda: records.objects.count() >= EMBEDDED, DONE_SECONDS)
    print(json.dumps({"messages_per_second": EMBEDDED / (time.monotonic() - began)}), flush=True)
    beat.stop()
    worker.stop()


if __name__ == "__main__":
    _embedded_main()
