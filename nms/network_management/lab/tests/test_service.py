"""The lab beside the hub, as `make run` starts it."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.tests.hub_process import HubProcess
from nms.network_management.lab.service import _store_credential
from nms.tests.lab_addresses import lab_addresses  # noqa: F401 - a fixture

FOUND = r"Discovered the lab network .*: 40 of 40 devices, 69 of 69 links\."


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubProcess]:
    hub = HubProcess(tmp_path, NMS_LAB="1")
    yield hub
    hub.kill()


@pytest.mark.slow
def test_the_hub_raises_the_lab_discovers_all_of_it_and_ends_it(hub: HubProcess, tmp_path: Path) -> None:
    hub.wait_for(FOUND, 180)
    hub.wait_for(r"server +16 +Linux 16", 30)
    assert labs(tmp_path)
    hub.send(signal.SIGINT)
    assert hub.wait(60) == 0
    assert_gone(tmp_path)
    again = HubProcess(tmp_path, NMS_LAB="1")
    try:
        again.wait_for(FOUND, 180)
        assert credentials(tmp_path) == ["lab"]
    finally:
        again.send(signal.SIGINT)
        again.wait(60)


@pytest.mark.slow
def test_a_killed_hub_takes_its_lab_with_it(hub: HubProcess, tmp_path: Path) -> None:
    hub.wait_for(FOUND, 180)
    hub.send(signal.SIGKILL)
    hub.wait(30)
    assert_gone(tmp_path)


def test_without_its_setting_there_is_no_lab(tmp_path: Path) -> None:
    hub = HubProcess(tmp_path, NMS_LAB="0")
    try:
        hub.wait_for("NMS serves at", 120)
        time.sleep(2)
        assert labs(tmp_path) == []
    finally:
        hub.send(signal.SIGINT)
        hub.wait(60)


@pytest.mark.django_db
def test_the_credential_is_stored_once_and_leaves_names_of_others_alone() -> None:
    first = _store_credential("public")
    assert _store_credential("public") == first
    other = _store_credential("another")
    assert other != first
    assert (first.name, other.name) == ("lab", "v2c #1")


def labs(folder: Path) -> list[Path]:
    """The control sockets of labs that run with this data folder; a lab removes its own when it ends."""
    return list(folder.glob("lab-*.sock"))


def assert_gone(folder: Path) -> None:
    deadline = time.monotonic() + 60
    while labs(folder):
        assert time.monotonic() < deadline, "the lab outlived its hub"
        time.sleep(0.1)


def credentials(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "nms.sqlite3") as database:
        return [name for (name,) in database.execute("SELECT name FROM network_management_credential")]
