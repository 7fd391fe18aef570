"""Two runs at the same time never make two devices of one box."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from common.tests.servers import PostgreSQL, postgresql  # noqa: F401 - a fixture

EXPECTED = {"devices": 20, "interfaces": 80, "endpoints": 40, "links": 20, "discovered": 40, "problems": []}


def race(database_url: str, folder: Path) -> dict[str, Any]:
    environment = {**os.environ, "NMS_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "nms.settings"}
    if database_url:
        environment["DATABASE_URL"] = database_url
    done = subprocess.run(
        [sys.executable, "-m", "nms.network_management.inventory.tests.reconcile_race"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_runs_at_the_same_time_agree_on_sqlite(tmp_path: Path) -> None:
    assert race("", tmp_path) == EXPECTED


@pytest.mark.needs("postgres", "initdb")
def test_runs_at_the_same_time_agree_on_postgresql(tmp_path: Path, postgresql: PostgreSQL) -> None:  # noqa: F811 - the fixture
    assert race(postgresql.url(), tmp_path) == EXPECTED
