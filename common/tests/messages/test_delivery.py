from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from common.application import services
from common.application.messages import delivery
from common.application.messages import ends as message_ends
from common.application.messages.dead_letters import dead_letters, replay, replay_many
from common.application.messages.requests import request
from common.application.messages.sending import broadcast, send
from common.application.modules import dispatch, registry
from common.domain.errors import Conflict, Failed, TimedOut, Unknown
from common.domain.modules import CapabilityFailed, HandlerRefused
from common.infrastructure.work.claims import claim, return_expired
from common.models import EventSnapshot, Message, StoredEvent
from common.tests.modules.sample_module import Answer, Note, SampleModule, deliver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_is_known_of_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_took", {})


def note(key: str = "a", type: str = "sample.record", **options: Any) -> Message:
    return send(type, {"key": key}, **{"recipient": "sample", "sender": "tests", **options})


def raising(error: Exception, *, when: str = "bad") -> Callable[[Note], None]:
    def behave(note: Note) -> None:
        if note.key == when:
            raise error

    return behave


def let_it_be_due() -> None:
    Message.objects.filter(state="waiting").update(due_at=timezone.now())


def let_the_worker_die() -> None:
    """The leases of what is running run out."""
    Message.objects.filter(state="running").update(lease_until=timezone.now() - timedelta(seconds=1))
    return_expired(Message)
    let_it_be_due()


def states() -> dict[str, str]:
    return {row.body["key"]: row.state for row in Message.objects.all()}


def event_types() -> list[str]:
    return list(StoredEvent.objects.order_by("position").values_list("type", flat=True))


