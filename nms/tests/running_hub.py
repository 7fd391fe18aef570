"""`manage.py hub` as `make run` starts it, signed into, and ended by Ctrl-C."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import requests

from common.tests.hub_process import HubProcess
from nms.tests.rest import Api
from nms.tests.waiting import wait_until

STOP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class RunningHub:
    process: HubProcess
    password: str

    @property
    def url(self) -> str:
        return self.process.url

    def api(self) -> Api:
        return Api(self.url, self.password)


@contextlib.contextmanager
def running_hub(data_dir: Path, **environment: str) -> Iterator[RunningHub]:
    """A hub with a new database in `data_dir`. At the end it gets Ctrl-C and must end cleanly."""
    process = HubProcess(data_dir, **environment)
    try:
        password = process.wait_for(r"Password: (\S+)", 120)[1]
        wait_until("the hub is healthy", lambda: requests.get(f"{process.url}/health/", timeout=5).ok)
        yield RunningHub(process, password)
        process.send(signal.SIGINT)
        assert process.wait(STOP_SECONDS) == 0, process.output[-3000:]
        assert not process.survivors()
    finally:
        process.kill()
