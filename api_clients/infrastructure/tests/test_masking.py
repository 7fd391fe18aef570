from __future__ import annotations

import pytest

from api_clients.infrastructure.masking import SECRET_NAME, without_url_secrets


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
