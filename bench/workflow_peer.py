"""The peer of bench/workflows.py: bare Celery, whose chains live in the broker alone and are gone with it.

`python -m bench.workflow_peer CHAINS LENGTH` sends that many chains to workers that were started with
`celery -A bench.workflow_peer worker` and the same PEER_REDIS_URL; prints the milliseconds for each task.
"""

from __future__ import annotations

import os
import sys
import time

import redis
from celery import Celery, chain

URL = os.environ.get("PEER_REDIS_URL", "memory://")
DONE = "peer:done"

app = Celery("peer", broker=URL)
app.conf.task_ignore_result = True
app.conf.worker_prefetch_multiplier = 1
app.conf.task_acks_late = True


@app.task(name="peer.step")  # type: ignore[untyped-decorator] # celery ships no types
def step(number: int) -> int:
    return number + 1


@app.task(name="peer.end")  # type: ignore[untyped-decorator] # celery ships no types
def end(number: int) -> None:
    redis.Redis.from_url(URL).rpush(DONE, number)


def milliseconds_per_task(chains: int, length: int) -> float:
    client = redis.Redis.from_url(URL)
    began = time.perf_counter()
    for _ in range(chains):
        chain(step.s(0), *(step.s() for _ in range(length - 2)), end.s()).apply_async()
    for _ in range(chains):
        if client.blpop([DONE], timeout=120) is None:
            raise TimeoutError("the chains have not ended")
    return (time.perf_counter() - began) * 1000 / (chains * length)


if __name__ == "__main__":
    milliseconds_per_task(2, 5)
    print(milliseconds_per_task(int(sys.argv[1]), int(sys.argv[2])))
