"""What is wrong is said in our words, whoever found it."""

from __future__ import annotations

from typing import Any

import pytest

from common.tests.people import ClientOf

HUB = "/api/common/api/v1/hub"
# Words of pydantic, Django and Python, which know nothing of our fields.
FOREIGN = (
    "Input should",
    "instance of",
    "Value should",
    "List should",
    "dictionary",
    "after validation",
    "Extra inputs",
)
REGISTRATION = {"name": "probe", "version": "1.0", "callback_url": "http://127.0.0.1:1/", "secret": "short"}
TRIGGER = {"name": "taken", "topics": ["a.b"], "task": "common.cleanup"}


@pytest.mark.django_db
@pytest.mark.usefixtures("sample")
@pytest.mark.parametrize(
    ("path", "body", "field", "message"),
    [
        ("dead-letters/replay/", [], "", "Write a JSON object."),
        ("dead-letters/replay/", {"uuids": []}, "uuids", "Too short: at least 1 entries."),
        ("dead-letters/replay/", {"uuids": ["x"]}, "uuids.0", "Write a UUID."),
        ("messages/send/", {"recipient": "sample", "body": {}}, "type", "This field is needed."),
        ("messages/send/", {"type": "a.b", "recipient": "sample", "extra": 1}, "extra", "Unknown field."),
        ("messages/send/", {"type": "a.b", "recipient": "sample", "body": 5}, "body", "Write a JSON object."),
        (
            "messages/send/",
            {"type": "a.b", "recipient": "sample", "priority": "urgent"},
            "priority",
            "Choose one of 'low', 'normal', 'high' or 'critical'.",
        ),
        ("modules/register/", REGISTRATION, "secret", "Too short: at least 16 characters."),
        (
            "tasks/",
            {"task": "common.cleanup", "arguments": {"limit": True}},
            "arguments.limit",
            "Write a whole number.",
        ),
        ("tasks/", {"task": "common.cleanup", "arguments": {"limit": "5"}}, "arguments.limit", "Write a whole number."),
        ("workflows/", {"name": "a", "steps": "x"}, "steps", "Write a list."),
    ],
)
def test_a_wrong_field_is_told_in_our_words(
    client_of: ClientOf, path: str, body: Any, field: str, message: str
) -> None:
    answer = client_of("admin").post(f"{HUB}/{path}", body, format="json")
    assert answer.status_code == 400, answer.content
    told = {detail["field"]: detail["message"] for detail in answer.json()["details"]}
    assert told.get(field) == message, told
    assert not [word for word in FOREIGN if word in answer.content.decode()]


@pytest.mark.django_db
def test_a_name_that_is_taken_is_not_told_as_a_row_of_a_model(client_of: ClientOf) -> None:
    admin = client_of("admin")
    assert admin.post(f"{HUB}/triggers/", TRIGGER).status_code == 201
    answer = admin.post(f"{HUB}/triggers/", TRIGGER)
    (detail,) = answer.json()["details"]
    assert detail == {"field": "name", "code": "unique", "message": "It is taken already; choose another."}
