"""`manage.py user NAME --role ROLE`: make a user, or give an existing one another role."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from common.application.first_start import need_database
from common.domain.roles import ROLES
from nms.accounts.password_input import read_password
from nms.accounts.roles import assign_role


class Command(BaseCommand):
    help = "Make a user with a role (the password is typed, piped in or generated), or change the role of one."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--role", choices=ROLES, required=True)
        parser.add_argument("--generate", action="store_true", help="generate the password and print it")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        need_database()
        name, role = options["name"], options["role"]
        user = User.objects.filter(username=name).first()
        shown = None
        with transaction.atomic():
            if created := user is None:
                user, shown = self._create(name, generate=options["generate"])
            assert user is not None
            assign_role(user, role)
        if options["json"]:
            self.stdout.write(json.dumps({"user": name, "role": role, "created": created, "password": shown}))
            return
        self.stdout.write(f"User {name} {'made' if created else 'changed'}: role {role}.")
        if shown:
            self.stdout.write(f"Password: {shown}")

    def _create(self, name: str, *, generate: bool) -> tuple[User, str | None]:
        try:
            UnicodeUsernameValidator()(name)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if len(name) > 150:
            raise CommandError("A user name has at most 150 characters.")
        user = User(username=name)
        password = read_password(user, generate=generate)
        user.set_password(password.text)
        user.save()
        return user, password.text if password.generated else None
