"""Messages in the one process of the embedded mode, over REST: sent, delivered, and not lost with the process."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import requests

from common.tests.hub_process import HubProcess
from common.tests.worker_stack import wait_until

pytestmark = pytest.mark.slow

DRILL = {"DJANGO_SETTINGS_MODULE": "common.tests.drill.settings"}
MESSAGES = 60
# So long that all are sent before the first is delivered; every other comes later than the hub can live after that.
DELAY_SECONDS, LATER_SECONDS = 4.0, 7.0


def signed_in(hub: HubProcess, password: str) -> requests.Session:
    session = requests.Session()
    credentials = {"username": "admin", "password": password}
    answer = session.post(f"{hub.url}/api/auth/token/", json=credentials, timeout=60)
    answer.raise_for_status()
    session.headers["Authorization"] = f"Bearer {answer.json()['access']}"
    return session


def send(session: requests.Session, hub: HubProcess, key: str, type: str, delay_seconds: float) -> None:
    body = {"recipient": "drill", "type": type, "body": {"key": key}, "delay_seconds": delay_seconds}
    url = f"{hub.url}/api/common/api/v1/hub/messages/send/"
    assert session.post(url, json=body, headers={"Idempotency-Key": key}, timeout=60).status_code == 202


def records(folder: Path) -> list[str]:
    database = sqlite3.connect(f"file:{folder / 'nms.sqlite3'}?mode=ro", uri=True, timeout=60)
    try:
        return [row[0] for row in database.execute("SELECT key FROM drill_drillrecord")]
    finally:
        database.close()


def test_a_hub_that_is_killed_in_a_burst_delivers_each_message_once_after_its_restart(tmp_path: Path) -> None:
    hub = HubProcess(tmp_path, **DRILL)
    try:
        password = hub.wait_for(r"Password: (\S+)", 90).group(1)
        hub.wait_for("NMS serves at", 90)
        session = signed_in(hub, password)
        for number in range(MESSAGES):
            send(session, hub, f"e{number}", "drill.linger", LATER_SECONDS if number % 2 else DELAY_SECONDS)
        wait_until("some are delivered", lambda: records(tmp_path))
        hub.kill()
        assert len(records(tmp_path)) < MESSAGES, "it was killed too late to show anything"
    finally:
        hub.kill()
    again = HubProcess(tmp_path, **DRILL)
    try:
        again.wait_for("NMS serves at", 90)
        wait_until("all are delivered", lambda: len(records(tmp_path)) >= MESSAGES, 120)
        assert sorted(records(tmp_path)) == sorted(f"e{number}" for number in range(MESSAGES))
    finally:
        again.kill()