class TestDelivery:
    def test_a_batch_is_handled_in_order_and_delivered_with_its_effects(self, sample: SampleModule) -> None:
        for key in ("a", "b", "c"):
            note(key)
        deliver()
        assert sample.keys == sample.effects == ["a", "b", "c"]
        assert states() == {"a": "delivered", "b": "delivered", "c": "delivered"}
        row = Message.objects.first()
        assert row is not None
        assert (row.claim, row.lease_until, row.error) == (None, None, "")
        assert row.finished_at is not None

    def test_the_handler_knows_the_circumstances(self, sample: SampleModule) -> None:
        sent = note(actor="ada", correlation_id="c", expires_in_seconds=60.0)
        deliver()
        call = sample.received[0][1]
        assert (call.actor, call.correlation_id) == ("ada", "c")
        assert call.idempotency_key == call.causation_id == str(sent.uuid)
        assert call.deadline == sent.expires_at

    def test_a_bad_message_harms_no_other_of_its_batch(self, sample: SampleModule) -> None:
        sample.behave = raising(RuntimeError("as told"))
        for key in ("a", "bad", "c"):
            note(key)
        deliver()
        assert states() == {"a": "delivered", "bad": "waiting", "c": "delivered"}
        assert sample.effects == ["a", "c"]

    def test_what_a_failed_attempt_wrote_is_rolled_back(self, sample: SampleModule) -> None:
        sample.behave = raising(RuntimeError("as told"))
        note("bad")
        deliver()
        assert sample.keys == ["bad"]
        assert sample.effects == []

    def test_a_handler_that_breaks_the_transaction_and_hides_it_fails_alone(self, sample: SampleModule) -> None:
        def behave(note: Note) -> None:
            if note.key != "bad":
                return
            row = EventSnapshot.objects.get(subject="bad")
            try:
                EventSnapshot(projection="sample", subject="bad", position=row.position, time=row.time, state={}).save()
            except IntegrityError:
                transaction.set_rollback(True)

        sample.behave = behave
        for key in ("a", "bad", "c"):
            note(key)
        deliver()
        assert states() == {"a": "delivered", "bad": "waiting", "c": "delivered"}

    def test_a_non_transactional_handler_runs_outside_and_keeps_what_it_wrote(self, sample: SampleModule) -> None:
        inside: list[bool] = []
        sample.behave = lambda note: inside.append(transaction.get_connection().in_atomic_block)
        note("in")
        note("out", "sample.outside")
        deliver()
        assert inside == [True, False]
        assert states() == {"in": "delivered", "out": "delivered"}

    def test_what_may_take_long_is_done_alone_and_the_rest_goes_back_untouched(self, sample: SampleModule) -> None:
        for key in ("a", "b", "c"):
            note(key, "sample.outside")
        waiting: list[int] = []
        sample.behave = lambda note: waiting.append(Message.objects.filter(state="waiting", attempts=0).count())
        deliver()
        assert waiting == [2]  # while the first is handled
        assert states() == {"a": "delivered", "b": "waiting", "c": "waiting"}

    def test_what_was_quick_last_time_is_done_in_a_row(
        self, sample: SampleModule, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(delivery, "monotonic", lambda: 0.0)  # quick on a slow machine as well
        note("first", "sample.outside")
        deliver()
        for key in ("a", "b", "c"):
            note(key, "sample.outside")
        deliver()
        assert set(states().values()) == {"delivered"}

    def test_when_the_process_ends_what_was_not_begun_goes_back(
        self, sample: SampleModule, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(services.stopping, "is_set", lambda: True)
        note("a", "sample.outside")
        deliver()
        assert sample.keys == []
        assert Message.objects.get().attempts == 0

    def test_a_worker_whose_claim_was_taken_over_changes_nothing(self, sample: SampleModule) -> None:
        note("a")
        late = claim(Message, "normal", limit=1)
        assert late is not None
        let_the_worker_die()
        deliver()
        delivery.perform(late)
        assert sample.keys == ["a", "a"]
        assert sample.effects == ["a"]
        assert states() == {"a": "delivered"}

    def test_the_recipients_activity_is_counted(self, sample: SampleModule) -> None:
        sample.behave = raising(RuntimeError("as told"))
        note("a")
        note("bad")
        deliver()
        known = registry.find_module("sample")
        assert known is not None
        assert (known.messages, known.errors) >= (2, 1)


class TestFailure:
    def test_a_failed_message_is_tried_again_later_and_later(
        self, sample: SampleModule, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(message_ends.random, "uniform", lambda low, high: high)
        sample.behave = raising(RuntimeError("as told"))
        note("bad", max_attempts=4)
        for pause in (2, 4, 8):
            before, waits = timezone.now(), timedelta(seconds=pause)
            deliver()
            row = Message.objects.get()
            assert before + waits <= row.due_at <= timezone.now() + waits
            assert (row.state, row.claim, row.error) == ("waiting", None, "RuntimeError: as told")
            let_it_be_due()
        assert event_types() == []

    def test_the_pause_has_full_jitter_and_a_limit(self, sample: SampleModule) -> None:
        message = note("bad")
        pauses = []
        for _ in range(60):
            message.attempts, message.claim = 30, None
            Message.objects.update(state="waiting")
            message_ends.retry(message, "")
            pauses.append((Message.objects.get().due_at - timezone.now()).total_seconds())
        assert max(pauses) <= message_ends.LONGEST_PAUSE_SECONDS
        assert min(pauses) < message_ends.LONGEST_PAUSE_SECONDS / 3 < max(pauses)

    def test_after_its_last_attempt_a_message_is_dead_with_an_event_of_its_priority(self, sample: SampleModule) -> None:
        sample.behave = raising(RuntimeError("as told"))
        sent = note("bad", max_attempts=2, priority="critical", correlation_id="c")
        for _ in range(3):
            deliver()
            let_it_be_due()
        assert sample.keys == ["bad", "bad"]
        row = Message.objects.get()
        assert (row.state, row.attempts, row.error, row.claim) == ("dead", 2, "RuntimeError: as told", None)
        event = StoredEvent.objects.get()
        assert (event.type, event.priority, event.subject) == ("message.dead", "critical", f"message:{sent.uuid}")
        assert event.correlation_id == "c"
        assert (event.data["attempts"], event.data["reason"]) == (2, "RuntimeError: as told")

    @pytest.mark.parametrize("type", ["sample.record", "sample.outside"])
    def test_a_refused_message_is_dead_at_once(self, sample: SampleModule, type: str) -> None:
        sample.behave = raising(HandlerRefused("there is no such device"))
        note("bad", type)
        deliver()
        row = Message.objects.get()
        assert (row.state, row.attempts, row.error) == ("dead", 1, "there is no such device")

    def test_a_dead_letter_keeps_the_code_of_the_failure(self, sample: SampleModule) -> None:
        sample.behave = raising(CapabilityFailed("The device is busy.", code="busy"))
        note("bad", max_attempts=1)
        deliver()
        row = Message.objects.get()
        assert (row.state, row.error) == ("dead", "The device is busy. (busy)")

    def test_a_body_that_the_handler_does_not_understand_is_refused(self, sample: SampleModule) -> None:
        send("sample.record", {"keys": "a"}, recipient="sample", sender="tests")
        deliver()
        row = Message.objects.get()
        assert row.state == "dead"
        assert "keys" in row.error

    def test_a_message_whose_recipient_is_gone_is_dead(self, sample: SampleModule) -> None:
        note("a")
        registry.unregister_module("sample")
        deliver()
        row = Message.objects.get()
        assert (row.state, row.error) == ("dead", "There is no module sample.")

    def test_while_its_recipient_is_lost_a_message_waits_and_no_attempt_counts(
        self, sample: SampleModule, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def lost(message: Message) -> None:
            raise dispatch.RecipientLost("no heartbeats")

        monkeypatch.setattr(delivery, "handler_for", lost)
        note("a")
        deliver()
        row = Message.objects.get()
        assert (row.state, row.attempts, row.error) == ("waiting", 0, "no heartbeats")
        assert row.due_at > timezone.now()

    def test_an_error_that_cannot_be_stored_as_it_is_is_cut(self, sample: SampleModule) -> None:
        sample.behave = raising(RuntimeError("x\0" * 5000))
        note("bad", max_attempts=1)
        deliver()
        row = Message.objects.get()
        assert row.state == "dead"
        assert len(row.error) <= message_ends.MAX_ERROR_LENGTH
        assert "\0" not in row.error

    def test_a_dead_message_about_dead_messages_makes_no_event_of_its_own(self, sample: SampleModule) -> None:
        send("message.dead", {"nonsense": 1}, recipient="sample", sender="hub", kind="event")
        deliver()
        assert Message.objects.get().state == "dead"
        assert event_types() == []


class TestCrashes:
    def test_a_message_that_kills_its_worker_is_dead_after_its_attempts(self, sample: SampleModule) -> None:
        note("poison", max_attempts=3)
        for _ in range(3):
            assert claim(Message, "normal", limit=9) is not None
            let_the_worker_die()
        deliver()
        row = Message.objects.get()
        assert row.state == "dead"
        assert "ended with the worker" in row.error
        assert sample.keys == []
        assert event_types() == ["message.dead"]

    def test_the_others_of_its_batch_are_delivered_after_one_crash_even_if_they_have_one_attempt(
        self, sample: SampleModule
    ) -> None:
        for key in ("a", "poison", "c"):
            note(key, max_attempts=1)
        assert claim(Message, "normal", limit=9) is not None
        let_the_worker_die()
        assert [deliver() for _ in range(4)] == [1, 1, 1, 0]
        assert states() == {"a": "delivered", "poison": "delivered", "c": "delivered"}

    def test_with_one_attempt_a_message_that_kills_alone_is_dead_too(self, sample: SampleModule) -> None:
        note("poison", max_attempts=1)
        for _ in range(2):
            assert claim(Message, "normal", limit=9) is not None
            let_the_worker_die()
        deliver()
        assert states() == {"poison": "dead"}


class TestExpiry:
    def test_what_has_expired_is_not_handled(self, sample: SampleModule) -> None:
        note("late", expires_in_seconds=1.0)
        Message.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        deliver()
        assert sample.keys == []
        assert states() == {"late": "expired"}
        assert event_types() == ["message.expired"]

    def test_the_sweep_ends_what_waits_beyond_its_time(self, sample: SampleModule) -> None:
        note("late", expires_in_seconds=1.0)
        note("fresh", expires_in_seconds=60.0)
        note("for ever")
        Message.objects.filter(body__key="late").update(expires_at=timezone.now() - timedelta(seconds=1))
        message_ends.expire_overdue()
        assert states() == {"late": "expired", "fresh": "waiting", "for ever": "waiting"}


class TestDeadLetters:
    def bury(self, sample: SampleModule, *keys: str) -> list[Message]:
        sample.behave = lambda note: (_ for _ in ()).throw(HandlerRefused("no"))
        sent = [note(key, expires_in_seconds=3600.0) for key in keys]
        deliver()
        sample.behave = lambda note: None
        return sent

    def test_a_replayed_letter_is_delivered_with_its_attempts_counted_anew(self, sample: SampleModule) -> None:
        (sent,) = self.bury(sample, "a")
        then = timezone.now() - timedelta(hours=2)
        Message.objects.update(created_at=then, expires_at=then + timedelta(hours=1))
        replayed = replay(sent.uuid, actor="ada")
        assert (replayed.state, replayed.attempts, replayed.replays) == ("waiting", 0, 1)
        deliver()
        row = Message.objects.get()
        assert (row.state, row.attempts, row.replays, row.error) == ("delivered", 1, 1, "")
        assert event_types() == ["message.dead", "message.replayed"]
        assert StoredEvent.objects.last().actor == "ada"  # type: ignore[union-attr]

    def test_only_dead_ones_are_replayed(self, sample: SampleModule) -> None:
        with pytest.raises(Conflict, match="waiting, not dead"):
            replay(note("a").uuid)

    def test_an_unknown_one_is_named(self) -> None:
        with pytest.raises(Unknown, match="00000000"):
            replay(UUID(int=1))

    def test_many_are_replayed_at_once_and_the_others_left(self, sample: SampleModule) -> None:
        self.bury(sample, "a", "b", "c")
        note("alive")
        chosen = Message.objects.filter(body__key__in=["a", "c", "alive"])
        assert [row.body["key"] for row in replay_many(chosen, actor="ada")] == ["a", "c"]
        assert states() == {"a": "waiting", "b": "dead", "c": "waiting", "alive": "waiting"}
        assert [row.body["key"] for row in dead_letters()] == ["b"]
        assert event_types().count("message.replayed") == 2


class TestRequests:
    @pytest.fixture
    def worker(self) -> Any:
        """A thread that delivers as a worker does."""
        import threading

        from django.db import connections

        ended = threading.Event()

        def work() -> None:
            try:
                while not ended.wait(0.01):
                    deliver()
            finally:
                connections.close_all()

        thread = threading.Thread(target=work)
        thread.start()
        yield
        ended.set()
        thread.join(60)

    @pytest.mark.usefixtures("worker")
    def test_the_reply_of_the_handler_is_the_answer(self, sample: SampleModule) -> None:
        sample.behave = lambda note: Answer(said=f"{note.key}!")
        assert request("sample.ask", {"key": "hello"}, recipient="sample", sender="tests", timeout_seconds=60.0) == {
            "said": "hello!"
        }
        row = Message.objects.get()
        assert (row.kind, row.state, row.reply) == ("request", "delivered", {"said": "hello!"})
        assert row.correlation_id

    @pytest.mark.usefixtures("worker")
    def test_a_handler_without_an_answer_answers_with_an_empty_one(self, sample: SampleModule) -> None:
        assert request("sample.ask", {}, recipient="sample", sender="tests", timeout_seconds=60.0) == {}

    @pytest.mark.usefixtures("worker")
    def test_a_refusal_is_told_to_the_one_who_asked(self, sample: SampleModule) -> None:
        sample.behave = raising(HandlerRefused("no such device"))
        with pytest.raises(Failed, match=r"sample could not answer sample\.ask: no such device") as caught:
            request("sample.ask", {"key": "bad"}, recipient="sample", sender="tests", timeout_seconds=60.0)
        assert caught.value.code == "request_failed"

    def test_without_an_answer_in_time_it_says_who_did_not_answer_what(self, sample: SampleModule) -> None:
        with pytest.raises(TimedOut, match=r"sample did not answer sample\.ask within 0\.2 s") as caught:
            request("sample.ask", {}, recipient="sample", sender="tests", timeout_seconds=0.2)
        assert caught.value.code == "request_timed_out"
        deliver()
        assert sample.keys == []
        assert Message.objects.get().state == "expired"

    def test_inside_a_transaction_it_refuses_to_wait_for_ever(self) -> None:
        with transaction.atomic(), pytest.raises(transaction.TransactionManagementError):
            request("sample.ask", {}, recipient="sample", sender="tests")
        assert not Message.objects.exists()

    def test_a_module_that_takes_replies_gets_the_answer_as_a_message(self, sample: SampleModule) -> None:
        sample.behave = lambda note: Answer(said="yes")
        sent = note("q", "sample.ask", sender="listener", kind="request", correlation_id="c", priority="high")
        deliver()
        reply = Message.objects.get(kind="reply")
        assert (reply.type, reply.sender, reply.recipient) == ("sample.ask.reply", "sample", "listener")
        assert (reply.body, reply.correlation_id, reply.causation_id) == ({"said": "yes"}, "c", str(sent.uuid))
        deliver()
        assert sample.keys == ["q", "yes"]

    def test_an_answer_that_cannot_be_stored_makes_the_request_fail(self, sample: SampleModule) -> None:
        sample.behave = lambda note: Answer(said="\0")
        note("q", "sample.ask", kind="request")
        deliver()
        row = Message.objects.get()
        assert row.state == "dead"
        assert "reply cannot be stored" in row.error


def test_a_broadcast_reaches_every_module_on_its_own(sample: SampleModule) -> None:
    broadcast("sample.record", {"key": "x"}, sender="tests")
    deliver()
    assert sample.keys == ["x", "x"]
    assert {(row.recipient, row.state) for row in Message.objects.all()} == {
        ("sample", "delivered"),
        ("listener", "delivered"),
    }
