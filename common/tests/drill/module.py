"""The drill's handlers and capabilities: record, answer, wait, fail, refuse, die."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from common.domain.modules import (
    Call,
    Capability,
    CapabilityFailed,
    EventReceived,
    EventSubscription,
    Handler,
    HandlerRefused,
    Module,
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Note(_Strict):
    key: str
    value: Any = None


class Wait(_Strict):
    seconds: float = Field(ge=0, le=600)
    key: str = ""


class Failure(_Strict):
    message: str = "as told"
    retryable: bool = True
    times: int | None = Field(default=None, description="Fail so often by the drill's records of `key`, then succeed.")
    key: str = ""


class Done(_Strict):
    key: str = ""
    value: Any = None
    pid: int


def _write(key: str, value: Any = None) -> None:
    from common.tests.drill.models import DrillRecord

    DrillRecord.objects.create(key=key, value=value, pid=os.getpid())


def record(body: Note, call: Call) -> Done:
    """One effect in the database; in a handler it is part of the transaction that ends the message."""
    _write(body.key, body.value)
    return Done(key=body.key, value=body.value, pid=os.getpid())


def echo(body: Note, call: Call) -> Done:
    return Done(key=body.key, value=body.value, pid=os.getpid())


def wait(body: Wait, call: Call) -> Done:
    """Take that long, in short steps that look whether to stop, then record the key."""
    ends_at = time.monotonic() + body.seconds
    while (left := ends_at - time.monotonic()) > 0:
        if call.should_stop():
            raise CapabilityFailed("stopped early", code="stopped", retryable=False)
        time.sleep(min(left, 0.05))
    if body.key:
        _write(body.key)
    return Done(key=body.key, pid=os.getpid())


def fail(body: Failure, call: Call) -> Done:
    """Fail, each time or so many times; the attempts are counted by records named `KEY.failed`."""
    if body.times is not None and body.key:
        from common.tests.drill.models import DrillRecord

        if DrillRecord.objects.filter(key=f"{body.key}.failed").count() >= body.times:
            _write(body.key)
            return Done(key=body.key, pid=os.getpid())
        _write(f"{body.key}.failed")
    raise CapabilityFailed(body.message, retryable=body.retryable)


def linger(body: Note, call: Call) -> Done:
    """Record, and stay long enough in the transaction to be killed in it."""
    done = record(body, call)
    time.sleep(0.02)
    return done


def refuse(body: Failure, call: Call) -> None:
    raise HandlerRefused(body.message)


def note_event(event: EventReceived, call: Call) -> None:
    _write(f"event:{event.position}", {"number": event.data["number"], "seconds": time.time() - event.data["at"]})


def die(body: Note, call: Call) -> None:
    """End this worker as the kernel would: at once."""
    os.kill(os.getpid(), signal.SIGKILL)


DRILL = Module(
    name="drill",
    version="1.0",
    description="Records what reaches it, and fails when told to.",
    capabilities=(
        Capability("drill.echo", echo, Note, Done, "Answer with what came."),
        Capability("drill.record", record, Note, Done, "Write a record."),
        Capability("drill.sleep", wait, Wait, Done, "Take a while.", timeout_seconds=600),
        Capability("drill.fail", fail, Failure, Done, "Fail as told."),
        Capability("drill.die", die, Note, Done, "Kill the worker."),
    ),
    handlers=(
        Handler("drill.record", record, Note),
        Handler("drill.touch", record, Note, transactional=False),
        Handler("drill.linger", linger, Note),
        Handler("drill.echo", echo, Note),
        Handler("drill.slow", wait, Wait, transactional=False),
        Handler("drill.fail", fail, Failure),
        Handler("drill.fail_outside", fail, Failure, transactional=False),
        Handler("drill.refuse", refuse, Failure),
        Handler("drill.die", die, Note),
        Handler("drill.die_outside", die, Note, transactional=False),
    ),
    subscriptions=(EventSubscription(("drill.happened",), note_event),),
)
