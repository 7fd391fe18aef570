"""The embedded worker's lanes: long work of one kind holds up no other, least of all what is urgent."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from common.application.workflows.stored import STEP_TASK
from common.infrastructure.workers.embedded_pool import ORDINARY, STEPS, URGENT
from common.tests.hub_process import ROOT

# In a process of its own: Celery keeps what it is in module state, and stops for the whole process.
PROGRAM = """
import json, os, threading, time
from celery import Celery
from kombu.entity import Exchange, Queue
import django
django.setup()
from common.infrastructure.workers.embedded_worker import EmbeddedWorker

QUEUES = ("critical", "high", "normal", "low", "discovery", "polling")
app = Celery("trial", broker="memory://localhost/", set_as_current=False)
app.conf.update(
    task_ignore_result=True, broker_transport_options={"polling_interval": 0.005}, worker_prefetch_multiplier=1,
    task_acks_late=True, task_default_queue="normal", worker_hijack_root_logger=False,
    task_queues=[Queue(name, Exchange(name), routing_key=name) for name in QUEUES],
)
release, ended = threading.Event(), []

@app.task(name="long")
def long():
    release.wait(60)
    ended.append(1)

@app.task(name="common.run_steps")
def step():
    long.run()

@app.task(name="note")
def note(sent, queue):
    delays.setdefault(queue, []).append(time.monotonic() - sent)

delays = {}
worker = EmbeddedWorker(app)
worker.start()
LONG = json.loads(os.environ["LONG"])
for kind, count in LONG.items():
    queue, _, steps = kind.partition(" ")
    for _ in range(count):
        (step if steps else long).apply_async(queue=queue)
time.sleep(1)
QUICK = json.loads(os.environ["QUICK"])
for _ in range(20):
    for queue in QUICK:
        note.apply_async(args=[time.monotonic(), queue], queue=queue)
    time.sleep(0.02)
deadline = time.monotonic() + 20
while sum(len(times) for times in list(delays.values())) < 20 * len(QUICK) and time.monotonic() < deadline:
    time.sleep(0.05)
told = {queue: {"count": len(times), "worst": max(times)} for queue, times in list(delays.items())}
release.set()
deadline = time.monotonic() + 60
while len(ended) < sum(LONG.values()) and time.monotonic() < deadline:
    time.sleep(0.05)
worker.stop()
print(json.dumps({"delays": told, "ended": len(ended)}), flush=True)
os._exit(0)
"""


def delays(*, long: dict[str, int], quick: list[str]) -> dict[str, dict[str, float]]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "nms.settings",
            "LONG": json.dumps(long),
            "QUICK": json.dumps(quick),
        },
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["ended"] == sum(long.values()), "what waited in the full lane was done afterwards"
    found: dict[str, dict[str, float]] = told["delays"]
    return found


@pytest.mark.parametrize(
    ("long", "quick"),
    [
        ({"discovery": 40, "polling": 40}, ["critical", "high", "normal", "low"]),
        ({"normal": 60, "low": 60, "discovery": 60}, ["critical", "high"]),
        ({f"{queue} steps": 20 for queue in ORDINARY | URGENT}, ["critical", "high", "normal", "low", "polling"]),
    ],
    ids=["discoveries", "long tasks", "long steps"],
)
def test_long_work_does_not_hold_up_the_other_lanes(long: dict[str, int], quick: list[str]) -> None:
    found = delays(long=long, quick=quick)
    assert set(found) == set(quick)
    for queue, times in found.items():
        assert times["count"] == 20, "all were done while the long work went on"
        assert times["worst"] < 10.0, (
            f"{queue}: about 10 ms on a quiet machine, the length of the long work without lanes"
        )


def test_the_lane_of_steps_knows_their_task() -> None:
    assert STEPS == STEP_TASK
