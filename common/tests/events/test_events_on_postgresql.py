"""Distribution, projections and queries on PostgreSQL, and workers that die while they hand out events."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from common.tests.on_postgresql import ROOT, run_on_postgresql
from common.tests.servers import PostgreSQL

pytestmark = pytest.mark.needs("postgres", "initdb")


def test_distribution_and_projections_hold_on_postgresql(postgresql: PostgreSQL) -> None:
    files = ("test_distribution", "test_projections", "test_event_queries", "test_event_store")
    in_modules = "common/tests/modules/test_module_events.py"
    run_on_postgresql(postgresql, in_modules, *(f"common/tests/events/{name}.py" for name in files))


def test_workers_that_are_killed_lose_no_event_and_hand_none_out_twice_inside_a_transaction(
    tmp_path: Path, postgresql: PostgreSQL
) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "common.tests.events.distribution_race"],
        env={
            **environment,
            "DJANGO_SETTINGS_MODULE": "common.tests.drill.settings",
            "DATABASE_URL": postgresql.fresh_database("distribution"),
            "NMS_DATA_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout)
    assert result["events"] > 200, "fewer are no race"
    assert result["killed"] >= 5
    assert (result["inside_wrong"], result["outside_missing"], result["outside_late"]) == (False, 0, 0)
