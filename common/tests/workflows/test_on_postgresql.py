"""The same runs on PostgreSQL."""

from __future__ import annotations

import pytest

from common.tests.on_postgresql import run_on_postgresql
from common.tests.servers import PostgreSQL

FOLDER = "common/tests/workflows"


@pytest.mark.needs("postgres", "initdb")
@pytest.mark.slow
@pytest.mark.parametrize("name", ["test_runs", "test_lists", "test_control"])
def test_runs_do_the_same_on_postgresql(postgresql: PostgreSQL, name: str) -> None:
    run_on_postgresql(postgresql, f"{FOLDER}/{name}.py")
