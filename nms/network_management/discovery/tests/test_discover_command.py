"""`manage.py discover` as people and scripts run it: in its own process, with a data folder nobody prepared."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from api_clients.network.snmp.simulator import AgentServer
from api_clients.network.snmp.simulator.load import load_agent
from nms.environment import BASE_DIR
from nms.network_management.models import Credential, DiscoveryRun

DEVICE_FIELDS = {"address", "addresses", "sys_name", "vendor", "os", "model", "version", "serial", "interfaces"}
INTERFACE_FIELDS = {
    *("index", "name", "description", "type", "speed_bps", "mac", "admin_status", "oper_status", "addresses"),
}


@pytest.fixture
def agents() -> Iterator[AgentServer]:
    with AgentServer() as server:
        server.add_all({f"127.43.0.{host}": load_agent(host, communities=["hidden-word"]) for host in (1, 2, 3)})
        yield server


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("NMS_", "DATABASE", "REDIS"))
    }
    return subprocess.run(
        [sys.executable, "manage.py", "discover", *arguments, "--timeout", "0.3"],
        cwd=BASE_DIR,
        env=environment | {"NMS_DATA_DIR": str(folder / "fresh")},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_json_is_all_that_is_printed_and_the_database_makes_itself(agents: AgentServer, tmp_path: Path) -> None:
    ended = run(tmp_path, "127.43.0.0/24", "--port", str(agents.port), "--community", "hidden-word", "--json")
    assert (ended.returncode, ended.stderr) == (0, "")
    found = json.loads(ended.stdout)
    assert [device["address"] for device in found["devices"]] == ["127.43.0.1", "127.43.0.2", "127.43.0.3"]
    assert found["unreachable"] == []
    for device in found["devices"]:
        assert set(device) >= DEVICE_FIELDS
        assert [row["index"] for row in device["interfaces"]] == [1, 2, 3, 4, 5, 6]
        assert all(set(row) >= INTERFACE_FIELDS for row in device["interfaces"])
        assert {row["type"] for row in device["interfaces"]} == {"ethernetCsmacd"}
    assert (found["links"], found["problems"], found["skipped"]) == ([], [], [])


def test_two_that_begin_at_once_on_a_fresh_folder_do_not_stumble_over_each_other(
    agents: AgentServer, tmp_path: Path
) -> None:
    arguments = ("127.43.0.1", "--port", str(agents.port), "--community", "hidden-word")
    with ThreadPoolExecutor(2) as both:
        ended = list(both.map(lambda _: run(tmp_path, *arguments), range(2)))
    assert [(one.returncode, one.stderr) for one in ended] == [(0, "")] * 2


def test_the_community_is_stored_encrypted_and_told_nowhere(agents: AgentServer, tmp_path: Path) -> None:
    arguments = ("127.43.0.1", "--port", str(agents.port))
    ended = run(tmp_path, *arguments, "--community", "hidden-word", "-v", "3")
    assert "hidden-word" not in ended.stdout + ended.stderr
    with sqlite3.connect(tmp_path / "fresh" / "nms.sqlite3") as database:
        assert "hidden-word" not in "\n".join(database.iterdump())
    again = run(tmp_path, *arguments)  # the stored credential is tried where none is given
    assert again.returncode == 0


def test_people_get_a_table(agents: AgentServer, tmp_path: Path) -> None:
    ended = run(
        tmp_path,
        "127.43.0.1",
        "127.43.0.9",
        "--port",
        str(agents.port),
        "--community",
        "no",
        "--community",
        "hidden-word",
    )
    assert ended.returncode == 0
    assert "box1" in ended.stdout
    assert "127.43.0.9: the host is up, but nothing answers on UDP port" in ended.stdout
    assert "1 devices, 0 links, 0 problems, 1 unreachable" in ended.stdout


def test_what_was_named_and_is_silent_is_listed_and_nothing_found_is_a_failure(
    agents: AgentServer, tmp_path: Path
) -> None:
    ended = run(tmp_path, "127.43.0.1", "127.43.9.0/28", "--port", str(agents.port), "--json")
    assert ended.returncode == 1
    found = json.loads(ended.stdout)
    assert found["devices"] == []
    assert found["unreachable"] == ["127.43.0.1"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["10.0.0.0/8"], "16,777,214 addresses"),
        (["8.8.8.8"], "outside the ranges"),
        (["fd00::/64"], "addresses, more than"),
        (["10.0.0.0/33"], "neither an address nor a range"),
        (["router1"], "neither an address nor a range"),
        (["10.0.0.1-x"], "'10.0.0.1-x' is neither an address nor a range"),
        (["--", "-5"], "'-5' is neither an address nor a range"),
        (["127.0.0.1", "--port", "0"], "port"),
        (["127.0.0.1", "--crawl", "-1"], "crawl"),
        (["127.0.0.1", "--retries", "1000"], "retries"),
        (["127.0.0.1", "--v3-auth-password", "long enough"], "--v3-user"),
        (["127.0.0.1", "--community", ""], "1 to 255 bytes"),
        (["127.0.0.1", "--v1-community", "x" * 256], "1 to 255 bytes"),
        (["127.0.0.1", "--v3-user", ""], "1 to 32 bytes"),
        (["127.0.0.1", "--v3-user", "x" * 33], "1 to 32 bytes"),
        (["127.0.0.1", "--v3-user", "nms", "--v3-auth-password", "short"], "8 characters"),
        (["127.0.0.1", "--v3-user", "nms", "--v3-priv-password", "long enough"], "--v3-auth-password"),
        (["127.0.0.1", "--v3-user", "nms", "--v3-auth-protocol", "SHA"], "--v3-auth-password"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=re.escape(said)) as refused:
        call_command("discover", *arguments)
    assert refused.value.returncode == 2
    assert not DiscoveryRun.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("auth", ["SHA-256", "sha256", "Sha-256"])
@pytest.mark.parametrize("priv", ["AES-128", "AES", "aes128"])
def test_protocols_are_known_by_the_names_other_tools_give_them(auth: str, priv: str) -> None:
    passwords = ("--v3-auth-password", "long enough", "--v3-priv-password", "long enough")
    with pytest.raises(SystemExit):  # nothing answers
        call_command(
            *("discover", "127.43.9.9", "--port", "9", "--timeout", "0.05", "--retries", "0", "--v3-user", "nms"),
            *("--v3-auth-protocol", auth, "--v3-priv-protocol", priv, *passwords),
        )
    stored = Credential.objects.get()
    assert (stored.auth_protocol, stored.priv_protocol) == ("SHA-256", "AES-128")


@pytest.mark.parametrize("arguments", [["10.0.0.0/8"], ["127.0.0.1", "--port", "x"], []])
def test_a_refusal_ends_with_status_2_and_a_line_on_standard_error(arguments: list[str], tmp_path: Path) -> None:
    ended = run(tmp_path, *arguments, "--json")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.strip()
    assert "Traceback" not in ended.stderr
