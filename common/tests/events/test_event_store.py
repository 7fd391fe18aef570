"""The promise of positions: who has read up to one never finds an earlier one later, on both databases."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pydantic import ValidationError

from common.application.events.publishing import publish
from common.domain.events import Event, EventTypeInvalid, event_types
from common.infrastructure.events import event_store
from common.models import EventCounter, StoredEvent
from common.tests.samples import Sampled, take_samples
from common.tests.servers import PostgreSQL

RACE = Path(__file__).with_name("position_race.py")


def race(database_url: str, folder: Path) -> dict[str, int]:
    """Run the race in a process of its own on the given database (SQLite in `folder` without one)."""
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    environment |= {"NMS_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "nms.settings"}
    if database_url:
        environment["DATABASE_URL"] = database_url
    done = subprocess.run(
        [sys.executable, "-m", "common.tests.events.position_race"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        cwd=RACE.parents[3],
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, int] = json.loads(done.stdout)
    return result


def test_positions_never_appear_late_on_sqlite(tmp_path: Path) -> None:
    assert race("", tmp_path) == {"late": 0, "missing": 0, "events": 240, "wrong_order": 0}


@pytest.mark.needs("postgres", "initdb")
def test_positions_never_appear_late_on_postgresql(tmp_path: Path, postgresql: PostgreSQL) -> None:
    assert race(postgresql.url(), tmp_path) == {"late": 0, "missing": 0, "events": 240, "wrong_order": 0}


@pytest.mark.django_db(transaction=True)
def test_publishing_outside_a_transaction_is_refused() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        publish(Sampled(number=1), source="tests")
    assert event_store.last_position() == 0


@pytest.mark.django_db
def test_a_rollback_returns_its_positions() -> None:
    take_samples(1, 2)
    with transaction.atomic():
        take_samples(3, 9)
        transaction.set_rollback(True)
    take_samples(10, 10)
    assert [envelope.position for envelope in event_store.read_after(0, limit=10)] == [1, 2, 3]


@pytest.mark.django_db
def test_a_thousand_events_take_a_handful_of_statements() -> None:
    take_samples(1, 1)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        take_samples(2, 1001)
    assert len(queries) <= 4  # the savepoint, the counter, the events
    assert event_store.last_position() == 1001


@pytest.mark.django_db
def test_a_lost_counter_goes_on_behind_the_newest_event() -> None:
    take_samples(1, 5)
    EventCounter.objects.all().delete()
    take_samples(6, 6)
    assert StoredEvent.objects.order_by("-position").values_list("position", flat=True)[0] == 6


@pytest.mark.django_db
def test_the_store_keeps_who_did_it_and_what_belongs_together() -> None:
    with transaction.atomic():
        publish(Sampled(number=1, urgent=True), source="tests", actor="ada", correlation_id="run:7")
    (envelope,) = event_store.read_after(0, limit=10)
    assert (envelope.actor, envelope.correlation_id, envelope.priority) == ("ada", "run:7", "critical")


def test_an_event_refuses_fields_that_it_does_not_declare() -> None:
    with pytest.raises(ValidationError):
        Sampled(number=1, colour="red")  # type: ignore[call-arg] # the mistake under test


def test_an_event_type_cannot_be_declared_twice() -> None:
    with pytest.raises(EventTypeInvalid, match=r"sample\.taken is declared by"):

        class Other(Event):
            type = "sample.taken"

    assert event_types()["sample.taken"] is Sampled


@pytest.mark.parametrize("name", ["sample", "Sample.taken", "sample..taken", "sample.taken ", "sample.*"])
def test_an_event_type_is_two_lower_case_words_or_more(name: str) -> None:
    with pytest.raises(EventTypeInvalid):
        type("Odd", (Event,), {"type": name, "__module__": __name__, "__qualname__": "Odd"})
