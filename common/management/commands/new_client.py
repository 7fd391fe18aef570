"""`manage.py new_client <family> <name>`: the skeleton of a service's client, with its failing tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from api_clients.skeleton import FAMILIES, SkeletonRefused, write_skeleton


class Command(BaseCommand):
    help = "Write the folder of a new service and its line in the catalogue; see docs/adding-a-service.md."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("family", help=", ".join(FAMILIES))
        parser.add_argument("name", help="of the service, such as uptime_kuma")
        parser.add_argument("--summary", default="", help="what it is, for the catalogue")

    def handle(self, *args: Any, **options: Any) -> None:
        root = Path(settings.BASE_DIR)
        try:
            written = write_skeleton(options["family"], options["name"], root=root, summary=options["summary"])
        except (SkeletonRefused, OSError) as error:
            raise CommandError(f"{error}.") from error
        for path in written:
            self.stdout.write(f"  {path.relative_to(root)}")
        folder = f"api_clients/{options['family']}/{options['name']}"
        self.stdout.write(f"Fill it in until this passes: .venv/bin/pytest {folder}")
