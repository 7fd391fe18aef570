"""`manage.py modules [--health] [--json]`: every module, what it offers, how it is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from common.api.modules.serializers import ModuleSerializer
from common.application.first_start import need_database
from common.application.modules.health import module_health
from common.application.modules.registry import modules
from common.domain.known_modules import KnownModule


class Command(BaseCommand):
    help = "List the modules with their states, capabilities and last activity; with --health, ask each how it is."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--health", action="store_true", help="ask each now; exit 1 if one is lost or unhealthy")
        parser.add_argument("--json", action="store_true", help="print the list as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        need_database()
        known = modules()
        if options["health"]:
            known = tuple(replace(one, health=module_health(one.name), health_at=datetime.now(UTC)) for one in known)
        if options["json"]:
            rows = [dict(ModuleSerializer(one).data) for one in known]
            self.stdout.write(json.dumps(rows, cls=DjangoJSONEncoder, indent=2))
        else:
            self._print(known)
        sick = [one.name for one in known if options["health"] and _is_sick(one)]
        if sick:
            raise CommandError(f"Not well: {', '.join(sick)}.", returncode=1)

    def _print(self, known: tuple[KnownModule, ...]) -> None:
        if not known:
            self.stdout.write("No module is registered.")
        for one in known:
            self.stdout.write(f"{one.name} {one.version}  {one.kind}, {_state(one)}")
            self.stdout.write(f"  {one.messages} handled, {one.errors} failed, last {_moment(one.last_activity_at)}")
            if one.kind == "remote":
                self.stdout.write(f"  {one.callback_url}, last heartbeat {_moment(one.heartbeat_at)}")
            for offered in one.capabilities:
                self.stdout.write(f"  offers {offered.name}  {offered.description}".rstrip())
            for message_type in one.message_types:
                self.stdout.write(f"  takes {message_type}")
            for wanted in one.subscriptions:
                self.stdout.write(f"  hears {', '.join(wanted.topics)} ({wanted.priority} or higher)")


def _is_sick(module: KnownModule) -> bool:
    return module.state == "lost" or (module.health is not None and module.health.status == "unhealthy")


def _state(module: KnownModule) -> str:
    if module.state == "lost" or module.health is None:
        return module.state
    detail = f" ({module.health.detail})" if module.health.detail else ""
    return f"{module.state}, {module.health.status}{detail}"


def _moment(time: datetime | None) -> str:
    return time.astimezone(UTC).isoformat(sep=" ", timespec="seconds").replace("+00:00", " UTC") if time else "never"
