"""The two databases that NMS runs on, each fresh and private, for benchmarks to run children on."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.table import Row
from common.tests.servers import running_postgresql
from nms.environment import BASE_DIR

Environment = dict[str, str]
_SECONDS = 900


def on_both(module: str) -> list[Row]:
    """Run `python -m MODULE NAME` on each database; it prints its rows as JSON."""
    rows = []
    with TemporaryDirectory(prefix="nms-bench-") as folder:
        rows += _run(module, "SQLite", {"NMS_DATA_DIR": folder})
    with TemporaryDirectory(prefix="nms-bench-") as folder, postgresql() as url:
        rows += _run(module, "PostgreSQL", {"NMS_DATA_DIR": folder, "DATABASE_URL": url})
    return rows


def print_rows(rows: list[Row]) -> None:
    json.dump([asdict(row) for row in rows], sys.stdout)


def _run(module: str, name: str, environment: Environment) -> list[Row]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("NMS_", "DATABASE_", "REDIS_"))}
    done = subprocess.run(
        [sys.executable, "-m", module, name],
        env={**inherited, **environment, "DJANGO_SETTINGS_MODULE": "nms.settings", "NMS_LOG_LEVEL": "ERROR"},
        cwd=BASE_DIR,
        stdout=subprocess.PIPE,
        timeout=_SECONDS,
        check=True,
    )
    return [Row(**row) for row in json.loads(done.stdout)]


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL with its default durability (fsync on), since that is what it costs in use."""
    programs = _programs()
    with running_postgresql(initdb=f"{programs}/initdb", postgres=f"{programs}/postgres", durable=True) as server:
        yield server.url()


def _programs() -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not installed:
        raise FileNotFoundError("initdb is not installed; on Debian it comes with the package postgresql")
    return installed[-1].parent
