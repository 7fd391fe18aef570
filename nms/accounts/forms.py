"""The sign-in form of the web pages: Django's, and a clear word to who has to wait."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

from nms.accounts.backends import attempt_of
from nms.accounts.login_attempts import WINDOW_SECONDS


class LoginForm(AuthenticationForm):
    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username")
        if self.request is not None and name and attempt_of(self.request, name).blocked():
            minutes = WINDOW_SECONDS // 60
            raise ValidationError(f"Too many failed logins. Try again in {minutes} minutes.", code="throttled")
        return super().clean()
