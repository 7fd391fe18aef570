"""A real Netdata on a private port, with an alarm of its own that is raised within seconds."""

from __future__ import annotations

import getpass
import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from api_clients.tests.servers import free_port

READY_SECONDS = 60.0
CONFIGURATION = """
[global]
    run as user = {user}
[directories]
    config = {folder}/etc
    cache = {folder}/cache
    lib = {folder}/lib
    log = {folder}/log
    stock health config = {folder}/etc/none
[db]
    mode = ram
[web]
    bind to = 127.0.0.1:{port}
[plugins]
    charts.d = no
    python.d = no
    go.d = no
    ebpf = no
    apps = no
    perf = no
    slabinfo = no
    tc = no
    timex = no
[health]
    run at least every seconds = 1
[statsd]
    enabled = no
[registry]
    enabled = no
"""
# The machine has been up for longer than a second, so it is raised at once.
ALARM = """
    alarm: nms_machine_is_up
       on: system.uptime
     calc: $uptime
    units: seconds
    every: 1s
     warn: $this > 1 AND $this < 99999999999
     info: raised for as long as the machine & its kernel are up
       to: sysadmin
"""


@contextmanager
def running_netdata(folder: Path) -> Iterator[str]:
    """Yield the address of a Netdata that has charts and its alarm; it is ended with the block."""
    port = free_port()
    for name in ("etc/health.d", "etc/none", "cache", "lib", "log", "run"):
        (folder / name).mkdir(parents=True)
    (folder / "etc/netdata.conf").write_text(CONFIGURATION.format(folder=folder, port=port, user=getpass.getuser()))
    (folder / "etc/health.d/nms.conf").write_text(ALARM)
    (folder / "etc/.opt-out-from-anonymous-statistics").touch()
    program = shutil.which("netdata", path="/usr/sbin:/usr/bin:/usr/local/sbin") or "netdata"
    with (folder / "out.log").open("wb") as log:
        command = [program, "-D", "-c", str(folder / "etc/netdata.conf"), "-P", str(folder / "run/pid")]
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(process, address, folder)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=10)


def _wait(process: subprocess.Popen[bytes], address: str, folder: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"netdata ended at once: {(folder / 'out.log').read_text()[-500:]}")
        if _is_ready(address):
            return
        time.sleep(0.1)
    raise RuntimeError(f"netdata was not ready within {READY_SECONDS:g} s: {(folder / 'log/error.log')}")


def _is_ready(address: str) -> bool:
    """A few seconds are measured, and the contexts are made of them, which is a moment later."""
    try:
        chart = _ask(f"{address}/api/v1/chart?chart=system.cpu")
        contexts = _ask(f"{address}/api/v1/contexts")["contexts"]
    except (urllib.error.URLError, OSError, ValueError):
        return False
    return chart["duration"] >= 3 and {"system.cpu", "system.load", "mem.available", "disk.space"} <= contexts.keys()


def _ask(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)
