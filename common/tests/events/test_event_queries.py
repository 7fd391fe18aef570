"""Questions to the store over REST, answered from an index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
        ({"type": "*"}, [1, 2, 3]),
        ({"type": "*.discarded"}, [3]),
        ({"type": "*.*"}, [1, 2, 3]),
        ({"type": ["sample.taken", "sample.discarded"]}, [1, 2, 3]),
        ({"type": ["*.discarded", "sample.discarded"]}, [3]),
        ({"type": "message.dead"}, []),
        ({"actor": "ada"}, [3]),
        ({"actor": "bob"}, []),
        ({"subject": "sample:1"}, [1, 2]),
        ({"priority": "high"}, [1]),
        ({"priority": "critical"}, [1]),
    ],
)
def test_events_are_found_by_what_they_are(
    client_of: Callable[..., APIClient], query: dict[str, Any], positions: list[int]
) -> None:
    take_samples(1, 1, urgent=True)
    with transaction.atomic():
        publish(Sampled(number=1), source="elsewhere", causation_id="event:1")
        publish(Discarded(number=2), source="elsewhere", causation_id="event:1", correlation_id="run:7", actor="ada")
    answer = client_of("viewer").get(URL, query).json()
    assert [event["position"] for event in answer["data"]] == positions


@pytest.mark.parametrize(
    ("topic", "told"),
    [
        ("Device.*", "is not a topic"),
        ("device..x", "is not a topic"),
        ("sample.take", "Near ones: sample.taken"),
        ("smple.*", "no events of the type smple.*"),
        ("*.takn", "no events of the type *.takn"),
    ],
)
def test_a_topic_that_nothing_can_match_is_refused(client_of: Callable[..., APIClient], topic: str, told: str) -> None:
    answer = client_of("viewer").get(URL, {"type": ["sample.taken", topic]})
    assert answer.status_code == 400
    (detail,) = answer.json()["details"]
    assert detail["field"] == "type"
    assert told in detail["message"]


def test_a_type_that_is_declared_no_more_is_found_while_events_of_it_are_kept(
    client_of: Callable[..., APIClient],
) -> None:
    take_samples(1, 1)
    StoredEvent.objects.update(type="trial.retired")
    viewer = client_of("viewer")
    for topic in ("trial.retired", "trial.*", "*.retired"):
        assert viewer.get(URL, {"type": topic}).json()["meta"]["total"] == 1


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ({"type": ["sample.taken", "sample.discarded"]}, "event_by_type"),
        ({"subject": "sample:1"}, "event_by_subject"),
        ({"source": "tests"}, "event_by_source"),
        ({"correlation_id": "run:7"}, "event_by_correlation"),
        ({"causation_id": "event:1"}, "event_by_cause"),
        ({"since": "2026-01-31T00:00:00Z"}, "event_by_time"),
        ({"priority": "critical"}, "event_critical"),
    ],
)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads small tables without their indexes")
def test_no_question_reads_the_whole_store(query: dict[str, Any], index: str) -> None:
    found = EventFilter(query, StoredEvent.objects.order_by()).qs
    assert index in found.explain()
