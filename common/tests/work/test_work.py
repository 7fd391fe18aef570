from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from api_clients.tests.waiting import eventually
from common.application import services
from common.application.work import turns
from common.application.work.turns import WorkKind, take_turn
from common.infrastructure.work import claims as work
from common.infrastructure.work import leases, wake_marks, waking
from common.infrastructure.work.claims import Batch, claim, due_queues, release, return_expired
from common.infrastructure.work.leases import holding
from common.models import Message
from common.tests.servers import PostgreSQL
from common.tests.work.work_samples import make_message

ROOT = Path(__file__).resolve().parents[3]


def claimed(queue: str = "low", limit: int = 10, **only: object) -> list[Message]:
    batch = claim(Message, queue, limit=limit, **only)
    return list(batch.rows) if batch else []


@pytest.fixture
def no_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of an earlier test, whose last wake-ups are sent first; and none that ends before the test does."""
    waking.flush()
    monkeypatch.setattr(wake_marks, "_marks", {})
    monkeypatch.setattr(wake_marks, "LIFE_SECONDS", 600.0)


def let_leases_run_out() -> None:
    Message.objects.filter(state="running").update(lease_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db
class TestClaiming:
    def test_a_claimed_row_is_running_under_the_claim_with_a_lease_and_counts_the_attempt(self) -> None:
        message = make_message()
        batch = claim(Message, "normal", limit=5)
        assert batch is not None
        stored = Message.objects.get()
        for row in (batch.rows[0], stored):
            assert (row.pk, row.state, row.claim, row.attempts) == (message.pk, "running", batch.claim, 1)
            assert row.lease_until > timezone.now()

    def test_a_claimed_row_is_not_claimed_again(self) -> None:
        make_message()
        assert len(claimed()) == 1
        assert claimed() == []

    def test_what_is_not_due_yet_is_left(self) -> None:
        make_message(due_at=timezone.now() + timedelta(seconds=60))
        assert claimed() == []
        assert due_queues(Message) == []

    def test_a_worker_kept_for_a_queue_takes_that_or_better_never_less(self) -> None:
        for priority in ("low", "normal", "high", "critical"):
            make_message(priority)
        counts = {queue: len(claimed(queue)) for queue in ("critical", "high", "normal", "low")}
        assert counts == {"critical": 1, "high": 1, "normal": 1, "low": 1}
        assert claimed("discovery") == []

    def test_of_messages_sent_together_the_better_priority_comes_first(self) -> None:
        for priority in ("low", "critical", "normal", "high"):
            make_message(priority)
        assert [row.priority for row in claimed()] == ["critical", "high", "normal", "low"]

    def test_a_low_one_that_waited_longer_than_its_handicap_passes_a_fresh_critical_one(self) -> None:
        make_message("low", sent_seconds_ago=work.HANDICAP_SECONDS["low"] + 1)
        make_message("critical")
        assert [row.priority for row in claimed(limit=1)] == ["low"]

    def test_rows_of_one_priority_come_in_the_order_of_sending_within_the_limit(self) -> None:
        sent = [make_message(sent_seconds_ago=10 - n).pk for n in range(6)]
        assert [row.pk for row in claimed(limit=4)] == sent[:4]
        assert [row.pk for row in claimed(limit=4)] == sent[4:]

    def test_the_choice_can_be_narrowed(self) -> None:
        make_message()
        wanted = make_message(recipient="other")
        assert [row.pk for row in claimed(recipient="other")] == [wanted.pk]


@pytest.mark.django_db
class TestGivingBack:
    def test_a_released_row_waits_again_and_the_attempt_does_not_count(self) -> None:
        make_message()
        batch = claim(Message, "normal", limit=1)
        assert batch is not None
        assert release(Message, batch.claim, pks=[batch.rows[0].pk]) == 1
        row = Message.objects.get()
        assert (row.state, row.claim, row.lease_until, row.attempts) == ("waiting", None, None, 0)

    def test_nobody_releases_what_another_has_claimed_since(self) -> None:
        make_message()
        lost = claim(Message, "normal", limit=1)
        let_leases_run_out()
        return_expired(Message)
        again = claim(Message, "normal", limit=1)
        assert lost is not None
        assert again is not None
        assert release(Message, lost.claim, pks=[lost.rows[0].pk]) == 0
        assert Message.objects.get().claim == again.claim

    def test_what_a_dead_worker_held_waits_again_and_the_attempt_counts(self) -> None:
        make_message()
        claimed()
        assert return_expired(Message) == 0
        let_leases_run_out()
        assert return_expired(Message) == 1
        row = Message.objects.get()
        assert (row.state, row.claim, row.attempts, row.crashes) == ("waiting", None, 1, 1)
        assert due_queues(Message) == ["normal"]

    def test_rows_that_have_seen_a_crash_are_claimed_one_by_one(self) -> None:
        old = [make_message(sent_seconds_ago=5 - n) for n in range(3)]
        claimed()
        let_leases_run_out()
        return_expired(Message)
        fresh = [make_message() for _ in range(3)]
        batches = [[row.pk for row in claimed()] for _ in range(4)]
        assert batches == [[old[0].pk], [old[1].pk], [old[2].pk], [row.pk for row in fresh]]

    def test_a_row_that_has_seen_a_crash_keeps_its_place_among_others(self) -> None:
        make_message("low")
        claimed()
        let_leases_run_out()
        return_expired(Message)
        make_message("critical")
        assert [row.priority for row in claimed()] == ["critical"]
        assert [row.priority for row in claimed()] == ["low"]

    def test_after_a_second_crash_a_row_rests(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(work.random, "uniform", lambda low, high: high)
        make_message()
        before = timezone.now()
        for _ in range(2):
            claimed()
            let_leases_run_out()
            return_expired(Message)
        row = Message.objects.get()
        assert row.crashes == 2
        assert row.due_at >= before + timedelta(seconds=work.CRASH_PAUSE_SECONDS[0])

    @pytest.mark.parametrize(("crashes", "longest"), [(2, 5), (3, 10), (9, 600), (40, 600)])
    def test_the_rest_doubles_up_to_a_limit(self, crashes: int, longest: float) -> None:
        pauses = [work.crash_pause_seconds(crashes) for _ in range(300)]
        assert 0 <= min(pauses) <= max(pauses) <= longest
        assert max(pauses) > longest / 2


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_renewed_for_as_long_as_its_holder_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "LEASE_SECONDS", 0.6)
    # Its own: the thread of another test's may have begun to wait for a third of the real lease.
    monkeypatch.setattr(leases, "_keeper", leases._LeaseKeeper())
    make_message()
    batch = claim(Message, "normal", limit=1)
    assert batch is not None
    Message.objects.update(lease_until=timezone.now() + timedelta(seconds=0.5))
    before = Message.objects.get().lease_until
    with holding(Message, batch.claim):
        eventually(lambda: Message.objects.get().lease_until > before, seconds=30)


@pytest.mark.django_db
class TestTurns:
    @pytest.fixture
    def woken(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        asked: list[str] = []
        monkeypatch.setattr("common.application.work.turns.wake", lambda task, queue: asked.append(queue))
        return asked

    @pytest.fixture(autouse=True)
    def alone_and_in_no_time(self, no_marks: None, monkeypatch: pytest.MonkeyPatch) -> None:
        """However slow the machine is, no batch takes long and no turn is over by it."""
        monkeypatch.setattr(turns, "monotonic", lambda: 0.0)
        monkeypatch.setattr(turns, "_places", turns._Places())

    def kind(self, perform: Callable[[Batch], None]) -> WorkKind:
        return WorkKind(Message, "common.deliver_messages", perform)

    def test_batches_grow_while_they_are_quick_and_all_is_done_in_one_turn(self, woken: list[str]) -> None:
        for _ in range(30):
            make_message()
        sizes: list[int] = []

        def perform(batch: Batch) -> None:
            sizes.append(len(batch.rows))
            Message.objects.filter(claim=batch.claim).update(state="delivered")

        take_turn(self.kind(perform), "normal")
        assert sizes == [1, 4, 16, 9]
        assert set(woken) == {"normal"}

    @pytest.fixture
    def nothing_learned(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("common.application.work.turns._sizes", {})

    def quick(self, perform: Callable[[Batch], None]) -> WorkKind:
        return WorkKind(Message, "common.deliver_messages", perform, quick=True)

    @pytest.mark.usefixtures("woken", "nothing_learned")
    def test_a_quick_kind_begins_with_the_size_that_its_last_turn_learned(self) -> None:
        sizes: list[int] = []

        def perform(batch: Batch) -> None:
            sizes.append(len(batch.rows))

        for number in (21, 10):
            for _ in range(number):
                make_message()
            take_turn(self.quick(perform), "normal")
        assert sizes == [1, 4, 16, 10]

    @pytest.mark.usefixtures("woken", "nothing_learned")
    def test_batches_shrink_when_they_take_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("common.application.work.turns.SLOW_SECONDS", -1.0)
        monkeypatch.setattr("common.application.work.turns._sizes", {("common.deliver_messages", "normal"): 8})
        for _ in range(20):
            make_message()
        sizes: list[int] = []
        take_turn(self.quick(lambda batch: sizes.append(len(batch.rows))), "normal")
        assert sizes[:4] == [8, 4, 2, 1]

    @pytest.mark.usefixtures("nothing_learned")
    def test_a_quick_turn_looks_again_and_needs_no_wake_up_for_what_comes_meanwhile(self, woken: list[str]) -> None:
        make_message()
        handled: list[int] = []
        marked: list[bool] = []

        def perform(batch: Batch) -> None:
            handled.append(len(batch.rows))
            marked.append(not wake_marks.leave("common.deliver_messages", "normal"))
            if len(handled) < 3:
                make_message()  # another process sends, and finds the mark

        take_turn(self.quick(perform), "normal")
        assert handled == [1, 1, 1]
        assert marked == [True, True, True]
        assert wake_marks.leave("common.deliver_messages", "normal"), "the mark was left behind"

    @pytest.mark.usefixtures("nothing_learned")
    def test_a_wake_up_beyond_the_quick_turns_of_a_process_is_made_up_for(
        self, woken: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("common.application.work.turns.QUICK_TURNS", 1)
        make_message()
        inner = self.quick(lambda batch: None)
        take_turn(self.quick(lambda batch: take_turn(inner, "normal")), "normal")
        assert woken == ["normal"]

    def test_nobody_is_woken_for_more_where_there_is_no_more(self, woken: list[str]) -> None:
        make_message()
        take_turn(self.kind(lambda batch: None), "normal")
        assert woken == []

    def test_a_turn_ends_after_its_time_and_asks_for_another(
        self, woken: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("common.application.work.turns.TURN_SECONDS", -1.0)
        for _ in range(20):
            make_message()
        batches: list[Batch] = []
        take_turn(self.kind(batches.append), "normal")
        assert len(batches) == 1
        assert woken

    def test_nothing_is_claimed_while_processing_is_paused(
        self, woken: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("common.application.work.turns.is_processing", lambda: False)
        make_message()
        take_turn(self.kind(lambda batch: None), "normal")
        assert Message.objects.get().state == "waiting"


@pytest.mark.usefixtures("no_marks")
class TestMarks:
    def test_one_wake_up_is_on_its_way_until_a_worker_begins_it(self) -> None:
        assert wake_marks.leave("task", "normal")
        assert not wake_marks.leave("task", "normal")
        assert wake_marks.leave("task", "high")
        wake_marks.clear("task", "normal")
        assert wake_marks.leave("task", "normal")

    def test_a_mark_whose_task_got_lost_ends_by_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(wake_marks, "LIFE_SECONDS", 0.02)
        assert wake_marks.leave("lost", "normal")
        services.stopping.wait(0.03)
        assert wake_marks.leave("lost", "normal")


def race(environment: dict[str, str]) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, "-m", "common.tests.work.claim_race"],
        cwd=ROOT,
        env={**os.environ, **environment, "DJANGO_SETTINGS_MODULE": "nms.settings", "NMS_LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_two_processes_that_claim_at_once_never_get_one_row_both_on_sqlite(tmp_path: Path) -> None:
    assert race({"NMS_DATA_DIR": str(tmp_path)}) == {"rows": 400, "claimed": 400, "twice": 0}


@pytest.mark.needs("postgres", "initdb")
def test_two_processes_that_claim_at_once_never_get_one_row_both_on_postgresql(
    tmp_path: Path, postgresql: PostgreSQL
) -> None:
    url = postgresql.fresh_database("claim_race")
    assert race({"NMS_DATA_DIR": str(tmp_path), "DATABASE_URL": url}) == {"rows": 400, "claimed": 400, "twice": 0}
