"""How much memory is left, of containers and of machines; and what /health/ makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from common.infrastructure import health
from common.infrastructure.memory import Memory, available_memory

MIB = 1024**2
MACHINE = "MemTotal:       16384000 kB\nMemFree:  1 kB\nMemAvailable:    8192000 kB\n"


def write(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def group(root: Path, folder: str, **files: object) -> None:
    (root / folder).mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (root / folder / name.replace("memory_", "memory.", 1)).write_text(f"{text}\n")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write(tmp_path, proc__meminfo=MACHINE, proc__self__cgroup="0::/nms/web\n")


def test_without_a_limit_it_is_the_machines(root: Path) -> None:
    group(root, "sys/fs/cgroup/nms/web", memory_max="max", memory_current=4096)
    assert available_memory(root) == Memory(16384000 * 1024, 8192000 * 1024)


def test_a_containers_limit_holds_and_pages_of_files_are_to_be_had(root: Path) -> None:
    group(
        root,
        "sys/fs/cgroup/nms/web",
        memory_max=512 * MIB,
        memory_current=500 * MIB,
        memory_stat=f"anon 1\ninactive_file {100 * MIB}",
    )
    assert available_memory(root) == Memory(512 * MIB, 112 * MIB)


def test_the_narrowest_limit_on_the_way_up_holds(root: Path) -> None:
    group(root, "sys/fs/cgroup/nms/web", memory_max=512 * MIB, memory_current=100 * MIB)
    group(root, "sys/fs/cgroup/nms", memory_max=1024 * MIB, memory_current=1000 * MIB)
    assert available_memory(root) == Memory(1024 * MIB, 24 * MIB)


def test_inside_a_container_the_group_is_the_mount_whatever_its_path_is_outside(root: Path) -> None:
    group(root, "sys/fs/cgroup", memory_max=256 * MIB, memory_current=56 * MIB)
    assert available_memory(root) == Memory(256 * MIB, 200 * MIB)


def test_version_one_is_understood_and_its_no_limit_too(root: Path) -> None:
    write(root, proc__self__cgroup="7:cpu,cpuacct:/x\n4:memory:/docker/abc\n")
    group(root, "sys/fs/cgroup/memory", memory_limit_in_bytes=9223372036854771712, memory_usage_in_bytes=5)
    group(
        root,
        "sys/fs/cgroup/memory/docker/abc",
        memory_limit_in_bytes=300 * MIB,
        memory_usage_in_bytes=290 * MIB,
        memory_stat=f"total_inactive_file {40 * MIB}",
    )
    assert available_memory(root) == Memory(300 * MIB, 50 * MIB)


def test_a_kernel_that_says_nothing_is_no_failure(tmp_path: Path) -> None:
    assert available_memory(tmp_path) is None


def test_this_machine_says_what_it_has() -> None:
    memory = available_memory()
    assert memory is not None
    assert 0 < memory.available_bytes <= memory.limit_bytes


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("memory", "status"),
    [
        (Memory(16_000 * MIB, 99 * MIB), 503),
        (Memory(16_000 * MIB, 101 * MIB), 200),
        (Memory(256 * MIB, 20 * MIB), 200),  # a small container may have little, and have enough
        (Memory(256 * MIB, 12 * MIB), 503),
        (None, 200),
    ],
)
def test_health_is_503_where_memory_runs_out(
    memory: Memory | None, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "available_memory", lambda: memory)
    answer = Client().get("/health/")
    assert answer.status_code == status
    assert answer.json()["checks"]["memory"]["ok"] is (status == 200)
