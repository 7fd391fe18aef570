"""What the workflow engine adds to a step: runs of steps that do next to nothing, in two worker processes and embedded.

A chain of one run shows the delay from step to step; 200 runs at once show the throughput. Each step is durable: its
beginning, its end and what follows are rows and events. The peer, in the same minutes on the same machine, is a chain
of bare Celery with two workers of the same kind, which keeps nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.databases import postgresql, print_rows
from bench.table import Row

TARGET_MS = 20.0
CHAIN, RUNS, STEPS = 100, 200, 10
WORKERS = 2
SECONDS = 300
PEER = f"bare Celery chain, {WORKERS} workers"


def run() -> list[Row]:
    return [*_production(), *_embedded()]


def _production() -> list[Row]:
    from api_clients.tests.servers import running_redis
    from common.tests.worker_stack import worker_stack

    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="nms-bench-")))
        broker = stack.enter_context(running_redis(folder))
        peer_chain, peer_many = _peer(broker.url, folder)
        broker.flush()
        url = stack.enter_context(postgresql())
        workers = stack.enter_context(
            worker_stack(folder, database_url=url, redis_url=broker.url, NMS_LOG_LEVEL="WARNING")
        )
        return _rows(
            f"PostgreSQL, Redis, {WORKERS} workers",
            lambda *arguments: workers.run(*arguments, module="common.tests.drill.flows", seconds=SECONDS),
            peers=(peer_chain, peer_many),
        )


def _embedded() -> list[Row]:
    """One process has it all, as `manage.py hub` does: the worker, and whoever starts the runs."""
    with TemporaryDirectory(prefix="nms-bench-") as folder:
        environment = _clean_environment(NMS_DATA_DIR=folder)
        rows = _output_of(["bench.workflows"], environment)
    return [Row(**row) for row in rows]


def _measure_embedded() -> list[Row]:
    from celery import current_app

    from common.infrastructure.workers.embedded_worker import EmbeddedBeat, EmbeddedWorker
    from common.tests.drill.flows import do

    app = current_app._get_current_object()
    worker, beat = EmbeddedWorker(app), EmbeddedBeat(app)
    worker.start()
    beat.start()
    try:
        return _rows("embedded, SQLite", lambda *arguments: do([str(argument) for argument in arguments]))
    finally:
        beat.stop()
        worker.stop()


def _rows(where: str, flows: Any, peers: tuple[float | None, float | None] = (None, None)) -> list[Row]:
    _measured(flows, 2, 5)  # the workers have read everything and are connected
    chain, many = _measured(flows, 1, CHAIN), _measured(flows, RUNS, STEPS)
    peer = PEER if peers[0] else ""
    return [
        Row(
            f"a step of a chain of {CHAIN} ({where})",
            *(chain, "ms", TARGET_MS, peer, peers[0]),
            note="from the start of the run to its end, by step",
        ),
        Row(
            f"a step of {RUNS} runs of {STEPS} at once ({where})",
            *(many, "ms", TARGET_MS, peer, peers[1]),
            note="from the first start to the last end, by step",
        ),
    ]


def _measured(flows: Any, runs: int, steps: int) -> float:
    started = flows("start", runs, "--steps", steps, "--capability", "drill.echo")
    ended = flows("ends", "--after", started["runs"][0] - 1, "--of", runs, "--seconds", SECONDS)
    assert ended["states"] == {"succeeded": runs}, ended
    seconds: float = ended["seconds"]
    return seconds * 1000 / (runs * steps)


def _peer(url: str, folder: Path) -> tuple[float, float]:
    environment = {**os.environ, "PEER_REDIS_URL": url}
    celery = [sys.executable, "-m", "celery", "-A", "bench.workflow_peer", "worker", "--pool", "threads"]
    quiet = ["--concurrency", "8", "--loglevel", "ERROR", "--without-gossip", "--without-mingle"]
    workers = [
        subprocess.Popen(
            [*celery, *quiet, "--hostname", f"peer{number}@%h"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for number in range(WORKERS)
    ]
    try:
        chain = _output_of(["bench.workflow_peer", "1", str(CHAIN)], environment)
        return chain, _output_of(["bench.workflow_peer", str(RUNS), str(STEPS)], environment)
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait(30)


def _output_of(command: list[str], environment: dict[str, str]) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", *command], env=environment, stdout=subprocess.PIPE, timeout=SECONDS, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def _clean_environment(**own: str) -> dict[str, str]:
    prefixes = ("NMS_", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
    return {**kept, "DJANGO_SETTINGS_MODULE": "common.tests.drill.settings", "NMS_LOG_LEVEL": "WARNING", **own}


if __name__ == "__main__":
    import django

    import nms.celery  # noqa: F401 - the application that is current from now on

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print_rows(_measure_embedded())
    sys.stdout.flush()
    os._exit(0)  # threads of the worker may still wait for their broker
