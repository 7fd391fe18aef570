"""Asked for often, performed seldom, and never before the last question."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Collection

from api_clients.tests.waiting import eventually
from common.infrastructure.work.coalescing import Coalescer

SECONDS = 10.0  # to wait for what a thread does soon


class Log:
    def __init__(self) -> None:
        self.times: list[float] = []
        self.seen: list[list[str]] = []
        self.done = threading.Event()

    def perform(self, keys: Collection[str]) -> None:
        self.times.append(time.monotonic())
        self.seen.append(list(keys))
        self.done.set()


def test_the_first_is_performed_at_once_and_the_rest_in_one() -> None:
    log, asked = Log(), threading.Event()

    def perform(keys: Collection[str]) -> None:
        log.perform(keys)
        asked.wait(SECONDS)  # so that all is asked before the pause ends, however slowly

    coalescer = Coalescer(perform, pause_seconds=0.2, name="test")
    coalescer.ask("a")
    assert log.done.wait(SECONDS)
    for key in ("b", "c", "b"):
        coalescer.ask(key)
    ended = time.monotonic()
    asked.set()
    eventually(lambda: len(log.seen) > 1, seconds=SECONDS)
    assert log.seen == [["a"], ["b", "c"]]
    assert log.times[1] - ended >= 0.2


def test_what_is_asked_for_is_always_performed_afterwards() -> None:
    performed_at = {"x": 0.0}

    def perform(keys: Collection[str]) -> None:
        performed_at["x"] = time.monotonic()

    coalescer = Coalescer(perform, pause_seconds=0.001, name="test")
    for _ in range(300):
        asked_at = time.monotonic()
        coalescer.ask("x")
        deadline = asked_at + SECONDS
        while performed_at["x"] < asked_at and time.monotonic() < deadline:
            time.sleep(0.0002)
        assert performed_at["x"] >= asked_at


def test_a_failure_is_not_the_end() -> None:
    log, failed = Log(), threading.Event()

    def perform(keys: Collection[str]) -> None:
        if "bad" in keys:
            failed.set()
            raise OSError("as told")
        log.perform(keys)

    coalescer = Coalescer(perform, pause_seconds=0.001, name="test")
    coalescer.ask("bad")
    assert failed.wait(SECONDS)
    coalescer.ask("good")
    assert log.done.wait(SECONDS)
    assert log.seen == [["good"]]


def test_flush_performs_what_is_left() -> None:
    log = Log()
    coalescer = Coalescer(log.perform, pause_seconds=30, name="test")
    coalescer.ask("a")
    assert log.done.wait(SECONDS), "the first is performed before any pause"
    coalescer.ask("b")
    coalescer.flush()
    assert log.seen == [["a"], ["b"]]


def test_a_forked_process_has_a_thread_of_its_own() -> None:
    log = Log()
    coalescer = Coalescer(log.perform, pause_seconds=0.001, name="test")
    coalescer.ask("parent")
    assert log.done.wait(SECONDS)
    child = os.fork()
    if child == 0:
        log.done.clear()
        coalescer.ask("child")
        os._exit(0 if log.done.wait(SECONDS) and log.seen[-1] == ["child"] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
