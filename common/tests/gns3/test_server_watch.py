"""What a watch does when something of ours fails beside it: nothing that was heard is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import OperationalError

from api_clients.domain.errors import Unreachable
from api_clients.domain.values import Stream
from api_clients.network.gns3.notifications import Notifications
from api_clients.network.gns3.simulator import Gns3Simulator, serve_gns3
from api_clients.network.gns3.values import Version
from common.application.gns3 import central, server_link
from common.application.gns3.server_watch import ServerWatch
from common.tests.gns3.conftest import Use
from common.tests.gns3.outside import until
from common.tests.gns3.test_faults_simulated import Simulated

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def become_healthy(use_servers: Use) -> Iterator[Callable[[], None]]:
    """Watch a server until it is known to be there."""
    with serve_gns3(Gns3Simulator("v2")) as server:
        use_servers(main=Simulated(Gns3Simulator("v2"), server.url))
        watch = ServerWatch("main")

        def watched() -> None:
            watch.start()
            until(lambda: central.status().status == "healthy", told_by=central.status)

        yield watched
        watch.stop()


@pytest.mark.parametrize("failure", [OperationalError("database is locked"), Unreachable("the answer was lost")])
def test_a_server_that_cannot_be_greeted_when_it_connects_is_greeted_later(
    become_healthy: Callable[[], None], failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures, record = [failure, failure], server_link.record_reachable

    def failing(server: str, version: Version) -> None:
        if failures:
            raise failures.pop()
        record(server, version)

    monkeypatch.setattr(server_link, "record_reachable", failing)
    become_healthy()
    assert not failures


def test_a_stream_whose_reader_broke_is_read_by_another(
    become_healthy: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    defects, open_stream = [RuntimeError("a defect")], Notifications._open

    def breaking(notifications: Notifications) -> Stream | None:
        if defects:
            raise defects.pop()
        return open_stream(notifications)

    monkeypatch.setattr(Notifications, "_open", breaking)
    become_healthy()
    assert not defects
