"""Run tests that were written for any database once more, on PostgreSQL, in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from common.tests.servers import PostgreSQL

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 900  # of two cores that other tests use as well


def run_on_postgresql(server: PostgreSQL, *files: str, but: str = "") -> None:
    """Fail with the output of the tests in `files`; those that name a database themselves are left out, and those with
    `but` in their names.
    """
    left_out = " and ".join(f"not {word}" for word in ("postgresql", "sqlite", but) if word)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files),
            *("--ds", "common.tests.settings_on_postgresql", "-k", left_out),
        ],
        cwd=ROOT,
        env={**os.environ, "NMS_TEST_DATABASE_URL": server.fresh_database("tests")},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
