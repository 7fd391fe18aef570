"""manage.py as a person meets it: short words instead of tracebacks, and a start on an empty machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nms.environment import BASE_DIR


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "nms.settings", **variables},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_an_interrupt_during_the_imports_leaves_no_traceback(tmp_path: Path) -> None:
    package = tmp_path / "django"
    package.mkdir()
    (package / "__init__.py").write_text("raise KeyboardInterrupt")
    ended = manage("check", PYTHONPATH=str(tmp_path))
    assert (ended.returncode, ended.stderr) == (130, "")


def test_a_wrong_setting_is_told_in_one_line() -> None:
    ended = manage("check", NMS_LOG_LEVEL="LOUD")
    assert ended.returncode == 1
    assert ended.stderr.startswith("The environment is not usable: NMS_LOG_LEVEL")
    assert ended.stderr.count("\n") == 1


def test_a_given_secret_key_still_needs_no_data_folder_made_by_hand(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    ended = manage("migrate", "--verbosity", "0", NMS_DATA_DIR=str(folder), NMS_SECRET_KEY="s" * 50)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (folder / "nms.sqlite3").exists()


@pytest.mark.parametrize("secret", ["", "s" * 50])
@pytest.mark.parametrize("folder", ["/proc/none", "file", "file/below"])
def test_a_data_folder_that_cannot_be_used_is_told_in_one_line(folder: str, secret: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = manage("check", NMS_DATA_DIR=str(tmp_path / folder), NMS_SECRET_KEY=secret)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"NMS_DATA_DIR: {tmp_path / folder}")
    assert "cannot be" in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [("hub", "--port", "0"), ("migrate",), ("password", "--generate")])
def test_a_database_out_of_reach_is_told_in_one_line(command: tuple[str, ...], tmp_path: Path) -> None:
    ended = manage(*command, NMS_DATA_DIR=str(tmp_path), DATABASE_URL="postgresql://nms:word@127.0.0.1:9/nms")
    assert ended.returncode == 1
    assert "The database cannot be used: " in ended.stderr
    assert "Connection refused" in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert "word" not in ended.stderr.replace("password", "")


def test_users_can_be_made_before_the_first_start(tmp_path: Path) -> None:
    missing = manage("password", "--generate", NMS_DATA_DIR=str(tmp_path))
    assert (missing.returncode, missing.stderr.count("\n")) == (1, 1)
    assert "There is no user admin" in missing.stderr
    made = manage("user", "ada", "--role", "viewer", "--generate", NMS_DATA_DIR=str(tmp_path))
    assert made.returncode == 0


def test_a_range_that_is_none_is_quoted() -> None:
    ended = manage("check", NMS_DISCOVERY_RANGES="10.0.0.0/8,10.0.0.0/33")
    assert ended.returncode == 1
    assert "NMS_DISCOVERY_RANGES" in ended.stderr
    assert "'10.0.0.0/33' does not appear to be an IPv4 or IPv6 network" in ended.stderr
