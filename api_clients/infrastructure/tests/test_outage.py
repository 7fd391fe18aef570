from __future__ import annotations

import structlog

from api_clients.infrastructure.clock import ManualClock
from api_clients.infrastructure.outage import Outage


def test_an_outage_is_logged_at_its_beginning_and_at_its_end_however_often_it_is_met() -> None:
    clock = ManualClock()
    outage = Outage("redis", clock=clock, pause_seconds=2.0)
    with structlog.testing.capture_logs() as lines:
        for _ in range(5):
            outage.begin(OSError("gone"))
            clock.advance(3.0)
        outage.end()
        outage.end()
    assert [line["event"] for line in lines] == ["outage_began", "outage_ended"]
    assert lines[1]["seconds"] == 15.0


def test_while_it_lasts_one_caller_at_a_time_tries_anew() -> None:
    clock = ManualClock()
    outage = Outage("redis", clock=clock, pause_seconds=2.0)
    assert not outage.is_on()
    outage.begin(OSError("gone"))
    assert outage.is_on()
    clock.advance(2.1)
    assert [outage.is_on() for _ in range(3)] == [False, True, True]
    outage.end()
    assert not outage.is_on()
