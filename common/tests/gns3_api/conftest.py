"""REST and consoles on real servers of both versions, asked as people with roles would ask."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from api_clients.network.gns3.tests.servers import GNS3_VERSIONS, Gns3Server, _module_gns3, gns3_server
from common.tests.gns3.conftest import Use, use_servers
from common.tests.gns3.outside import Lab

__all__ = ["_module_gns3", "gns3_server", "use_servers"]

ROOT = "/api/common/api/gns3-central/"


@pytest.fixture(params=GNS3_VERSIONS)
def server(request: pytest.FixtureRequest, gns3_server: Callable[[str], Gns3Server], use_servers: Use) -> Gns3Server:
    """A real server of each version, configured as `main`."""
    running = gns3_server(request.param)
    use_servers(main=running)
    return running


@pytest.fixture
def lab(server: Gns3Server) -> Lab:
    """Hosts A and B at a switch S, made from outside, stopped."""
    return Lab(server, "campus")
