"""On PostgreSQL, where writers really run side by side."""

from __future__ import annotations

import pytest

from common.tests.on_postgresql import run_on_postgresql
from common.tests.servers import PostgreSQL

TESTS = (
    "test_looks.py",
    "test_healing.py::test_workers_that_heal_at_once_restart_once",
    "test_healing.py::test_looks_that_end_at_once_tell_an_outage_once",
    "test_healing.py::test_what_stays_dead_is_restarted_no_more_often_than_the_policy_says",
    "test_healing.py::test_many_policies_are_written_by_as_many_statements_as_few",
    "test_discovery.py::test_two_who_accept_at_once_write_once",
    "test_discovery.py::test_two_discoveries_that_find_the_same_at_once_write_one_row",
    "test_discovery.py::test_what_was_accepted_and_has_left_the_file_is_proposed_anew",
)


@pytest.mark.slow
@pytest.mark.needs("postgres", "initdb")
def test_looks_healing_and_proposals_hold_on_postgresql_too(postgresql: PostgreSQL) -> None:
    run_on_postgresql(postgresql, *(f"common/tests/services/{name}" for name in TESTS))
