"""`manage.py backend_demo [--api-url URL] [--json]`: what cache and breaker are worth, measured."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError, CommandParser
from pydantic import ValidationError

from api_clients.backend_demo import BreakerStory, Load, Measured, measure, show_breaker
from api_clients.configuration import ConfigurationInvalid, problems_of

COLUMNS = "{:<14} {:>9} {:>8} {:>9} {:>9} {:>9} {:>11} {:>8} {:>7}"


class Command(BaseCommand):
    help = "Ask a simulated or a real JSON backend without and with cache, and show a breaker that opens and recovers."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--api-url", metavar="URL", help="a real backend; it is only read, by GET")
        parser.add_argument("--requests", type=int, default=200, help="of each round, 200 by default")
        parser.add_argument("--callers", type=int, default=10, help="who ask at once, 10 by default")
        parser.add_argument("--latency", type=float, default=200.0, help="of the simulated backend, 200 ms by default")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        load = _load(options)
        url = _url(options["api_url"])
        try:
            rounds = measure(load, api_url=url)
        except ValidationError as error:
            raise CommandError(f"--api-url: {'; '.join(problems_of(error))}") from None
        except ConfigurationInvalid as error:
            raise CommandError(f"--api-url: {error}") from None
        story = show_breaker()
        if options["json"]:
            told = {"rounds": [_row(one) for one in rounds], "breaker": asdict(story)}
            self.stdout.write(json.dumps(told, indent=2))
        else:
            self._print(rounds, story, url)
        if all(one.errors == one.requests for one in rounds):
            raise CommandError(f"Every request to {url or 'the simulated backend'} failed.", returncode=1)

    def _print(self, rounds: tuple[Measured, ...], story: BreakerStory, url: str | None) -> None:
        self.stdout.write(f"Backend: {url or 'simulated, over a real socket'}")
        heads = ("", "requests", "reached", "mean ms", "p50 ms", "p95 ms", "requests/s", "errors", "saved")
        self.stdout.write(COLUMNS.format(*heads))
        for one in rounds:
            figures = (f"{one.mean_ms:.1f}", f"{one.p50_ms:.1f}", f"{one.p95_ms:.1f}", f"{one.per_second:.0f}")
            shares = (f"{one.error_percent:.0f} %", f"{one.saved_percent:.0f} %")
            self.stdout.write(COLUMNS.format(one.name, one.requests, one.sent, *figures, *shares))
        self.stdout.write(
            f"Breaker (simulated backend): {' > '.join(story.phases)}; opened after {story.failures} failures, refused"
            f" {story.refused} calls in {story.refused_ms:.3f} ms each (median), closed {story.recovery_seconds:.1f} s"
            " after the backend was well again."
        )


def _row(one: Measured) -> dict[str, Any]:
    return {**asdict(one), "saved_percent": one.saved_percent, "error_percent": one.error_percent}


def _load(options: dict[str, Any]) -> Load:
    if options["requests"] < 1 or options["callers"] < 1:
        raise CommandError("--requests and --callers should be 1 or more.")
    if not 0 <= options["latency"] <= 10_000:
        raise CommandError("--latency should be from 0 to 10000 milliseconds.")
    return Load(options["requests"], options["callers"], options["latency"] / 1000)


def _url(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        is_address = urlsplit(text).scheme in ("http", "https") and bool(urlsplit(text).hostname)
    except ValueError:
        is_address = False
    if not is_address:
        raise CommandError("--api-url should be an http:// or https:// address with a host.")
    return text
