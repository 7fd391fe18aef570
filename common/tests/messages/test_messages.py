from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from common.application.messages import sending as messages
from common.application.messages.sending import broadcast, send, send_many
from common.application.modules import registry
from common.domain.errors import Conflict, Invalid, Unknown
from common.domain.messages import MAX_BODY_BYTES, draft
from common.models import Message
from common.tests.modules.sample_module import SampleModule
from common.tests.on_postgresql import run_on_postgresql
from common.tests.servers import PostgreSQL

pytestmark = pytest.mark.usefixtures("sample")


def note(key: str = "a", **options: Any) -> Message:
    options = {"recipient": "sample", "sender": "tests", **options}
    return send("sample.record", {"key": key}, **options)


def outdate_keys(hours: float) -> None:
    Message.objects.update(created_at=timezone.now() - timedelta(hours=hours))


@pytest.mark.django_db
class TestSending:
    def test_a_message_is_stored_as_it_was_sent_and_waits(self) -> None:
        sent = send(
            "sample.record",
            {"key": "ä\\u0000", "then": ""},
            recipient="sample",
            sender="tests",
            priority="high",
            actor="ada",
            correlation_id="c",
            causation_id="e",
            delay_seconds=5,
            expires_in_seconds=10,
            max_attempts=2,
        )
        stored = Message.objects.get()
        assert (sent.pk, sent.uuid) == (stored.pk, stored.uuid)
        assert (stored.body, stored.kind, stored.state) == ({"key": "ä\\u0000", "then": ""}, "direct", "waiting")
        assert (stored.queue, stored.actor, stored.correlation_id, stored.causation_id) == ("high", "ada", "c", "e")
        assert stored.due_at == sent.due_at == sent.created_at + timedelta(seconds=5)
        assert stored.expires_at == sent.created_at + timedelta(seconds=10)
        assert (stored.max_attempts, stored.attempts, stored.idempotency_key) == (2, 0, None)

    def test_many_are_sent_by_one_statement_and_keep_their_order(self, django_assert_num_queries: Any) -> None:
        drafts = [
            draft(type="sample.record", body={"key": str(n)}, recipient="sample", sender="tests") for n in range(50)
        ]
        with django_assert_num_queries(1):
            sent = send_many(drafts)
        assert [message.body["key"] for message in sent] == [str(n) for n in range(50)]
        assert [message.pk for message in sent] == sorted(message.pk for message in sent)

    def test_what_is_sent_in_a_transaction_that_is_rolled_back_was_never_sent(self) -> None:
        with transaction.atomic():
            note()
            transaction.set_rollback(True)
        assert not Message.objects.exists()

    def test_workers_are_woken_on_commit_and_not_before(
        self, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
    ) -> None:
        woken: list[tuple[str, str]] = []
        monkeypatch.setattr(messages, "wake", lambda task, queue: woken.append((task, queue)))
        with django_capture_on_commit_callbacks(execute=True):
            note(priority="critical")
            assert woken == []
        assert woken == [("common.deliver_messages", "critical")]

    def test_an_unknown_recipient_is_named_together_with_the_known_ones(self) -> None:
        with pytest.raises(Unknown, match=r"no module nobody\. Known: .*listener, .*sample") as caught:
            note(recipient="nobody")
        assert caught.value.code == "unknown_recipient"

    def test_a_type_that_the_recipient_does_not_take_is_named_together_with_those_it_takes(self) -> None:
        with pytest.raises(Invalid, match=r"does not take .* sample\.dance\. It takes: sample\.ask, ") as caught:
            send("sample.dance", {}, recipient="sample", sender="tests")
        assert caught.value.code == "type_not_taken"

    @pytest.mark.parametrize(
        ("fields", "named"),
        [
            ({"type": "No Name"}, "type"),
            ({"type": "a" * 101}, "type"),
            ({"type": None}, "type"),
            ({"recipient": ""}, "recipient"),
            ({"recipient": "user:ada"}, "recipient"),
            ({"sender": ""}, "sender"),
            ({"sender": "a\nb"}, "sender"),
            ({"sender": "a" * 161}, "sender"),
            ({"body": [1]}, "body"),
            ({"body": {"x": float("nan")}}, "body"),
            ({"body": {"x": float("inf")}}, "body"),
            ({"body": {"x": "\0"}}, "body"),
            ({"body": {"\0": 1}}, "body"),
            ({"body": {1: 2}}, "body"),
            ({"body": {"x": 2**70}}, "body"),
            ({"body": {"x": "\ud800"}}, "body"),
            ({"body": {"x": object()}}, "body"),
            ({"body": {"x": "a" * MAX_BODY_BYTES}}, "body"),
            ({"priority": "urgent"}, "priority"),
            ({"priority": 1}, "priority"),
            ({"actor": "a" * 151}, "actor"),
            ({"correlation_id": "a" * 101}, "correlation_id"),
            ({"idempotency_key": ""}, "idempotency_key"),
            ({"idempotency_key": "k" * 256}, "idempotency_key"),
            ({"idempotency_key": "a\0b"}, "idempotency_key"),
            ({"expires_in_seconds": 0}, "expires_in_seconds"),
            ({"expires_in_seconds": float("nan")}, "expires_in_seconds"),
            ({"expires_in_seconds": 1e12}, "expires_in_seconds"),
            ({"expires_in_seconds": 5.0, "delay_seconds": 5.0}, "expires_in_seconds"),
            ({"delay_seconds": -1}, "delay_seconds"),
            ({"delay_seconds": True}, "delay_seconds"),
            ({"max_attempts": 0}, "max_attempts"),
            ({"max_attempts": 1.5}, "max_attempts"),
            ({"kind": "telegram"}, "kind"),
        ],
    )
    def test_nonsense_is_refused_by_the_name_of_its_field_and_nothing_is_stored(
        self, fields: dict[str, Any], named: str
    ) -> None:
        whole = {"type": "sample.record", "body": {}, "recipient": "sample", "sender": "tests", **fields}
        with pytest.raises(Invalid) as caught:
            send(whole.pop("type"), whole.pop("body"), **whole)
        assert [detail["field"] for detail in caught.value.details] == [named]
        assert not Message.objects.exists()

    def test_a_nested_body_too_deep_for_json_is_refused(self) -> None:
        body: dict[str, Any] = {}
        for _ in range(2000):
            body = {"x": body}
        with pytest.raises(Invalid):
            send("sample.record", body, recipient="sample", sender="tests")

    def test_of_many_one_wrong_one_keeps_all_from_being_sent(self) -> None:
        good = draft(type="sample.record", recipient="sample", sender="tests")
        lost = draft(type="sample.record", recipient="nobody", sender="tests")
        with pytest.raises(Unknown):
            send_many([good, lost])
        assert not Message.objects.exists()


