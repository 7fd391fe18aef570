"""The contract, over netlink and the tc program on the real kernel, and in process.

A kernel does not refuse connections or fall silent, but the tc program that it is asked through can: one that fails
stands in its place.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from api_clients.domain.errors import Unreachable
from api_clients.qos.traffic_control.client import TrafficControlClient, TrafficControlOptions
from api_clients.qos.traffic_control.simulator import TrafficControlSimulator
from api_clients.qos.traffic_control.tests.lab import INTERFACE, FailingTc, Lab, a_lab
from api_clients.simulation import HttpSimulator, close
from api_clients.tests.contract import Rig, ServiceContract

HERE = f"nms-tc-left-{os.getpid()}"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with a_lab() as lab:
        lab.tc("qdisc", "add", "dev", INTERFACE, "root", "handle", "1:", "htb")
        lab.tc(*f"class add dev {INTERFACE} parent 1: classid 1:10 htb rate 5mbit".split())
        yield lab


@pytest.mark.needs("ip")
@pytest.mark.root
class TestTrafficControl(ServiceContract):
    client_class = TrafficControlClient
    failing = close()
    silence_seconds = 1.0  # for two programs to start, a shell and tc
    no_status = "the kernel knows no HTTP status; what the words of tc become is tested in test_program.py"

    @pytest.fixture(autouse=True)
    def _with_a_program(self, tmp_path: Path, lab: Lab) -> None:
        self.lab = lab
        self.program = FailingTc(tmp_path)
        self.options = TrafficControlOptions(tc_program=str(self.program.path))

    def make_simulator(self) -> TrafficControlSimulator:
        return TrafficControlSimulator(namespace=HERE)

    def make_empty_simulator(self) -> TrafficControlSimulator:
        return TrafficControlSimulator(namespace=HERE, is_empty=True)

    def call(self, client: Any) -> Any:
        return client.filters(INTERFACE, HERE)

    def is_empty(self, answer: Any) -> bool:
        return answer == ()

    @contextmanager
    def serve(self, simulator: HttpSimulator) -> Iterator[tuple[FailingTc, FailingTc]]:
        assert isinstance(simulator, TrafficControlSimulator)
        place = f"dev {INTERFACE} parent 1: protocol ip prio 5"
        if not simulator.is_empty:
            self.lab.tc(*f"filter add {place} u32 match ip dport 80 0xffff flowid 1:10".split())
        try:
            yield self.program, self.program
        finally:
            if not simulator.is_empty:
                self.lab.tc(*f"filter del {place}".split())

    def test_a_refused_connection_is_unreachable(self, rig: Rig) -> None:
        if rig.server is None:
            super().test_a_refused_connection_is_unreachable(rig)
            return
        rig.go_down()
        with pytest.raises(Unreachable, match="program tc cannot be run: No such file"):
            self.call(rig.client)
