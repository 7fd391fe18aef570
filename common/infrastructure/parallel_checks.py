"""Ask many things at once how they are, and wait for none of them past its time.

A thread cannot be ended from outside. So each check has a daemon thread of its own, and one that hangs is not asked
again before it has answered: however often a dead service is looked at, it holds one thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.db import connections

T = TypeVar("T")


@dataclass(slots=True)
class Answer(Generic[T]):
    """`value` or `error` once `done`; neither where the time was up. `seconds` is how long the check has run."""

    began: float = field(default_factory=time.monotonic)
    done: threading.Event = field(default_factory=threading.Event)
    seconds: float = 0.0
    value: T | None = None
    error: Exception | None = None


_under_way: dict[str, Answer[object]] = {}
_lock = threading.Lock()


def ask_all(
    checks: Mapping[str, Callable[[], T]],
    *,
    deadline_seconds: float,
    deadlines: Mapping[str, float] | None = None,
) -> dict[str, Answer[T]]:
    """Run every check in a thread and return what there is after at most `deadline_seconds`.

    A check of `deadlines` is waited for no longer than its own says, so that all together take as long as the slowest.
    """
    began = time.monotonic()
    answers = {name: _ask(name, check) for name, check in checks.items()}
    for name, answer in answers.items():
        ends_at = began + min(deadline_seconds, (deadlines or {}).get(name, deadline_seconds))
        if not answer.done.wait(max(0.0, ends_at - time.monotonic())):
            answer.seconds = time.monotonic() - answer.began
    return answers


def _ask(name: str, check: Callable[[], T]) -> Answer[T]:
    with _lock:
        hanging = _under_way.get(name)
        if hanging is not None:
            return hanging  # type: ignore[return-value] # of the same check
        answer: Answer[T] = Answer()
        _under_way[name] = answer  # type: ignore[assignment] # as above
    threading.Thread(target=_run, args=(name, check, answer), name=f"check {name}", daemon=True).start()
    return answer


def _run(name: str, check: Callable[[], T], answer: Answer[T]) -> None:
    try:
        answer.value = check()
    except Exception as error:  # noqa: BLE001 # whatever it is, it is the answer, and its reader judges it
        answer.error = error
    finally:
        answer.seconds = time.monotonic() - answer.began
        connections.close_all()
        with _lock:
            _under_way.pop(name, None)
        answer.done.set()
