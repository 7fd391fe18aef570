"""A reader of the EVE log gets every record once, in order, whatever rotates the log under it."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from api_clients.domain.errors import InvalidRequest, Rejected, Unauthorized
from api_clients.security.suricata.client import SuricataClient
from api_clients.security.suricata.eve import log
from api_clients.security.suricata.files import SuricataOptions
from api_clients.security.suricata.tests import eve_writer
from api_clients.security.suricata.tests.eve_writer import record
from api_clients.security.suricata.values import EventPage
from api_clients.tests.connected import client_at
from api_clients.tests.waiting import eventually


@pytest.fixture
def eve(tmp_path: Path) -> Path:
    return tmp_path / "eve.json"


@pytest.fixture
def client(eve: Path) -> SuricataClient:
    return client_for(eve)


def client_for(eve: Path) -> SuricataClient:
    options = SuricataOptions(eve_file=eve, rules_folder=eve.parent)
    return client_at(SuricataClient, f"unix://{eve.parent}/no-socket", options=options)


def write(path: Path, *numbers: int) -> None:
    with path.open("ab") as log:
        log.writelines(record(number) for number in numbers)


def write_later(path: Path, number: int, *, seconds: int = 1) -> None:
    """As if that long from now: the clock of file times has ticks, within which nothing is later."""
    write(path, number)
    moment = time.time() + seconds
    os.utime(path, (moment, moment))


def numbers(page: EventPage) -> list[int | None]:
    return [event.flow_id for event in page.events]


@pytest.mark.parametrize("mode", ["rename", "copytruncate", "compress"])
def test_every_record_is_read_once_under_a_writing_process(client: SuricataClient, eve: Path, mode: str) -> None:
    records = 4_000
    writer = subprocess.Popen([sys.executable, eve_writer.__file__, str(eve.parent), mode, str(records)])
    try:
        read: list[int | None] = []
        position, until = "start", time.monotonic() + 180
        eventually(eve.exists, seconds=60.0)
        while len(read) < records:
            assert time.monotonic() < until, f"{len(read)} of {records} records were read"
            page = client.events(position=position, limit=137)
            assert not page.lost
            assert page.skipped == 0
            read += numbers(page)
            position = page.position
        assert writer.wait(60) == 0
    finally:
        writer.kill()
        writer.wait()
    assert read == list(range(records))
    assert client.events(position=position).events == ()


def test_a_page_goes_on_where_the_last_one_ended(client: SuricataClient, eve: Path) -> None:
    write(eve, 1, 2, 3)
    first = client.events(limit=2)
    assert (numbers(first), first.at_end) == ([1, 2], False)
    second = client.events(position=first.position)
    assert (numbers(second), second.at_end) == ([3], True)
    assert numbers(client.events(position=second.position)) == []
    write(eve, 4)
    assert numbers(client.events(position=second.position)) == [4]
    assert numbers(client_for(eve).events(position=first.position)) == [3, 4]  # a position is of no process


def test_a_line_that_is_not_whole_yet_waits(client: SuricataClient, eve: Path) -> None:
    eve.write_bytes(record(1) + record(2)[:40])
    page = client.events()
    assert (numbers(page), page.skipped) == ([1], 0)
    with eve.open("ab") as log:
        log.write(record(2)[40:])
    assert numbers(client.events(position=page.position)) == [2]


def test_the_end_is_after_the_last_whole_line(client: SuricataClient, eve: Path) -> None:
    eve.write_bytes(record(1) + record(2)[:40])
    page = client.events(position="end")
    assert (page.events, page.at_end) == ((), True)
    with eve.open("ab") as log:
        log.write(record(2)[40:])
    assert numbers(client.events(position=page.position)) == [2]


def test_the_rest_of_a_renamed_log_comes_first(client: SuricataClient, eve: Path) -> None:
    write(eve, 1, 2)
    position = client.events(limit=1).position
    eve.rename(eve.with_name("eve.json.1"))
    assert numbers(client.events(position=position)) == [2]
    write(eve.with_name("eve.json.1"), 3)  # not told to reopen yet
    eve.touch()  # logrotate's "create"
    page = client.events(position=position)
    assert numbers(page) == [2, 3]
    write(eve.with_name("eve.json.1"), 4)
    page = client.events(position=page.position)
    assert numbers(page) == [4]
    write(eve, 5)
    assert numbers(client.events(position=page.position)) == [5]


def test_several_rotations_between_two_pages_are_read_in_their_order(client: SuricataClient, eve: Path) -> None:
    write(eve, 1, 2)
    position = client.events(limit=1).position
    for number in (3, 4, 5):
        for old in (2, 1):
            if (path := eve.with_name(f"eve.json.{old}")).exists():
                path.rename(eve.with_name(f"eve.json.{old + 1}"))
        eve.rename(eve.with_name("eve.json.1"))
        write_later(eve, number, seconds=number)
    page = client.events(position=position)
    assert (numbers(page), page.lost, page.at_end) == ([2, 3, 4, 5], False, True)


def test_the_rest_of_a_log_that_was_copied_and_cut_is_in_the_copy(client: SuricataClient, eve: Path) -> None:
    write(eve, 1, 2, 3)
    position = client.events(limit=1).position
    shutil.copyfile(eve, eve.with_name("eve.json.1"))
    os.truncate(eve, 0)
    page = client.events(position=position)
    assert (numbers(page), page.lost) == ([2, 3], False)
    write(eve, 4)
    page = client.events(position=page.position)
    assert (numbers(page), page.lost) == ([4], False)


def test_a_copy_that_is_made_while_the_next_log_is_opened_is_not_passed_over(
    client: SuricataClient, eve: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(eve, 1)
    position = client.events().position
    shutil.copyfile(eve, eve.with_name("eve.json.2"))
    os.truncate(eve, 0)
    write(eve, 2)
    copy = eve.with_name("eve.json.1")
    copy.touch()  # the next copy has begun, with nothing in it yet
    read = log._read

    def read_after_the_cut(file: log.LogFile, *arguments: Any, **options: Any) -> log.Block:
        if file.path == eve and not copy.stat().st_size:
            shutil.copyfile(eve, copy)
            os.truncate(eve, 0)
            write(eve, 3)
        return read(file, *arguments, **options)

    monkeypatch.setattr(log, "_read", read_after_the_cut)
    page = client.events(position=position)
    assert (numbers(page), page.lost) == ([2, 3], False)


def test_a_log_that_was_cut_and_has_grown_beyond_the_position_is_not_taken_for_the_old_one(
    client: SuricataClient, eve: Path
) -> None:
    write(eve, 1, 2)
    position = client.events().position
    os.truncate(eve, 0)
    write(eve, *range(100, 200))
    page = client.events(position=position)
    assert page.lost  # there is no copy
    assert numbers(page) == list(range(100, 200))


def test_the_rest_of_a_compressed_log_is_read(client: SuricataClient, eve: Path) -> None:
    write(eve, 1, 2)
    position = client.events(limit=1).position
    with gzip.open(eve.with_name("eve.json.1.gz"), "wb") as packed:
        packed.write(eve.read_bytes())
    eve.unlink()
    write(eve, 3)
    page = client.events(position=position)
    assert (numbers(page), page.lost) == ([2, 3], False)


def test_what_was_rotated_away_is_told_and_the_oldest_that_is_later_comes_next(
    client: SuricataClient, eve: Path
) -> None:
    write(eve, 1, 2)
    position = client.events(limit=1).position
    eve.unlink()
    write_later(eve.with_name("eve.json.1"), 3)
    write_later(eve, 4)
    page = client.events(position=position)
    assert page.lost
    assert numbers(page) == [3, 4]


def test_a_log_beside_it_is_not_taken_for_a_rotated_one(client: SuricataClient, eve: Path) -> None:
    write(eve.with_name("eve-alerts.json"), 7)
    write(eve.with_name("eve.json.swp"), 8)
    write(eve, 1)
    assert numbers(client.events()) == [1]


def test_a_log_whose_name_holds_the_time_is_followed_into_the_next(tmp_path: Path) -> None:
    client = client_for(tmp_path / "eve-*.json")
    write(tmp_path / "eve-2026-11-20.json", 1, 2)
    position = client.events(limit=1).position
    write_later(tmp_path / "eve-2026-11-21.json", 3)
    assert numbers(client.events(position=position)) == [2, 3]


def test_only_the_types_asked_for_are_returned_and_the_position_passes_the_others(
    client: SuricataClient, eve: Path
) -> None:
    write(eve, *range(1, 31))
    page = client.events(types=["alert"])
    assert (numbers(page), page.at_end) == ([10, 20, 30], True)
    write(eve, 31)
    assert numbers(client.events(position=page.position)) == [31]


@pytest.mark.parametrize("position", ["", "e1-1-1-1", "e1-zz-0-0-0123456789abcdef", "../../etc/passwd", "e2-0-0-0-0"])
def test_what_no_page_gave_is_no_position(client: SuricataClient, eve: Path, position: str) -> None:
    write(eve, 1)
    with pytest.raises(InvalidRequest, match="position"):
        client.events(position=position)


@pytest.mark.parametrize("limit", [0, -1, 10_001])
def test_a_limit_out_of_range_is_refused(client: SuricataClient, eve: Path, limit: int) -> None:
    write(eve, 1)
    with pytest.raises(InvalidRequest, match="limit"):
        client.events(limit=limit)


def test_a_log_that_is_not_there_is_named(client: SuricataClient, eve: Path) -> None:
    with pytest.raises(Rejected, match=r"eve\.json: there is no such log") as caught:
        client.events()
    assert caught.value.status == 404


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_log_that_nms_may_not_read_is_unauthorized(client: SuricataClient, eve: Path) -> None:
    write(eve, 1)
    eve.chmod(0o600)
    for folder in eve.parents[:-2]:
        folder.chmod(0o755)
    child = os.fork()
    if child == 0:
        try:
            os.setuid(65534)
            client.events()
        except Unauthorized as error:
            os._exit(0 if "permission denied" in error.reason else 2)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
