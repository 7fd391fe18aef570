from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

from common.application.messages.sending import send
from common.domain.modules import HandlerRefused
from common.models import Message, StoredEvent
from common.tests.modules.sample_module import SampleModule, deliver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sample")]

HUB = "/api/common/api/v1/hub"
SEND, BROADCAST, ASK = f"{HUB}/messages/send/", f"{HUB}/messages/broadcast/", f"{HUB}/messages/request/"
NOTE = {"type": "sample.record", "recipient": "sample", "body": {"key": "a"}}


def bury(sample: SampleModule, *keys: str) -> list[Message]:
    def refuse(note: object) -> None:
        raise HandlerRefused("no")

    sample.behave = refuse
    sent = [send("sample.record", {"key": key}, recipient="sample", sender="tests") for key in keys]
    deliver()
    return sent


class TestSending:
    def test_a_message_is_accepted_with_its_address(self, operator: APIClient) -> None:
        answer = operator.post(SEND, {**NOTE, "priority": "high"})
        assert answer.status_code == 202, answer.json()
        body = answer.json()
        assert answer["Location"] == body["url"] == f"{HUB}/messages/{body['uuid']}/"
        stored = Message.objects.get(uuid=body["uuid"])
        assert (stored.sender, stored.actor, stored.priority) == ("user:operator", "operator", "high")
        assert stored.correlation_id == answer["X-Request-ID"]
        shown = operator.get(body["url"])
        assert shown.status_code == 200
        assert shown.json() == body

    def test_an_unknown_recipient_is_a_404_that_names_the_known_ones(self, operator: APIClient) -> None:
        answer = operator.post(SEND, {**NOTE, "recipient": "nobody"})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_recipient")
        assert "sample" in answer.json()["message"]

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"type": 7}, "type"),
            ({"type": "sample.dance"}, "type"),
            ({"recipient": None}, "recipient"),
            ({"body": "text"}, "body"),
            ({"priority": "urgent"}, "priority"),
            ({"max_attempts": "3"}, "max_attempts"),
            ({"max_attempts": 1000}, "max_attempts"),
            ({"expires_in_seconds": -1}, "expires_in_seconds"),
            ({"delay_seconds": 1e9}, "delay_seconds"),
            ({"idempotency_key": "k" * 300}, "idempotency_key"),
            ({"sender": "monitoring"}, "sender"),
        ],
    )
    def test_a_wrong_field_is_a_400_that_names_it_and_nothing_is_sent(
        self, operator: APIClient, changes: dict[str, Any], field: str
    ) -> None:
        answer = operator.post(SEND, {**NOTE, **changes})
        assert answer.status_code == 400, answer.json()
        assert [detail["field"] for detail in answer.json()["details"]] == [field]
        assert not Message.objects.exists()

    @pytest.mark.parametrize("body", [[], [NOTE], "text", 7, None])
    def test_a_body_that_is_no_object_is_a_400(self, operator: APIClient, body: Any) -> None:
        assert operator.post(SEND, body, format="json").status_code == 400

    @pytest.mark.parametrize("path", [SEND, BROADCAST, ASK])
    def test_who_may_only_look_may_not_send(self, viewer: APIClient, path: str) -> None:
        assert viewer.post(path, NOTE).status_code == 403
        assert APIClient().post(path, NOTE).status_code == 401
        assert not Message.objects.exists()

    def test_a_key_sends_once_and_says_so_when_it_was_another_message(self, operator: APIClient) -> None:
        first = operator.post(SEND, {**NOTE, "idempotency_key": "k"}).json()
        again = operator.post(SEND, {**NOTE, "idempotency_key": "k"}).json()
        assert again["uuid"] == first["uuid"]
        other = operator.post(SEND, {**NOTE, "body": {"key": "b"}, "idempotency_key": "k"})
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")

    def test_an_empty_key_is_refused_and_does_not_give_way_to_the_header(self, operator: APIClient) -> None:
        answer = operator.post(SEND, {**NOTE, "idempotency_key": ""}, headers={"Idempotency-Key": "k"})
        assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "idempotency_key")
        assert not Message.objects.exists()

    def test_a_broadcast_names_whom_it_reaches(self, operator: APIClient) -> None:
        answer = operator.post(BROADCAST, {"type": "sample.record", "body": {"key": "x"}})
        assert answer.status_code == 202
        assert answer.json()["recipients"] == ["listener", "sample"]
        assert Message.objects.filter(correlation_id=answer.json()["correlation_id"]).count() == 2

    def test_a_broadcast_that_reaches_nobody_says_so(self, operator: APIClient) -> None:
        answer = operator.post(BROADCAST, {"type": "sample.unheard"})
        assert (answer.status_code, answer.json()["recipients"]) == (202, [])


@pytest.mark.django_db(transaction=True)
class TestAsking:
    def test_without_an_answer_in_time_it_is_a_504(self, operator: APIClient) -> None:
        answer = operator.post(ASK, {**NOTE, "type": "sample.ask", "timeout_seconds": 0.2})
        assert (answer.status_code, answer.json()["code"]) == (504, "request_timed_out")

    @pytest.mark.parametrize("seconds", [0, -1, 61, "5", None, True])
    def test_it_waits_for_a_minute_at_most(self, operator: APIClient, seconds: Any) -> None:
        answer = operator.post(ASK, {**NOTE, "timeout_seconds": seconds})
        assert answer.status_code == 400
        assert answer.json()["details"][0]["field"] == "timeout_seconds"


