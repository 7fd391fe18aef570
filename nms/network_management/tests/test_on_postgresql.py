"""What depends on locks and on the order of commits, once more on PostgreSQL."""

from __future__ import annotations

import pytest

from common.tests.on_postgresql import run_on_postgresql
from common.tests.servers import PostgreSQL, postgresql  # noqa: F401 - a fixture

MODULE = "nms/network_management"
FILES = (
    f"{MODULE}/discovery/tests/test_record.py",
    f"{MODULE}/discovery/tests/test_workflow.py",
    f"{MODULE}/equipment/tests/test_recording.py",
    f"{MODULE}/equipment/tests/test_following.py",
    f"{MODULE}/tests/test_module.py",
    f"{MODULE}/tests/test_projections.py",
)


@pytest.mark.slow
@pytest.mark.needs("postgres", "initdb")
def test_runs_and_projections_hold_on_postgresql(postgresql: PostgreSQL) -> None:  # noqa: F811
    run_on_postgresql(postgresql, *FILES)
