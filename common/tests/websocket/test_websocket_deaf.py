"""A client that never reads while 200,000 events pass: the server's memory stays, and the client is told of the gap."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from api_clients.tests.servers import running_redis
from common.tests.servers import PostgreSQL
from common.tests.websocket.web_processes import ROOT, WebProcesses, web_processes
from common.tests.worker_stack import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.needs("postgres", "initdb", "redis-server")]

EVENTS = 200_000
LIMIT_BYTES = 40_000_000
PUBLISH_MANY = f"""
import django; django.setup()
from common.tests.samples import take_samples
for first in range(1, {EVENTS}, 500):
    take_samples(first, first + 499)
"""


@pytest.fixture
def hub(postgresql: PostgreSQL, tmp_path: Path) -> Iterator[WebProcesses]:
    import psycopg2

    connection = psycopg2.connect(postgresql.url())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS websocket_deaf WITH (FORCE)")
        cursor.execute("CREATE DATABASE websocket_deaf")
    connection.close()
    url = postgresql.url("websocket_deaf")
    # Without pings, by which the server would end a line on which nothing comes back.
    calm = {"UVICORN_WS_PING_INTERVAL": "3600"}
    with (
        running_redis(tmp_path) as redis,
        web_processes(tmp_path, database_url=url, redis_url=redis.url, count=1, **calm) as hub,
    ):
        yield hub


class RawLine:
    """A WebSocket that reads nothing by itself."""

    def __init__(self, address: str, token: str) -> None:
        parts = urlsplit(address)
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=300)
        self._socket.sendall(
            f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
            f"Authorization: Bearer {token}\r\n\r\n".encode()
        )
        self._stream = self._socket.makefile("rb")
        while self._stream.readline() != b"\r\n":
            pass

    def say(self, **message: object) -> None:
        text = json.dumps(message).encode()
        self._socket.sendall(struct.pack("!BB", 0x81, 0x80 | len(text)) + b"\0\0\0\0" + text)

    def hear(self) -> dict:
        header = self._stream.read(2)
        length = header[1]
        if length == 126:
            length = int.from_bytes(self._stream.read(2), "big")
        return json.loads(self._stream.read(length))

    def close(self) -> None:
        self._stream.close()
        self._socket.close()


def test_a_client_that_never_reads_costs_no_memory_and_finds_out_what_it_missed(hub: WebProcesses) -> None:
    (server,) = hub.servers
    deaf, listening = RawLine(server.address, hub.token), RawLine(server.address, hub.token)
    try:
        for line in (deaf, listening):
            assert line.hear()["type"] == "welcome"
            line.say(
                action="subscribe", topics=["sample.*"], **({} if line is deaf else {"subject": f"sample:{EVENTS}"})
            )
            assert line.hear()["type"] == "subscribed"
        before = resident_bytes(server.pid)
        subprocess.run([sys.executable, "-c", PUBLISH_MANY], cwd=ROOT, env=hub.environment, timeout=900, check=True)
        assert listening.hear()["event"]["position"] == EVENTS  # the process has seen them all
        growth = resident_bytes(server.pid) - before
        assert growth < LIMIT_BYTES, f"{growth:,} bytes more"
        check_story(deaf)
    finally:
        deaf.close()
        listening.close()
    wait_until("the server goes on", server.listens)


def check_story(deaf: RawLine) -> None:
    """First what was on its way, then the gap, exactly where the events end, then what comes after it."""
    position = 0
    while (message := deaf.hear())["type"] == "event":
        assert message["event"]["position"] == position + 1
        position += 1
    assert message["type"] == "gap"
    assert message["after"] == position
    assert position + 100_000 < message["before"] <= EVENTS + 1
    expected = message["before"]
    while expected <= EVENTS:
        message = deaf.hear()
        if message["type"] == "gap":
            assert message["after"] == expected - 1
            expected = message["before"]
        else:
            assert message["event"]["position"] == expected
            expected += 1


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
