"""A new service takes one folder and one line: the skeleton fails its tests, and passes once docs/adding-a-service.md
has been followed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from api_clients.skeleton import SkeletonRefused, write_skeleton

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = ROOT / "docs" / "adding-a-service.md"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", "recordings", "environments")
    shutil.copytree(ROOT / "api_clients", tmp_path / "api_clients", ignore=ignored)
    return tmp_path


def run(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=600, check=False)


def contract(checkout: Path) -> subprocess.CompletedProcess[str]:
    plain = ("-q", "-p", "no:django", "-p", "no:xdist", "-c", "/dev/null", "--rootdir", str(checkout))
    return run(checkout, "pytest", *plain, "api_clients/monitoring/healthchecks")


def linted(folder: Path) -> subprocess.CompletedProcess[str]:
    return run(ROOT, "ruff", "check", "--no-cache", "--config", "pyproject.toml", str(folder))


def test_the_skeleton_fails_and_the_chapter_makes_it_pass(checkout: Path) -> None:
    written = write_skeleton("monitoring", "healthchecks", root=checkout, summary="cron jobs")
    folder = checkout / "api_clients" / "monitoring" / "healthchecks"
    assert {str(path.relative_to(folder)) for path in written[:-1]} == {
        "__init__.py",
        "client.py",
        "simulator.py",
        "values.py",
        "tests/__init__.py",
        "tests/test_contract.py",
    }
    assert linted(folder).returncode == 0, linted(folder).stdout
    failing = contract(checkout)
    assert failing.returncode == 1, failing.stdout[-2000:] + failing.stderr[-2000:]
    assert "NotImplementedError" in failing.stdout

    for name, code in _files_of_the_chapter():
        (folder / name).write_text(code)
    assert linted(folder).returncode == 0, linted(folder).stdout
    passing = contract(checkout)
    assert passing.returncode == 0, passing.stdout[-3000:] + passing.stderr[-2000:]
    kept = run(checkout, "api_clients.tests.kept")
    assert "healthchecks" not in kept.stdout, kept.stdout


def test_a_service_without_its_contract_is_named(checkout: Path) -> None:
    write_skeleton("qos", "shaper", root=checkout)
    (checkout / "api_clients/qos/shaper/tests/test_contract.py").unlink()
    kept = run(checkout, "api_clients.tests.kept")
    assert kept.returncode == 1
    assert "api_clients/qos/shaper/tests/test_contract.py: no class Test... derived from ServiceContract" in kept.stdout


def test_any_summary_is_one_line_of_the_catalogue(checkout: Path) -> None:
    write_skeleton("qos", "shaper", root=checkout, summary='shapes "all"\ntraffic of C:\\new')
    text = (checkout / "api_clients" / "catalog.py").read_text()
    compile(text, "catalog.py", "exec")
    assert """            "shapes 'all' traffic of C:/new",\n""" in text


@pytest.mark.parametrize(
    ("family", "name", "message"),
    [
        ("gardening", "rake", "gardening is no family of services. Families: network, "),
        ("monitoring", "Rake", "Rake is no name of a package"),
        ("monitoring", "../rake", "is no name of a package"),
        ("monitoring", "a__b", "is no name of a package"),
        ("monitoring", "import", "import is no name of a package"),
        ("network", "snmp", "is there already"),
        ("qos", "snmp", "the catalogue has a service snmp already"),
    ],
)
def test_what_cannot_be_is_refused_and_writes_nothing(checkout: Path, family: str, name: str, message: str) -> None:
    before = {path: path.read_bytes() for path in checkout.rglob("*.py")}
    with pytest.raises(SkeletonRefused) as caught:
        write_skeleton(family, name, root=checkout)
    assert message in str(caught.value)
    assert {path: path.read_bytes() for path in checkout.rglob("*.py")} == before


def _files_of_the_chapter() -> list[tuple[str, str]]:
    block = re.compile(r"^## \d\. [^:\n]*: (\S+)\n.*?```python\n(.*?)```", re.DOTALL | re.MULTILINE)
    found = block.findall(CHAPTER.read_text())
    assert [name for name, _ in found] == ["values.py", "client.py", "simulator.py", "tests/test_contract.py"]
    return found
