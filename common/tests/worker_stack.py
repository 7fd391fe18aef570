"""Workers and beat as processes of their own on a PostgreSQL and a Redis, with the drill module; no web server.

with worker_stack(folder, database_url=..., redis_url=...) as stack:
    stack.run("send", ...)                     # python -m common.tests.drill.program send ...
    stack.workers[0].kill()
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CELERY = [sys.executable, "-m", "celery", "-A", "nms.celery"]
# As in docker-compose.yml.
WORKER = [*CELERY, "worker", "--pool", "threads", "--concurrency", "8", "--loglevel", "INFO"]
QUEUES = ["--queues", "critical,high,normal,low,discovery,polling"]
BEAT = [*CELERY, "beat", "--loglevel", "INFO"]
PROGRAM = "common.tests.drill.program"
READY_SECONDS = 120.0


class Process:
    """One program in a process group of its own; `log` has what it printed."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], folder: Path) -> None:
        self.name, self._command, self._environment = name, command, environment
        self._log = folder / f"{name}.log"
        self.start()

    def start(self) -> None:
        with self._log.open("ab") as stream:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def kill(self) -> None:
        """SIGKILL, as a machine that loses power would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(30)

    def stop(self, seconds: float = 15) -> None:
        if self.alive:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        self.kill()


@dataclass(slots=True)
class WorkerStack:
    folder: Path
    environment: dict[str, str]
    workers: list[Process] = field(default_factory=list)
    beat: Process | None = None

    def start_worker(self) -> Process:
        name = f"worker{len(self.workers)}"
        command = [*WORKER, *QUEUES, "--hostname", f"{name}@%h", "--without-gossip", "--without-mingle"]
        worker = Process(name, command, self.environment, self.folder)
        self.workers.append(worker)
        return worker

    def start_beat(self) -> None:
        files = ["--schedule", str(self.folder / "schedule"), "--pidfile", str(self.folder / "beat.pid")]
        self.beat = Process("beat", [*BEAT, *files], self.environment, self.folder)

    def wait_until_ready(self) -> None:
        """By the row that each worker writes; to ask it with Celery's command costs a process each time."""
        for worker in self.workers:
            row = f"SELECT 1 FROM common_workerrecord WHERE pid = {worker.pid}"
            wait_until(f"{worker.name} is ready", partial(self.query, row), READY_SECONDS)

    def begin(self, *arguments: object, module: str = PROGRAM) -> subprocess.Popen[str]:
        """Start the drill's program (common/tests/drill/program.py), or another."""
        command = [sys.executable, "-m", module, *(str(argument) for argument in arguments)]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *arguments: object, seconds: float = 300, module: str = PROGRAM) -> Any:
        """Run it to its end; what it printed, read as JSON."""
        return result_of(self.begin(*arguments, module=module), seconds)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask the database itself, at once."""
        import psycopg2

        connection = psycopg2.connect(self.environment["DATABASE_URL"])
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall())
        finally:
            connection.close()

    def stop(self) -> None:
        for process in [*self.workers, *([self.beat] if self.beat else [])]:
            process.stop(5)


def result_of(program: subprocess.Popen[str], seconds: float = 300) -> Any:
    try:
        output, errors = program.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        program.kill()
        raise
    assert program.returncode == 0, errors[-3000:]
    return json.loads(output.splitlines()[-1]) if output.strip() else None


def wait_until(what: str, true: Callable[[], object], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not so after {seconds:.0f} s")
        time.sleep(0.05)


@contextlib.contextmanager
def worker_stack(
    folder: Path, *, database_url: str, redis_url: str, workers: int = 2, beat: bool = True, **settings: str
) -> Iterator[WorkerStack]:
    """A migrated database, the workers ready; all of it gone at the end."""
    own = ("NMS_", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(own)} | {
        "DJANGO_SETTINGS_MODULE": "common.tests.drill.settings",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "NMS_DATA_DIR": str(folder / "data"),
        "NMS_SECRET_KEY": "drill-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN",
        **settings,
    }
    stack = WorkerStack(folder, environment)
    try:
        migrate = [sys.executable, "manage.py", "migrate", "--noinput", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env=environment, timeout=300, check=True)
        for _ in range(workers):
            stack.start_worker()
        if beat:
            stack.start_beat()
        stack.wait_until_ready()
        yield stack
    finally:
        stack.stop()
