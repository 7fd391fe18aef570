"""Questions to the store over REST, answered from an index."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from common.api.events.views import EventFilter
from common.application.events.publishing import publish
from common.models import StoredEvent
from common.tests.samples import Discarded, Sampled, take_samples

pytestmark = pytest.mark.django_db

URL = "/api/common/api/v1/events/"


@pytest.mark.parametrize(
    ("query", "positions"),
    [
        ({"causation_id": "event:1"}, [2, 3]),
        ({"correlation_id": "run:7"}, [3]),
        ({"causation_id": "event:9"}, []),
        ({"source": "elsewhere"}, [2, 3]),
        ({"type": "sample.discarded"}, [3]),
        ({"type": "sample.*", "after": "1", "before": "3"}, [2]),
        ({"subject": "sample:1"}, [1, 2]),
        ({"priority": "high"}, [1]),
    ],
)
def test_events_are_found_by_what_they_are(
    client_of: Callable[..., APIClient], query: dict[str, str], positions: list[int]
) -> None:
    take_samples(1, 1, urgent=True)
    with transaction.atomic():
        publish(Sampled(number=1), source="elsewhere", causation_id="event:1")
        publish(Discarded(number=2), source="elsewhere", causation_id="event:1", correlation_id="run:7")
    answer = client_of("viewer").get(URL, query).json()
    assert [event["position"] for event in answer["data"]] == positions


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ({"type": "sample.taken"}, "event_by_type"),
        ({"subject": "sample:1"}, "event_by_subject"),
        ({"source": "tests"}, "event_by_source"),
        ({"correlation_id": "run:7"}, "event_by_correlation"),
        ({"causation_id": "event:1"}, "event_by_cause"),
        ({"since": "2026-01-31T00:00:00Z"}, "event_by_time"),
    ],
)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads small tables without their indexes")
def test_no_question_reads_the_whole_store(query: dict[str, str], index: str) -> None:
    found = EventFilter(query, StoredEvent.objects.order_by()).qs
    assert index in found.explain()
