"""Carry a run out in a thread of this process while the main thread follows it: for commands without workers."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from django.db import connections

from common.application import services
from common.application.workflows.here import run_here

STOP_SECONDS = 10.0


class ExecutionHere:
    """Runs while the `with` block does; leaving it early gives the steps back to whoever goes on with the run."""

    def __init__(self, run_id: int) -> None:
        self._run_id = run_id
        self._thread = threading.Thread(target=self._execute, name=f"run {run_id}", daemon=True)
        self.error: Exception | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None:
            services.stopping.set()
        self._thread.join(STOP_SECONDS)

    def has_failed(self) -> bool:
        return self.error is not None

    def _execute(self) -> None:
        try:
            run_here(self._run_id)
        except Exception as error:  # noqa: BLE001 # the main thread tells of it
            self.error = error
        finally:
            connections.close_all()
