"""Every operation answers its example, and what the simulator writes is what Suricata's own schema says."""

from __future__ import annotations

import json

import jsonschema
import pytest

from api_clients.domain.operation import Operation, example_of, operations_of
from api_clients.security.suricata.client import SuricataClient
from api_clients.security.suricata.simulated import EVENTS
from api_clients.security.suricata.simulator import make_simulator
from api_clients.tests.connected import client_of
from api_clients.tests.contracts import contract_file


@pytest.mark.parametrize("described", operations_of(SuricataClient), ids=lambda item: item.name)
def test_every_operation_answers_its_example(described: Operation) -> None:
    client = client_of(SuricataClient, make_simulator())
    getattr(client, described.name)(**example_of(SuricataClient, described))


@pytest.mark.parametrize("version", ["7.0", "8.0"])
def test_the_simulators_events_are_of_the_schema(version: str) -> None:
    schema = json.loads(contract_file(f"suricata/schema-main-{version}.x.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    for event in EVENTS:
        problems = [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(event)]
        assert problems == []
