"""A Redis that takes connections and says nothing (frozen, or behind a firewall that lost the connection)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from nms.environment import BASE_DIR

ASK = """
import time
import django
django.setup()
from kombu.exceptions import OperationalError
from nms.accounts.login_attempts import Attempt
from nms.celery import app

started = time.monotonic()
assert not Attempt("192.0.2.1", "ada").blocked()
assert time.monotonic() - started < 15, "a login waits"

started = time.monotonic()
try:
    app.send_task("network_management.expire_links", queue="high")
except OperationalError:
    pass
assert time.monotonic() - started < 40, "a request that wakes a worker waits"
print("went on")
"""


def test_logins_and_requests_that_wake_a_worker_go_on_without_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ended = subprocess.run(
            [sys.executable, "-c", ASK],
            cwd=BASE_DIR,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "nms.settings",
                "NMS_DATA_DIR": str(tmp_path),
                "REDIS_URL": f"redis://127.0.0.1:{silent.getsockname()[1]}/0",
            },
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
    assert ended.stdout.strip() == "went on", ended.stderr[-1000:]
