from __future__ import annotations

import pytest

from api_clients.infrastructure.masking import SECRET_NAME, without_secrets, without_url_secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("url: http://user:pw@host:80/x", "url: http://<secret>@host:80/x"),
        ("http://host/x?token=a&b=c", "http://host/x?<secret>"),
        ("http://host/#token=a and more", "http://host/?<secret> and more"),
        ('"http://host/x?token=a" # why?', '"http://host/x?<secret>" # why?'),
        ("http://a@h/?b=c https://host/plain", "http://<secret>@h/?<secret> https://host/plain"),
        ("https://host/x mail@example.org what?", "https://host/x mail@example.org what?"),
    ],
)
def test_logins_and_queries_of_addresses_are_masked(text: str, shown: str) -> None:
    assert without_url_secrets(text) == shown


@pytest.mark.parametrize("name", ["password", "X-Api-Key", "apikey", "access_token", "client-secret", "Authorization"])
def test_names_of_secrets_are_known(name: str) -> None:
    assert SECRET_NAME.search(name)


@pytest.mark.parametrize("name", ["module", "auth", "target", "passive", "key"])
def test_other_names_are_not(name: str) -> None:
    assert not SECRET_NAME.search(name)


def test_secrets_of_a_document_are_masked_however_deep() -> None:
    document = {
        "httpMethod": "POST",
        "basicAuthPassword": "hunter2",
        "password": "",
        "tokenIsSet": True,
        "pin_secret": 1234,
        "nested": [{"client_secret": ["a", "b"], "url": "http://user:pw@host/x", "timeout": 30}],
    }
    assert without_secrets(document) == {
        "httpMethod": "POST",
        "basicAuthPassword": "<secret>",
        "password": "",
        "tokenIsSet": True,
        "pin_secret": "<secret>",
        "nested": [{"client_secret": ["<secret>", "<secret>"], "url": "http://<secret>@host/x", "timeout": 30}],
    }
    assert without_secrets("hunter2", "basic-auth-password") == "<secret>"
