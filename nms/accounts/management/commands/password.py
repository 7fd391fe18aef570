"""`manage.py password`: set a user's password."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.application.first_start import need_database
from nms.accounts.password_input import read_password


class Command(BaseCommand):
    help = "Set a user's password: typed, piped in, or generated. It ends the user's sessions and tokens."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", default="admin", help="whose password (default: %(default)s)")
        parser.add_argument("--generate", action="store_true", help="generate one and print it")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        need_database()
        name = options["user"]
        try:
            user = User.objects.get(username=name)
        except User.DoesNotExist as error:
            raise CommandError(f"There is no user {name}; `manage.py user {name} --role ...` makes one.") from error
        password = read_password(user, generate=options["generate"])
        user.set_password(password.text)
        user.save(update_fields=["password"])
        shown = password.text if password.generated else None
        if options["json"]:
            self.stdout.write(json.dumps({"user": name, "password": shown}))
        else:
            self.stdout.write(f"Password of {name} set" + (f": {shown}" if shown else "."))
