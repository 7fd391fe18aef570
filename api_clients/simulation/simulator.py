"""What every simulated service has: a memory of what it was asked, and faults to meet."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Generic, TypeVar

from api_clients.simulation.faults import Fault

Asked = TypeVar("Asked")


class Simulator(Generic[Asked]):
    """`received` remembers every request."""

    def __init__(self) -> None:
        self.received: list[Asked] = []
        self._fault: Fault | None = None
        self._lock = threading.Lock()

    def inject(self, fault: Fault) -> None:
        """Fail in this way from now on, instead of any fault before."""
        with self._lock:
            self._fault = fault

    def clear(self) -> None:
        with self._lock:
            self._fault = None

    def take(self, received: Asked) -> Fault | None:
        """Note a request and return the fault it meets."""
        with self._lock:
            self.received.append(received)
            fault = self._fault
            if fault is not None and fault.times is not None:
                self._fault = replace(fault, times=fault.times - 1) if fault.times > 1 else None
            return fault
