"""Projects that change faster than they can be read: nobody can say now, and another try may."""

from __future__ import annotations

import pytest

from api_clients.network.gns3.simulator import Gns3Simulator, draw_campus, serve_gns3
from common.application.gns3 import central, observing
from common.application.modules.capabilities import call_capability
from common.domain.errors import Unavailable
from common.domain.modules import Call, CapabilityFailed
from common.tests.gns3.conftest import Use
from common.tests.gns3.test_faults_simulated import Simulated

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("overtaken", ["record", "record_projects"])
def test_a_reading_that_is_always_overtaken_may_be_tried_again(
    overtaken: str, use_servers: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator = Gns3Simulator("v2")
    project = draw_campus(simulator, 1)
    with serve_gns3(simulator) as server:
        use_servers(main=Simulated(simulator, server.url))
        central.projects("main")
        monkeypatch.setattr(observing, overtaken, lambda *args, **options: None)
        with pytest.raises(Unavailable) as busy:
            central.refresh("main", project.project_id if overtaken == "record" else None)
        assert busy.value.code == "gns3_busy"
        with pytest.raises(CapabilityFailed) as failed:
            call_capability("gns3.sync_topology", {}, Call())
    assert (failed.value.code, failed.value.retryable) == ("gns3_busy", True)
