"""Secrets at rest."""

from __future__ import annotations

from typing import Any

import pytest

from common.infrastructure.encryption import SecretUnreadable, decrypt, encrypt


def test_what_is_encrypted_comes_back_and_differs_each_time() -> None:
    tokens = {encrypt("s3cret-ünïcode") for _ in range(3)}
    assert len(tokens) == 3
    assert {decrypt(token) for token in tokens} == {"s3cret-ünïcode"}
    assert not any("s3cret" in token for token in tokens)


def test_another_key_cannot_read_it_and_the_error_says_which_setting(settings: Any) -> None:
    token = encrypt("s3cret")
    settings.ENCRYPTION_KEY = "another-key"
    with pytest.raises(SecretUnreadable, match="NMS_ENCRYPTION_KEY") as raised:
        decrypt(token)
    assert "s3cret" not in str(raised.value)
    with pytest.raises(SecretUnreadable):
        decrypt("not a token")


def test_keys_are_rotated_by_putting_the_new_one_first(settings: Any) -> None:
    settings.ENCRYPTION_KEY = "old"
    old = encrypt("s3cret")
    settings.ENCRYPTION_KEY = "new, old"
    assert decrypt(old) == "s3cret"
    fresh = encrypt("s3cret")
    settings.ENCRYPTION_KEY = "new"
    assert decrypt(fresh) == "s3cret"
    with pytest.raises(SecretUnreadable):
        decrypt(old)
