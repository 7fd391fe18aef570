"""On whose behalf this thread works: what is published meanwhile has the call's actor, correlation and cause.

A module need not pass on what it was called with. So the chain from an event back to what led to it has no holes,
which is what keeps triggers from going round in circles (common/application/starting/loops.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from common.domain.modules import Call

NOBODY = Call()
_call: ContextVar[Call] = ContextVar("call", default=NOBODY)


@contextmanager
def on_behalf_of(call: Call) -> Iterator[None]:
    """Within the block, in this thread or task, `call` is what leads to events."""
    token = _call.set(call)
    try:
        yield
    finally:
        _call.reset(token)


def current_call() -> Call:
    return _call.get()
