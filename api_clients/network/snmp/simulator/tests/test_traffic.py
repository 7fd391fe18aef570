from __future__ import annotations

import time
from itertools import pairwise

import pytest

from api_clients.network.snmp.simulator.standard.traffic import Traffic


def test_counters_never_fall_and_keep_their_mean_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    traffic = Traffic(in_octets_rate=1000.0, out_octets_rate=10.0, phase=2.0)
    readings = []
    for _ in range(1200):
        readings.append(traffic.in_octets())
        now += 1.0
    assert all(later > earlier for earlier, later in pairwise(readings))
    assert traffic.in_octets() == pytest.approx(1_200_000, rel=0.01)  # four whole waves


def test_counters_rest_while_the_interface_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    traffic = Traffic(in_octets_rate=1000.0, out_octets_rate=10.0)
    now += 10
    traffic.stop()
    reading = traffic.in_octets()
    now += 100
    assert traffic.in_octets() == reading > 0
    traffic.resume()
    now += 10
    assert traffic.in_octets() > reading
