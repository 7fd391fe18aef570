"""`manage.py client_secret [--key password]`: encrypt a secret for the clients' configuration file.

The secret is typed, or piped in; it never stands on the command line, where other users and the shell's history see it.
What is printed can be opened with NMS_ENCRYPTION_KEY (or NMS_SECRET_KEY) of this installation alone.
"""

from __future__ import annotations

import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.infrastructure.encryption import encrypt


class Command(BaseCommand):
    help = "Encrypt a secret for NMS_CLIENTS_FILE; it is typed, or read from standard input."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--key", default="password", help="what it is called in the file: password (as usual), token, api_key ..."
        )

    def handle(self, *args: Any, key: str, **options: Any) -> None:
        self.stdout.write(f"{key}_encrypted: {encrypt(_read_secret())}")


def _read_secret() -> str:
    """Raises CommandError."""
    if not sys.stdin.isatty():
        secret = sys.stdin.readline().rstrip("\r\n")
    else:
        secret = getpass.getpass("Secret: ")
        if getpass.getpass("Again: ") != secret:
            raise CommandError("The two differ; nothing was encrypted.")
    if not secret:
        raise CommandError("No secret came; type it, or pipe it in.")
    return secret
