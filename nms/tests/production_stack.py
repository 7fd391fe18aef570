"""Production mode on one machine: migrations, web server, Celery workers and beat as processes of their own.

The same commands as in docker-compose.yml, on a PostgreSQL and a Redis that the caller brings.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import requests

from nms.environment import BASE_DIR
from nms.tests.programs import clean_environment, kill_group, manage, start
from nms.tests.rest import Api
from nms.tests.waiting import wait_until

WORKERS = 2
PYTHON = [sys.executable, "-m"]
WEB = [*PYTHON, "uvicorn", "nms.asgi:application", "--host", "127.0.0.1", "--no-access-log", "--port"]
WORKER = [*PYTHON, "celery", "-A", "nms.celery", "worker", "--pool", "threads", "--concurrency", "4"]
QUEUES = ["--queues", "critical,high,normal,low,discovery,polling", "--loglevel", "INFO"]
BEAT = [*PYTHON, "celery", "-A", "nms.celery", "beat", "--loglevel", "INFO"]


@dataclass(slots=True)
class ProductionStack:
    """`folder` keeps what each process printed, as NAME.log."""

    url: str
    folder: Path
    environment: dict[str, str]
    password: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def api(self) -> Api:
        return Api(self.url, self.password)

    def start(self, name: str, command: list[str]) -> None:
        self.processes[name] = start(command, environment=self.environment, log=self._log_file(name))

    def workers(self) -> int:
        """How many Celery workers answer, asked as the health check in docker-compose.yml asks."""
        asked = [*PYTHON, "celery", "-A", "nms.celery", "inspect", "ping", "--timeout", "2", "--json"]
        done = subprocess.run(
            asked, cwd=BASE_DIR, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        return len(json.loads(done.stdout)) if done.returncode == 0 else 0

    def kill(self, name: str) -> None:
        """End a process with SIGKILL, as a machine that loses power would."""
        kill_group(self.processes.pop(name))

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=30)
            kill_group(process)

    def wait_until(self, what: str, true: Callable[[], object]) -> None:
        """Like the function, and raises at once with the log of a process that has ended."""

        def true_with_all_alive() -> object:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise RuntimeError(f"{name} ended with {process.returncode}:\n{self.log(name)[-3000:]}")
            return true()

        wait_until(what, true_with_all_alive)

    def has_said(self, name: str, text: str) -> bool:
        return text in self.log(name)

    def log(self, name: str) -> str:
        return self._log_file(name).read_text()

    def _log_file(self, name: str) -> Path:
        return self.folder / f"{name}.log"


@contextlib.contextmanager
def production_stack(
    folder: Path, *, database_url: str, redis_url: str, port: int, **more: str
) -> Iterator[ProductionStack]:
    """Everything up and the admin made; all of it gone at the end. `more` goes into the environment."""
    (folder / "redis_url").write_text(redis_url)
    environment = clean_environment(
        NMS_PRODUCTION="1",
        NMS_TLS="0",
        NMS_SECRET_KEY=secrets.token_urlsafe(64),
        NMS_ALLOWED_HOSTS="127.0.0.1",
        NMS_DATA_DIR=str(folder / "unused"),
        NMS_LOG_FORMAT="json",
        NMS_WATCH_INTERVAL_SECONDS="2",
        DATABASE_URL=database_url,
        REDIS_URL_FILE=str(folder / "redis_url"),
        **more,
    )
    stack = ProductionStack(f"http://127.0.0.1:{port}", folder, environment)
    try:
        manage("migrate", "--noinput", "--verbosity", "0", environment=environment)
        manage("user", "admin", "--role", "admin", environment=environment, typed=f"{stack.password}\n")
        stack.start("web", [*WEB, str(port)])
        workers = [f"worker{number}" for number in range(WORKERS)]
        for name in workers:
            stack.start(name, [*WORKER, *QUEUES, "--hostname", f"{name}@%h"])
        stack.start("beat", [*BEAT, "--schedule", str(folder / "schedule"), "--pidfile", str(folder / "beat.pid")])
        stack.wait_until("the web server is healthy", lambda: requests.get(f"{stack.url}/health/", timeout=5).ok)
        for worker in workers:
            stack.wait_until(f"{worker} is ready", partial(stack.has_said, worker, "worker is ready"))
        stack.wait_until("both workers answer", lambda: stack.workers() == WORKERS)
        yield stack
    finally:
        stack.stop()
