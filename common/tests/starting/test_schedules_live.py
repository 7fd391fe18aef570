"""Schedules and triggers in real processes: one hub, then workers and two beats of which some are killed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import requests

from api_clients.tests.servers import running_redis
from common.tests.hub_process import HubProcess
from common.tests.servers import PostgreSQL
from common.tests.worker_stack import BEAT, Process, wait_until, worker_stack

HUB = "/api/common/api/v1/hub"

pytestmark = pytest.mark.slow


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubProcess]:
    process = HubProcess(tmp_path)
    yield process
    process.kill()


def test_the_clock_and_events_start_workflows_in_one_process(hub: HubProcess) -> None:
    hub.wait_for(rf"NMS serves at {hub.url}/", 90)
    password = hub.wait_for(r"Password: (\S+)").group(1)
    session = requests.Session()
    answer = session.post(f"{hub.url}/api/auth/token/", json={"username": "admin", "password": password}, timeout=30)
    session.headers["Authorization"] = f"Bearer {answer.json()['access']}"

    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        made = session.post(f"{hub.url}{HUB}/{path}/", json=body, timeout=30)
        assert made.status_code in {201, 202}, made.text
        return dict(made.json())

    def runs(**wanted: str) -> list[dict[str, Any]]:
        found = session.get(
            f"{hub.url}{HUB}/workflow-runs/", params={"state": "succeeded", "page_size": "1000", **wanted}, timeout=30
        )
        return list(found.json()["data"])

    schedule = post("schedules", {"name": "often", "workflow": "topology_update", "interval_seconds": 1})
    post(
        "triggers",
        {
            "name": "after",
            "topics": ["workflow.succeeded"],
            "condition": "event.data.workflow == 'topology_update'",
            "workflow": "incident_response",
            "input": {"subject": "${event.subject}"},
        },
    )
    wait_until("scheduled runs succeed", lambda: len(runs(actor="schedule:often")) >= 3, 120)
    wait_until("the trigger follows them", lambda: len(runs(actor="trigger:after")) >= 2, 120)
    session.patch(f"{hub.url}{schedule['url']}", json={"enabled": False}, timeout=30)
    scheduled = {run["id"]: run for run in runs(actor="schedule:often")}
    follower = runs(actor="trigger:after")[-1]
    cause = int(follower["input"]["subject"].partition(":")[2])
    assert follower["correlation_id"] == scheduled[cause]["correlation_id"]
    assert session.get(f"{hub.url}{schedule['url']}", timeout=30).json()["next_at"] is None


@pytest.mark.needs("postgres", "initdb", "redis-server")
def test_two_beats_and_a_killed_worker_start_each_time_once(tmp_path: Path, postgresql: PostgreSQL) -> None:
    url = postgresql.fresh_database("schedules")
    with (
        running_redis(tmp_path) as redis,
        worker_stack(tmp_path, database_url=url, redis_url=redis.url) as stack,
    ):
        own = ["--schedule", str(tmp_path / "second"), "--pidfile", str(tmp_path / "second.pid")]
        second = Process("beat2", [*BEAT, *own], stack.environment, tmp_path)
        try:
            _note_every_move(url)
            began = time.monotonic()
            _schedule_every_second(url)
            wait_until("it is started", lambda: len(_starts(url)) >= 4, 90)
            stack.workers[0].kill()
            assert stack.beat is not None
            stack.beat.kill()
            before = len(_starts(url))
            wait_until("it goes on with one worker and one beat", lambda: len(_starts(url)) >= before + 4, 90)
        finally:
            second.stop(5)
    starts, passed = len(_starts(url)), time.monotonic() - began
    assert starts <= passed + 3, "one for each second"
    assert _counted(url) == starts
    moves = _query(url, "SELECT since, until FROM moves")
    assert len({since for since, _ in moves}) == len(moves) == starts, "one for each time that was due"
    assert all(since < until for since, until in moves)


def _note_every_move(url: str) -> None:
    """Let the database write down which time of a schedule gave way to which other."""
    _query(
        url,
        "CREATE TABLE moves (since timestamptz, until timestamptz);"
        " CREATE FUNCTION note_move() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN INSERT INTO moves VALUES (OLD.next_at, NEW.next_at); RETURN NEW; END';"
        " CREATE TRIGGER note_move AFTER UPDATE ON common_schedule FOR EACH ROW EXECUTE FUNCTION note_move()",
    )


def _schedule_every_second(url: str) -> None:
    _query(
        url,
        "INSERT INTO common_schedule (name, enabled, workflow, task, input, created_by, created_at, started_count,"
        " last_error, crontab, timezone, interval_seconds, next_at)"
        " VALUES ('often', true, 'topology_update', '', %s, 'ada', now(), 0, '', '', 'UTC', 1, now())",
        json.dumps({}),
    )


def _starts(url: str) -> list[Any]:
    """Each run of the schedule."""
    return _query(url, "SELECT id FROM common_workflowrun WHERE actor = 'schedule:often'")


def _counted(url: str) -> int:
    return int(_query(url, "SELECT started_count FROM common_schedule")[0][0])


def _query(url: str, statement: str, *values: Any) -> list[Any]:
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()
