"""The client of Suricata 7 and 8: its command socket, its EVE log and its rule files, all on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from api_clients.domain.health import Health
from api_clients.infrastructure.wire import Wire, WireSettings
from api_clients.security.suricata import reading
from api_clients.security.suricata.files import SuricataOptions
from api_clients.security.suricata.operations_datasets import DatasetOperations
from api_clients.security.suricata.operations_engine import EngineOperations
from api_clients.security.suricata.operations_events import EventOperations
from api_clients.security.suricata.operations_rules import RuleOperations
from api_clients.security.suricata.wire import SuricataWire


class SuricataClient(EngineOperations, EventOperations, RuleOperations, DatasetOperations):
    service = "suricata"
    schemes = ("unix",)
    Options = SuricataOptions
    examples: ClassVar[Mapping[str, Any]] = {"interface": "eth0", "variable": "max-pending-packets"}

    @classmethod
    def make_wire(cls, settings: WireSettings) -> Wire:
        return SuricataWire(settings)

    def _health(self) -> Health:
        return Health(version=self._ask("version", read=reading.text))
