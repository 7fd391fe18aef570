"""Where a command gets a password from: generated, piped in, or typed twice."""

from __future__ import annotations

import getpass
import sys
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from nms.accounts.passwords import generate_password


@dataclass(frozen=True, slots=True)
class NewPassword:
    text: str = field(repr=False)
    generated: bool


def read_password(user: User, *, generate: bool) -> NewPassword:
    """Raises CommandError where the password is too weak or was typed differently the second time."""
    if generate:
        return NewPassword(generate_password(), generated=True)
    text = _typed(user) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if not text:
        if sys.stdin.isatty():
            return NewPassword(generate_password(), generated=True)
        raise CommandError("No password came on standard input; pipe one in, or use --generate.")
    try:
        validate_password(text, user)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    return NewPassword(text, generated=False)


def _typed(user: User) -> str:
    text = getpass.getpass(f"New password for {user.get_username()} (empty: generate one): ")
    if text and getpass.getpass("Again: ") != text:
        raise CommandError("The two passwords differ; nothing was changed.")
    return text
