"""The worker and the scheduler in threads: they run real tasks of a real broker, and end when told."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from common.tests.hub_process import ROOT

# In a process of its own: Celery keeps what it is in module state, and stops for the whole process.
PROGRAM = """
import json, threading, time
import structlog
from datetime import timedelta
from celery import Celery
from celery.schedules import schedule
from kombu.entity import Queue
import django
django.setup()
from common.infrastructure.workers.embedded_worker import EmbeddedBeat, EmbeddedWorker

app = Celery("trial", broker="memory://localhost/", set_as_current=False)
app.conf.update(
    task_ignore_result=True, broker_transport_options={"polling_interval": 0.005}, worker_prefetch_multiplier=64,
    task_default_queue="normal", task_queues=[Queue("normal"), Queue("low")], worker_hijack_root_logger=False,
    beat_schedule={"tick": {"task": "tick", "schedule": schedule(timedelta(seconds=0.2)), "options": {"queue": "low"}}},
)
ran, threads, ticks, traces = [], set(), [], {}
release, hanging = threading.Event(), threading.Event()

@app.task(name="work")
def work(number):
    ran.append(number)
    traces[number] = structlog.contextvars.get_contextvars().get("request_id")
    threads.add(threading.current_thread().name)

@app.task(name="tick")
def tick():
    ticks.append(time.monotonic())

@app.task(name="hang")
def hang():
    hanging.set()
    release.wait(60)

worker = EmbeddedWorker(app)
worker.start()
beat = EmbeddedBeat(app)
beat.start()
started = time.monotonic()
with structlog.contextvars.bound_contextvars(request_id="trace-1234"):
    work.delay(0)
for number in range(1, 1000):
    work.delay(number)
while len(ran) < 1000 and time.monotonic() - started < 20:
    time.sleep(0.01)
burst = time.monotonic() - started
while len(ticks) < 2 and time.monotonic() - started < 60:
    time.sleep(0.01)
HANG = {hang}
if HANG:
    hang.delay()
    hanging.wait(30)
stopping = time.monotonic()
beat.stop()
worker.stop()
traced = [number for number in traces if traces[number] == "trace-1234"]
print(json.dumps({
    "ran": len(set(ran)), "burst": burst, "ticks": len(ticks), "threads": len(threads), "traced": traced,
    "stopped_in": time.monotonic() - stopping, "cut_short": worker.running_tasks,
    "ended": not worker._thread.is_alive(),
}), flush=True)
import os
os._exit(0)
"""


def run(*, hang: bool) -> dict[str, object]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "nms.settings"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("{hang}", str(hang))],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, object] = {**json.loads(done.stdout), "log": done.stderr}
    return result


@pytest.fixture(scope="module")
def result() -> dict[str, object]:
    return run(hang=False)


def test_tasks_run_in_threads_and_the_scheduler_ticks(result: dict[str, object]) -> None:
    assert result["ran"] == 1000
    assert isinstance(result["burst"], float)
    assert result["burst"] < 10  # about 0.4 s on a quiet machine; 28 s with Celery's default polling
    assert result["ticks"] >= 2  # type: ignore[operator] # a number
    assert result["threads"] > 1  # type: ignore[operator] # a number
    assert result["ended"]
    assert result["stopped_in"] < 20  # type: ignore[operator] # a number


def test_a_task_carries_the_request_id_of_who_started_it_into_its_log_lines(result: dict[str, object]) -> None:
    assert result["traced"] == [0]
    lines = [line for line in str(result["log"]).splitlines() if "[nms.task]" in line and "task=work" in line]
    assert len(lines) == 1000
    (traced,) = [line for line in lines if "request_id=trace-1234" in line]
    assert "state=SUCCESS" in traced


@pytest.mark.slow
def test_a_task_that_hangs_does_not_hold_up_the_end() -> None:
    result = run(hang=True)
    assert result["cut_short"] == ["hang"]
    assert result["stopped_in"] < 30  # type: ignore[operator] # a number; it hangs for 60
