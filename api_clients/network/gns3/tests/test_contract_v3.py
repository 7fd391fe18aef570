"""The real server 3.0.6 keeps the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from api_clients.network.gns3.tests.contract import Gns3Contract, Rig
from api_clients.network.gns3.tests.fake_server import connected
from api_clients.network.gns3.tests.servers import Gns3Server


@pytest.mark.needs("gns3-server", "vpcs")
@pytest.mark.slow
class TestServer3(Gns3Contract):
    @pytest.fixture
    def rig(self, gns3_server: Callable[[str], Gns3Server]) -> Iterator[Rig]:
        server = gns3_server("3.0.6")
        rig = Rig(None, server.url, "v3", server.login)  # type: ignore[arg-type]
        with connected(
            server.url, credentials=rig.credentials, read_timeout_seconds=20, deadline_seconds=60
        ) as rig.client:
            yield rig
