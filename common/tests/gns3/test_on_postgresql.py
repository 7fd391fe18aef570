"""What must hold on any database holds on PostgreSQL."""

import pytest

from common.tests.on_postgresql import run_on_postgresql
from common.tests.servers import PostgreSQL

FILES = ("test_cache_real.py", "test_listener_real.py", "test_actions_real.py", "test_faults_simulated.py")


@pytest.mark.slow
@pytest.mark.needs("postgres", "initdb", "gns3-server", "vpcs")
@pytest.mark.parametrize("file", FILES)
def test_on_postgresql(file: str, postgresql: PostgreSQL) -> None:
    run_on_postgresql(postgresql, f"common/tests/gns3/{file}")


@pytest.mark.slow
@pytest.mark.needs("postgres", "initdb", "gns3-server", "vpcs")
def test_races_on_postgresql(postgresql: PostgreSQL) -> None:
    run_on_postgresql(postgresql, "common/tests/gns3/test_races_real.py")
