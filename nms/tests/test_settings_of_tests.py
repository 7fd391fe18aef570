"""The tests themselves run on settings of their own, in each of the processes that run side by side."""

from __future__ import annotations

from django.conf import settings


def test_passwords_are_hashed_quickly_and_data_lies_in_a_private_folder() -> None:
    assert settings.SETTINGS_MODULE == "nms.tests.settings"
    assert settings.PASSWORD_HASHERS == ["django.contrib.auth.hashers.MD5PasswordHasher"]
    assert "nms-tests-" in str(settings.DATA_DIR)
