"""How busy a device is: a load and a memory use that wander slowly, each device in its own way."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from api_clients.network.snmp.wire import ber
from nms.network_management.lab.mib.view import DeviceView

_WAVE_SECONDS = 120.0


def load_percent(view: DeviceView) -> int:
    phase = view.device.number * 0.7
    mean = 10 + view.device.number * 7 % 30
    return round(mean + mean / 2 * math.sin(2 * math.pi * time.monotonic() / _WAVE_SECONDS + phase))


def used_bytes(view: DeviceView) -> int:
    share = 0.3 + view.device.number * 11 % 40 / 100
    return int(view.device.platform.memory_bytes * share * (1 + load_percent(view) / 2000))


def gauge(read: Callable[[], int]) -> Callable[[], bytes]:
    """A Gauge32 read at each request."""
    return lambda: ber.gauge32(read())


def number(read: Callable[[], int]) -> Callable[[], bytes]:
    """An INTEGER read at each request."""
    return lambda: ber.integer(read())
