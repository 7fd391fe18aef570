from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from api_clients.catalog import CATALOG
from api_clients.gateway.endpoints import endpoints_of
from common.api.messages import views as message_views
from common.infrastructure import idempotent_requests
from common.models import IdempotentRequest, Message
from common.tests.people import ClientOf
from common.tests.servers import PostgreSQL

ROOT = Path(__file__).resolve().parents[3]
SEND = "/api/common/api/v1/hub/messages/send/"
NOTE = {"type": "sample.record", "recipient": "sample", "body": {"key": "a"}}


def post(client: APIClient, key: str = "k", body: Any = NOTE, path: str = SEND) -> Any:
    return client.post(path, body, headers={"Idempotency-Key": key})


@pytest.mark.django_db
@pytest.mark.usefixtures("sample")
class TestKeys:
    def test_the_same_request_gets_the_same_answer_and_is_not_done_again(self, operator: APIClient) -> None:
        first, again = post(operator), post(operator)
        assert (again.status_code, again.content) == (first.status_code, first.content) == (202, first.content)
        assert again["Location"] == first["Location"]
        assert again["Content-Type"] == first["Content-Type"]
        assert "Idempotency-Replayed" not in first
        assert again["Idempotency-Replayed"] == "true"
        assert Message.objects.count() == 1

    def test_another_body_or_path_under_the_same_key_is_a_422(self, operator: APIClient) -> None:
        post(operator)
        others = (
            post(operator, body={**NOTE, "priority": "low"}),
            post(operator, path=SEND.replace("send", "broadcast"), body={"type": "sample.record"}),
        )
        for answer in others:
            assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
        assert Message.objects.count() == 1

    def test_a_key_belongs_to_its_user(self, operator: APIClient, make_user: Callable[..., Any]) -> None:
        other = APIClient()
        other.force_authenticate(make_user("operator", "bob"))
        assert post(operator).json()["uuid"] != post(other).json()["uuid"]

    @pytest.mark.parametrize(
        ("wrong", "status"),
        [({**NOTE, "recipient": "nobody"}, 404), ({**NOTE, "priority": "urgent"}, 400), ({**NOTE, "extra": 1}, 400)],
    )
    def test_a_request_that_changed_nothing_leaves_its_key_free(
        self, operator: APIClient, wrong: dict[str, Any], status: int
    ) -> None:
        refused = post(operator, body=wrong)
        assert refused.status_code == status
        mended = post(operator)
        assert (mended.status_code, mended.get("Idempotency-Replayed")) == (202, None), mended.content
        assert post(operator)["Idempotency-Replayed"] == "true"

    def test_a_conflict_leaves_its_key_free(self, operator: APIClient) -> None:
        post(operator, "first", body={**NOTE, "idempotency_key": "mine"})
        other = {**NOTE, "body": {"key": "b"}, "idempotency_key": "mine"}
        assert post(operator, "second", body=other).status_code == 422
        assert post(operator, "second").status_code == 202

    def test_a_failure_of_the_server_is_not_kept(self, operator: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*args: Any, **options: Any) -> None:
            raise RuntimeError("as told")

        operator.raise_request_exception = False
        with monkeypatch.context() as patched:
            patched.setattr(message_views.messages, "send", broken)
            assert post(operator).status_code == 500
        assert post(operator).status_code == 202
        assert Message.objects.count() == 1

    def test_a_request_that_was_not_allowed_takes_no_key(self, client_of: ClientOf, operator: APIClient) -> None:
        assert post(client_of("viewer")).status_code == 403
        assert post(APIClient()).status_code == 401
        assert operator.post(SEND + "?colour=red", NOTE, headers={"Idempotency-Key": "k"}).status_code == 400
        assert not IdempotentRequest.objects.exists()

    @pytest.mark.parametrize("key", ["", "a b", "k" * 256, "\u00e4", "a\tb"])
    def test_a_malformed_key_is_a_400_and_nothing_is_done(self, operator: APIClient, key: str) -> None:
        answer = operator.post(SEND, NOTE, HTTP_IDEMPOTENCY_KEY=key)
        assert answer.status_code == 400
        assert [detail["code"] for detail in answer.json()["details"]] == ["idempotency_key_invalid"]
        assert not Message.objects.exists()

    def test_after_24_hours_the_key_is_free(self, operator: APIClient) -> None:
        post(operator)
        IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(hours=24.1))
        Message.objects.update(created_at=timezone.now() - timedelta(hours=24.1))
        answer = post(operator, body={**NOTE, "body": {"key": "b"}})
        assert answer.status_code == 202
        assert "Idempotency-Replayed" not in answer
        assert Message.objects.count() == 2

    def test_while_the_first_is_under_way_the_second_is_a_409(self, operator: APIClient) -> None:
        post(operator)
        IdempotentRequest.objects.update(status=None)
        answer = post(operator)
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_in_use")
        assert int(answer["Retry-After"]) >= 1

    def test_a_request_whose_process_died_is_done_again_and_sends_its_message_once(self, operator: APIClient) -> None:
        first = post(operator)
        IdempotentRequest.objects.update(status=None, created_at=timezone.now() - timedelta(minutes=11))
        again = post(operator)
        assert again.status_code == 202
        assert again.json()["uuid"] == first.json()["uuid"]
        assert Message.objects.count() == 1

    def test_an_answer_that_is_too_large_is_not_kept_but_its_key_is(
        self, operator: APIClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(idempotent_requests, "MAX_ANSWER_BYTES", 10)
        post(operator)
        answer = post(operator)
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_answer_not_kept")
        assert Message.objects.count() == 1

    def test_what_is_stored_of_an_answer_cannot_be_read_in_the_database(self, operator: APIClient) -> None:
        uuid = post(operator).json()["uuid"]
        row = IdempotentRequest.objects.get()
        assert row.body
        assert uuid not in row.body

    def test_only_posts_have_keys(self, operator: APIClient) -> None:
        answer = operator.get(SEND.replace("send/", ""), headers={"Idempotency-Key": "k"})
        assert answer.status_code == 200
        assert operator.get(SEND, headers={"Idempotency-Key": "k"}).status_code == 405
        assert not IdempotentRequest.objects.exists()

    @override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
    def test_a_body_that_is_too_large_is_a_413(self, operator: APIClient) -> None:
        assert post(operator, body={**NOTE, "body": {"key": "x" * 2000}}).status_code == 413


@pytest.mark.django_db
def test_an_answer_to_a_login_is_never_stored(make_user: Callable[..., Any]) -> None:
    make_user("operator")
    credentials = {"username": "operator", "password": "a-long-passphrase"}
    for _ in range(2):
        answer = post(APIClient(), path="/api/auth/token/", body=credentials)
        assert answer.status_code == 200
        assert "Idempotency-Replayed" not in answer
    assert not IdempotentRequest.objects.exists()


@pytest.mark.django_db
def test_the_schema_tells_of_the_header_on_every_post_and_on_nothing_else(operator: APIClient) -> None:
    paths = operator.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()["paths"]
    named = {
        (path, method)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", ()))
    }
    posts = {(path, "post") for path, methods in paths.items() if "post" in methods}
    # Tokens, what consoles show, files and secrets of services are not to be kept for a day.
    without = {post for post in posts if post[0].startswith("/api/auth/token/") or post[0].endswith("/console/")}
    without |= {
        (f"/api/clients/{entry.name}/{name}/", "post")
        for entry in CATALOG.values()
        if entry.kind == "service"
        for name, endpoint in endpoints_of(entry).items()
        if not endpoint.keeps_answer
    }
    assert named == posts - without
    assert ("/api/clients/prometheus/reload/", "post") in named
    assert ("/api/clients/grafana/create_service_account_token/", "post") in without


@pytest.mark.needs("postgres", "initdb")
def test_of_the_same_request_sent_at_once_one_is_done_on_postgresql(postgresql: PostgreSQL, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "common.tests.rest.idempotency_race"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "common.tests.drill.settings",
            "DATABASE_URL": postgresql.fresh_database("idempotency"),
            "NMS_DATA_DIR": str(tmp_path),
            "NMS_LOG_LEVEL": "ERROR",
        },
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["tasks"] == result["answers"] == result["rounds"]
    assert set(result["statuses"]) <= {"202", "409"}
