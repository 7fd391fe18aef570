"""What all tests share: which server programs they need, and what happens where one is missing.

A test marked `needs("snmpd")` is skipped on a machine without that program, and one marked `root` where
network namespaces cannot be made; the end of the run lists each of them with the Debian package that helps.
With NMS_TEST_REQUIRE_SERVICES=1, as in CI, they fail instead.
"""

import functools
import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Program: its Debian package.
PACKAGES = {
    "busybox": "busybox-static",
    "chromedriver": "chromium-driver",
    "chromium": "chromium",
    "curl": "curl",
    "docker-compose": "docker-compose",
    "dockerd": "docker.io",
    "fail2ban-client": "fail2ban",
    "fail2ban-server": "fail2ban",
    "haproxy": "haproxy",
    "initdb": "postgresql",
    "ip": "iproute2",
    "lldpd": "lldpd",
    "netdata": "netdata-core",
    "nmap": "nmap",
    "openssl": "openssl",
    "ospfd": "frr",
    "pg_basebackup": "postgresql",
    "ping": "iputils-ping",
    "postgres": "postgresql",
    "prometheus": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "prometheus-node-exporter": "prometheus-node-exporter",
    "promtool": "prometheus",
    "redis-server": "redis-server",
    "snmpbulkwalk": "snmp",
    "snmpd": "snmpd",
    "snmpget": "snmp",
    "snmpset": "snmp",
    "snmptrap": "snmp",
    "snmpwalk": "snmp",
    "traceroute": "traceroute",
    "vpcs": "vpcs",
    "vtysh": "frr",
    "zebra": "frr",
}
# Where Debian keeps servers that are not on everyone's PATH.
FOLDERS = [
    "/usr/sbin",
    "/sbin",
    "/usr/lib/frr",
    *(f"/usr/lib/postgresql/{version}/bin" for version in range(20, 12, -1)),
]

# What `make gns3-servers` installs, one environment for each version that the tests speak to.
GNS3_LOCKS = Path(__file__).parent / "api_clients/network/gns3/tests/environments"
GNS3_SERVERS = Path(__file__).parent / ".venv/gns3"

# On a machine that is busy with other tests examples come slowly, which says nothing of the code.
settings.register_profile("nms", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("nms")

REQUIRED = os.environ.get("NMS_TEST_REQUIRE_SERVICES") == "1"
_missing: dict[str, list[str]] = {}


@functools.cache
def find_program(name: str) -> str | None:
    """Return the path of a program of the table, or None where it is not installed."""
    if name not in PACKAGES:
        raise pytest.UsageError(
            f"{name} is not in the table of server programs; add it with its package to conftest.py"
        )
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), *FOLDERS]))


@functools.cache
def gns3_servers_lacking() -> str | None:
    """Return which GNS3 servers are not installed and why, or None where all are."""
    versions = sorted(lock.stem for lock in GNS3_LOCKS.glob("*.lock"))
    lacking = [version for version in versions if not (GNS3_SERVERS / version / "stamp").exists()]
    return "; ".join(f"gns3-server {version} ({_why_not(version)})" for version in lacking) or None


def _why_not(version: str) -> str:
    log = GNS3_SERVERS / f"{version}.log"
    said = log.read_text(errors="replace").split("\n") if log.exists() else []
    return next((line for line in reversed(said) if line.startswith("ERROR")), "make gns3-servers installs it")


@functools.cache
def namespaces_refused() -> str | None:
    """Return why network namespaces cannot be made here, or None where they can."""
    if os.geteuid() != 0:
        return "root"
    if not find_program("ip"):
        return "ip (Debian package iproute2)"
    name = f"nms-probe-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, timeout=10, check=False)
    if made.returncode != 0:
        return f"network namespaces ({made.stderr.strip()})"
    subprocess.run(["ip", "netns", "del", name], timeout=10, check=False)
    return None


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """The path of an installed server program: `program("postgres")`. Mark the test with `needs` as well."""

    def path_of(name: str) -> str:
        found = find_program(name)
        assert found, f"{name} is missing; mark the test with needs({name!r})"
        return found

    return path_of


@pytest.fixture(autouse=True)
def no_counts_are_left() -> Iterator[None]:
    """Counts of modules wait in memory to be written; those of one test are nothing to the next."""
    yield
    if activity := sys.modules.get("common.application.modules.activity"):
        activity.forget()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread files with slow tests among the others, for these wait while the others compute; and begin none of them
    last, when the other processes would have nothing left to do beside it.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    others = {item.path for item in items} - slow
    place = {path: 0.8 * rank / len(slow) for rank, path in enumerate(sorted(slow))}
    place |= {path: rank / len(others) for rank, path in enumerate(sorted(others))}
    items.sort(key=lambda item: (place[item.path], item.path))


def pytest_collection_finish() -> None:
    """Ten thousand tests are here to stay; garbage is looked for among what they make, not among them."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    lacking = list(_lacking(item))
    for what in lacking:
        _missing.setdefault(what, []).append(item.nodeid)
    if lacking and REQUIRED:
        pytest.fail(f"needs {', '.join(lacking)}, and NMS_TEST_REQUIRE_SERVICES=1 allows no skip", pytrace=False)
    if lacking:
        pytest.skip(f"needs {', '.join(lacking)}")


def _lacking(item: pytest.Item) -> Iterator[str]:
    for marker in item.iter_markers("needs"):
        for name in marker.args:
            if name == "gns3-server":
                yield from filter(None, [gns3_servers_lacking()])
            elif not find_program(name):
                yield f"{name} (Debian package {PACKAGES[name]})"
    if item.get_closest_marker("root") and (refused := namespaces_refused()):
        yield refused


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _missing:
        return
    terminalreporter.section("missing on this machine" if REQUIRED else "skipped for what this machine lacks")
    for what, tests in sorted(_missing.items()):
        terminalreporter.line(f"{what}: {len(tests)} test{'s' if len(tests) > 1 else ''}")
        for test in tests:
            terminalreporter.line(f"    {test}")