class TestLooking:
    def test_messages_are_listed_newest_first_and_filtered(self, viewer: APIClient, sample: SampleModule) -> None:
        bury(sample, "dead")
        waiting = send("sample.record", {"key": "w"}, recipient="listener", sender="tests", correlation_id="c")
        listed = viewer.get(f"{HUB}/messages/").json()
        assert [row["body"]["key"] for row in listed["data"]] == ["w", "dead"]
        for query in ("state=waiting", "recipient=listener", "correlation_id=c", "state=waiting&state=running"):
            found = viewer.get(f"{HUB}/messages/?{query}").json()["data"]
            assert [row["uuid"] for row in found] == [str(waiting.uuid)], query

    @pytest.mark.parametrize("query", ["state=lost", "colour=red", "ordering=body", "page=0", "created_after=now"])
    def test_a_wrong_filter_is_a_400(self, viewer: APIClient, query: str) -> None:
        assert viewer.get(f"{HUB}/messages/?{query}").status_code == 400
        assert viewer.get(f"{HUB}/dead-letters/?{query}").status_code == 400

    @pytest.mark.parametrize("name", [str(UUID(int=1)), "7", "x", "sende"])
    def test_what_is_not_there_is_a_404(self, viewer: APIClient, name: str) -> None:
        assert viewer.get(f"{HUB}/messages/{name}/").status_code == 404
        assert viewer.get(f"{HUB}/dead-letters/{name}/").status_code == 404

    def test_only_dead_letters_are_among_the_dead_letters(self, viewer: APIClient, sample: SampleModule) -> None:
        (dead,) = bury(sample, "dead")
        alive = send("sample.record", {}, recipient="sample", sender="tests")
        listed = viewer.get(f"{HUB}/dead-letters/").json()["data"]
        assert [(row["uuid"], row["error"]) for row in listed] == [(str(dead.uuid), "no")]
        assert viewer.get(f"{HUB}/dead-letters/{dead.uuid}/").status_code == 200
        assert viewer.get(f"{HUB}/dead-letters/{alive.uuid}/").status_code == 404


class TestReplaying:
    def test_one_letter_waits_again(self, operator: APIClient, sample: SampleModule) -> None:
        (dead,) = bury(sample, "dead")
        answer = operator.post(f"{HUB}/dead-letters/{dead.uuid}/replay/")
        assert answer.status_code == 202
        assert (answer.json()["state"], answer.json()["attempts"], answer.json()["replays"]) == ("waiting", 0, 1)
        assert StoredEvent.objects.filter(type="message.replayed", actor="operator").count() == 1
        again = operator.post(f"{HUB}/dead-letters/{dead.uuid}/replay/")
        assert (again.status_code, again.json()["code"]) == (409, "not_dead")

    def test_an_unknown_one_is_a_404(self, operator: APIClient) -> None:
        assert operator.post(f"{HUB}/dead-letters/{uuid4()}/replay/").status_code == 404

    def test_those_that_match_a_filter_wait_again(self, operator: APIClient, sample: SampleModule) -> None:
        bury(sample, "a", "b")
        answer = operator.post(f"{HUB}/dead-letters/replay/", {"filter": {"recipient": "listener"}})
        assert answer.json() == {"replayed": 0, "remaining": 0}
        answer = operator.post(f"{HUB}/dead-letters/replay/", {"filter": {"recipient": "sample"}})
        assert (answer.status_code, answer.json()) == (202, {"replayed": 2, "remaining": 0})

    def test_named_ones_are_replayed_all_or_none(self, operator: APIClient, sample: SampleModule) -> None:
        dead = bury(sample, "a", "b")
        alive = send("sample.record", {}, recipient="sample", sender="tests")
        wanted = [str(dead[0].uuid), str(alive.uuid), str(uuid4())]
        answer = operator.post(f"{HUB}/dead-letters/replay/", {"uuids": wanted})
        assert (answer.status_code, answer.json()["code"]) == (400, "rows_invalid")
        codes = [(row["index"], row["errors"][0]["code"]) for row in answer.json()["details"]]
        assert codes == [(1, "not_dead"), (2, "not_found")]
        assert Message.objects.filter(state="dead").count() == 2
        answer = operator.post(f"{HUB}/dead-letters/replay/", {"uuids": [str(message.uuid) for message in dead]})
        assert answer.json()["replayed"] == 2

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"uuids": []},
            {"uuids": ["x"]},
            {"uuids": [], "filter": {}},
            {"filter": {"colour": "red"}},
            {"all": True},
        ],
    )
    def test_a_wrong_choice_is_a_400_and_replays_nothing(
        self, operator: APIClient, sample: SampleModule, body: dict[str, Any]
    ) -> None:
        bury(sample, "a")
        assert operator.post(f"{HUB}/dead-letters/replay/", body).status_code == 400
        assert Message.objects.get().state == "dead"

    def test_who_may_only_look_replays_nothing(self, viewer: APIClient, sample: SampleModule) -> None:
        (dead,) = bury(sample, "a")
        assert viewer.post(f"{HUB}/dead-letters/{dead.uuid}/replay/").status_code == 403
        assert viewer.post(f"{HUB}/dead-letters/replay/", {"filter": {}}).status_code == 403