@pytest.mark.django_db
class TestKeys:
    def test_the_same_key_and_content_is_the_first_message(self) -> None:
        first = note(idempotency_key="k")
        again = note(idempotency_key="k")
        assert (again.pk, again.uuid) == (first.pk, first.uuid)
        assert Message.objects.count() == 1

    def test_the_same_key_with_other_content_is_a_conflict_and_changes_nothing(self) -> None:
        first = note("a", idempotency_key="k")
        with pytest.raises(Conflict, match=str(first.uuid)) as caught:
            note("b", idempotency_key="k")
        assert caught.value.code == "idempotency_key_reused"
        assert Message.objects.get().body == {"key": "a"}

    def test_a_key_belongs_to_its_sender_and_recipient(self) -> None:
        note("a", idempotency_key="k")
        note("b", idempotency_key="k", sender="others")
        note("c", idempotency_key="k", recipient="listener")
        assert Message.objects.count() == 3

    def test_a_key_is_kept_for_24_hours_and_then_free(self) -> None:
        first = note("a", idempotency_key="k")
        outdate_keys(23.9)
        assert note("a", idempotency_key="k").pk == first.pk
        outdate_keys(24.1)
        second = note("b", idempotency_key="k")
        assert second.pk != first.pk
        assert Message.objects.get(pk=first.pk).idempotency_key is None
        assert note("b", idempotency_key="k").pk == second.pk

    def test_a_key_twice_in_one_batch_is_one_message(self) -> None:
        one = draft(type="sample.record", recipient="sample", sender="tests", idempotency_key="k")
        assert len({message.pk for message in send_many([one, one])}) == 1

    def test_a_conflict_in_a_batch_sends_none_of_it(self) -> None:
        note("a", idempotency_key="k")
        fresh = draft(type="sample.record", recipient="sample", sender="tests")
        wrong = draft(type="sample.record", body={"key": "b"}, recipient="sample", sender="tests", idempotency_key="k")
        with pytest.raises(Conflict):
            send_many([fresh, wrong])
        assert Message.objects.count() == 1

    def test_a_conflict_leaves_the_callers_transaction_usable(self) -> None:
        note("a", idempotency_key="k")
        with transaction.atomic():
            with pytest.raises(Conflict):
                note("b", idempotency_key="k")
            note("c")
        assert Message.objects.count() == 2


@pytest.mark.django_db
class TestBroadcast:
    def test_each_module_that_takes_the_type_gets_one_and_the_sender_none(self) -> None:
        sent = broadcast("sample.record", {"key": "x"}, sender="listener")
        assert [message.recipient for message in sent] == ["sample"]
        sent = broadcast("sample.record", {"key": "x"}, sender="user:ada")
        assert [(message.recipient, message.kind) for message in sent] == [
            ("listener", "broadcast"),
            ("sample", "broadcast"),
        ]
        assert len({message.correlation_id for message in sent}) == 1
        assert sent[0].correlation_id

    def test_nobody_gets_what_nobody_takes(self) -> None:
        assert broadcast("sample.unheard", {}, sender="tests") == []

    def test_nonsense_is_refused_even_where_nobody_would_get_it(self) -> None:
        with pytest.raises(Invalid):
            broadcast("sample.unheard", {}, sender="tests", priority="urgent")

    def test_again_with_its_key_it_is_the_same_messages(self) -> None:
        first = broadcast("sample.record", {"key": "x"}, sender="tests", idempotency_key="k")
        again = broadcast("sample.record", {"key": "x"}, sender="tests", idempotency_key="k")
        assert [message.pk for message in again] == [message.pk for message in first]


@pytest.mark.django_db
def test_a_module_that_is_gone_is_no_recipient_any_more(sample: SampleModule) -> None:
    registry.unregister_module("sample")
    with pytest.raises(Unknown):
        note()


@pytest.mark.slow
@pytest.mark.needs("postgres", "initdb")
def test_all_of_this_holds_on_postgresql_too(postgresql: PostgreSQL) -> None:
    run_on_postgresql(
        postgresql,
        "common/tests/work/test_work.py",
        "common/tests/messages/test_messages.py",
        "common/tests/messages/test_delivery.py",
    )
