"""What must hold on any database holds on PostgreSQL."""

import pytest

from common.tests.on_postgresql import run_on_postgresql
from common.tests.servers import PostgreSQL


@pytest.mark.slow
@pytest.mark.needs("postgres", "initdb", "gns3-server", "vpcs")
@pytest.mark.parametrize("file", ["test_listener_real.py", "test_races_real.py"])
def test_on_postgresql(file: str, postgresql: PostgreSQL) -> None:
    # What depends on the database does not depend on the version of GNS3.
    run_on_postgresql(postgresql, f"common/tests/gns3/{file}", but="2.2.54")
