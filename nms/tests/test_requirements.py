"""Tests that need a program which is missing: skipped and listed, or failed where nothing may be skipped."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nms.environment import BASE_DIR

TESTS = """
import pytest

@pytest.mark.needs("nmap", "chromium")
def test_with_both(): pass

@pytest.mark.needs("chromium")
def test_with_one(): pass

def test_with_none(): pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copy(BASE_DIR / "conftest.py", tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    needs(*programs)\n    root\n")
    (tmp_path / "test_some.py").write_text(TESTS)
    return tmp_path


def run(project: Path, **environment: str) -> tuple[int, str]:
    """Run the project's tests where PATH is empty, so that nothing in /usr/bin is found."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("NMS_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:django", "-p", "no:cacheprovider", str(project)],
        cwd=project,
        env=clean | {"PATH": str(project / "empty")} | environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    return done.returncode, done.stdout


def test_a_missing_program_skips_its_tests_and_is_listed_with_its_package(project: Path) -> None:
    code, output = run(project)
    assert code == 0
    assert "1 passed, 2 skipped" in output
    listed = output.partition("skipped for what this machine lacks")[2]
    assert "chromium (Debian package chromium): 2 tests" in listed
    assert "test_some.py::test_with_one" in listed


def test_all_that_a_test_lacks_is_listed(project: Path) -> None:
    listed = run(project)[1].partition("skipped for what this machine lacks")[2]
    assert "nmap (Debian package nmap): 1 test" in listed


def test_where_nothing_may_be_skipped_a_missing_program_is_a_failure(project: Path) -> None:
    code, output = run(project, NMS_TEST_REQUIRE_SERVICES="1")
    assert code == 1
    assert "1 passed, 2 errors" in output
    assert "needs chromium (Debian package chromium), and NMS_TEST_REQUIRE_SERVICES=1 allows no skip" in output


def test_a_program_without_a_package_in_the_table_is_refused(project: Path) -> None:
    (project / "test_some.py").write_text("import pytest\n@pytest.mark.needs('frobnicator')\ndef test_it(): pass\n")
    code, output = run(project)
    assert code != 0
    assert "frobnicator is not in the table of server programs" in output
