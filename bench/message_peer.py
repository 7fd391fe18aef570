"""The peer of bench/messages.py: plain Celery tasks over the same Redis, with acks_late, that write the same record."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import django
from celery import Celery

QUEUE = "bench-peer"

app = Celery("message_peer", broker=os.environ.get("REDIS_URL"))
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    task_reject_on_worker_lost=True,
    task_default_queue=QUEUE,
    worker_prefetch_multiplier=4,
    worker_hijack_root_logger=False,
)


@app.task(name="bench.record")  # type: ignore[untyped-decorator] # celery ships no types
def record(key: str, value: float) -> None:
    from common.tests.drill.models import DrillRecord

    records: Any = DrillRecord  # no model to the type checker, which knows the project's settings only
    records.objects.create(key=key, value=value, pid=os.getpid())


def send(count: int, prefix: str) -> None:
    began = time.monotonic()
    for number in range(count):
        record.delay(f"{prefix}{number}", time.time())
    print(json.dumps({"seconds": time.monotonic() - began}))


if __name__ == "__main__":
    django.setup()
    send(int(sys.argv[1]), sys.argv[2])
