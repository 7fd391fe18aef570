"""manage.py as a person meets it: short words instead of tracebacks, and a start on an empty machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from nms.environment import BASE_DIR


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "nms.settings", **variables},
        capture_output=True,
        text=True,
        timeout=60,
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
