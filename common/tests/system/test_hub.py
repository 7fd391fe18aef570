"""`manage.py hub`: the one process a newcomer runs, started and stopped for real."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from api_clients.tests.servers import RedisServer, free_port
from common.tests.hub_process import HubProcess


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubProcess]:
    process = HubProcess(tmp_path)
    yield process
    process.kill()


def sign_in(hub: HubProcess, password: str) -> str:
    answer = requests.post(f"{hub.url}/api/auth/token/", json={"username": "admin", "password": password}, timeout=60)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access"])


def test_a_newcomer_signs_in_listens_and_leaves(hub: HubProcess, tmp_path: Path) -> None:
    hub.wait_for(rf"NMS serves at {hub.url}/")
    password = hub.wait_for(r"Password: (\S+)").group(1)
    token = sign_in(hub, password)
    assert requests.get(f"{hub.url}/health/", timeout=60).json()["status"] == "ok"
    me = requests.get(f"{hub.url}/api/auth/me/", headers={"Authorization": f"Bearer {token}"}, timeout=60)
    assert me.json()["role"] == "admin"
    with connect(
        f"ws://127.0.0.1:{hub.port}/ws/events/",
        additional_headers={"Authorization": f"Bearer {token}"},
        open_timeout=60,
    ) as ws:
        assert json.loads(ws.recv(timeout=60))["type"] == "welcome"
        stopping = time.monotonic()
        hub.send(signal.SIGINT)
        with pytest.raises(ConnectionClosed):
            ws.recv(timeout=60)
    assert hub.wait(60) == 0
    assert time.monotonic() - stopping < 40
    assert hub.output.rstrip().endswith("Stopped.")
    assert "Traceback" not in hub.output
    assert hub.survivors() == []
    with sqlite3.connect(tmp_path / "nms.sqlite3") as database:
        stored = database.execute("SELECT password FROM auth_user WHERE username = 'admin'").fetchone()[0]
    assert stored.startswith("pbkdf2_")
    assert password not in stored


def test_a_second_start_keeps_the_password_to_itself(hub: HubProcess, tmp_path: Path) -> None:
    password = hub.wait_for(r"Password: (\S+)").group(1)
    hub.send(signal.SIGTERM)
    assert hub.wait(60) == 0
    again = HubProcess(tmp_path)
    try:
        again.wait_for("NMS serves at")
        answer = requests.get(f"{again.url}/health/", timeout=60)
        assert answer.status_code == 200
        assert "Password" not in again.output
        sign_in(again, password)
    finally:
        again.kill()


def test_a_taken_port_is_said_plainly(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        hub = HubProcess(tmp_path, port=port)
        try:
            assert hub.wait(90) == 1
        finally:
            hub.kill()
    assert f"Port {port} on 127.0.0.1 is taken" in hub.output
    assert "Traceback" not in hub.output


def test_an_interrupt_before_it_serves_leaves_no_traceback(tmp_path: Path) -> None:
    hub = HubProcess(tmp_path)
    try:
        deadline = time.monotonic() + 90
        while not (tmp_path / "nms.sqlite3").exists() and time.monotonic() < deadline:
            time.sleep(0.005)
        hub.send(signal.SIGINT)
        hub.wait(60)
    finally:
        hub.kill()
    assert "Traceback" not in hub.output
    assert hub.survivors() == []


@pytest.mark.needs("redis-server")
def test_with_redis_workers_run_apart(tmp_path: Path) -> None:
    redis = RedisServer(tmp_path)
    redis.start()
    hub = HubProcess(tmp_path, REDIS_URL=redis.url)
    try:
        hub.wait_for("Workers run apart")
        checks = requests.get(f"{hub.url}/health/", timeout=60).json()["checks"]
        assert (checks["broker"]["detail"], checks["cache"]["detail"]) == ("redis", "redis")
        redis.stop()
        answer = requests.get(f"{hub.url}/health/", timeout=60)
        assert answer.status_code == 503
        failing = {name for name, check in answer.json()["checks"].items() if not check["ok"]}
        assert failing == {"broker", "cache"}
        hub.send(signal.SIGTERM)
        assert hub.wait(60) == 0
    finally:
        hub.kill()
        redis.stop()
    assert "Traceback" not in hub.output


def test_a_redis_that_is_away_at_the_start_is_told_at_once_and_waited_for(tmp_path: Path) -> None:
    hub = HubProcess(tmp_path, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    try:
        hub.wait_for("NMS serves at")
        hub.wait_for(r"Warning: Redis \(REDIS_URL\) is unreachable\. .*/health/ tells")
        assert requests.get(f"{hub.url}/health/", timeout=60).status_code == 503
        assert requests.get(f"{hub.url}/health/ready/", timeout=60).status_code == 200
        hub.send(signal.SIGTERM)
        assert hub.wait(60) == 0
    finally:
        hub.kill()
    assert "Traceback" not in hub.output


@pytest.mark.needs("redis-server")
def test_a_redis_that_is_there_is_no_news(tmp_path: Path) -> None:
    redis = RedisServer(tmp_path)
    redis.start()
    hub = HubProcess(tmp_path, REDIS_URL=redis.url)
    try:
        hub.wait_for("Workers run apart")
    finally:
        hub.kill()
        redis.stop()
    assert "Warning" not in hub.output


def test_a_broken_configuration_of_the_clients_is_told_by_its_key(tmp_path: Path) -> None:
    file = tmp_path / "clients.yaml"
    file.write_text("services:\n  snmp:\n    options: {timeout_seconds: soon}\n")
    process = HubProcess(tmp_path, NMS_CLIENTS_FILE=str(file))
    assert process.wait(90) == 1
    assert "services.snmp.options.timeout_seconds" in process.output
    assert "Traceback" not in process.output
