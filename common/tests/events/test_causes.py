"""What is published on somebody's behalf names them, though the publisher did not."""

from __future__ import annotations

import pytest
from django.db import transaction
from pydantic import BaseModel, ConfigDict

from common.application.events.publishing import publish
from common.application.modules.capabilities import call_capability
from common.domain.modules import Call, Capability, Module
from common.models import StoredEvent
from common.tests.modules.module_samples import registered
from common.tests.samples import Sampled

pytestmark = pytest.mark.django_db
CALL = Call(actor="ada", correlation_id="undertaking", causation_id="run:7:step:sample")


class Nothing(BaseModel):
    model_config = ConfigDict(extra="forbid")


def sample(input: Nothing, call: Call) -> Nothing:
    with transaction.atomic():
        publish(Sampled(number=1), source="sampler")
        publish(Sampled(number=2), source="sampler", actor="cron", correlation_id="own", causation_id="own:1")
    return input


SAMPLER = Module("sampler", "1.0", "Samples.", (Capability("sampler.sample", sample, Nothing, Nothing, "Sample."),))


def test_what_a_capability_publishes_names_its_call_unless_it_says_otherwise() -> None:
    with registered(SAMPLER):
        call_capability("sampler.sample", {}, CALL)
    rows = StoredEvent.objects.filter(source="sampler").values_list("actor", "correlation_id", "causation_id")
    assert list(rows) == [("ada", "undertaking", "run:7:step:sample"), ("cron", "own", "own:1")]


def test_after_the_call_nothing_is_left_of_it() -> None:
    with registered(SAMPLER):
        call_capability("sampler.sample", {}, CALL)
    with transaction.atomic():
        publish(Sampled(number=3), source="later")
    row = StoredEvent.objects.get(source="later")
    assert (row.actor, row.correlation_id, row.causation_id) == ("", "", "")
