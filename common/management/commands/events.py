"""`manage.py events tail`: the events as they come, on a terminal or as JSON lines for other programs."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from dataclasses import asdict
from itertools import islice
from types import FrameType
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from common.application.events.tailing import follow
from common.domain import stored_json
from common.domain.envelope import Envelope
from common.domain.topics import PRIORITIES, Interest, TopicInvalid, check_topic
from common.infrastructure.events import event_store
from common.models import EventCounter


class Command(BaseCommand):
    help = "Follow the events of the hub."
    requires_system_checks = []  # it only reads, and should be there at once

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        tail = commands.add_parser("tail", help="print events as they come, until Ctrl-C")
        tail.add_argument(
            "--topics",
            nargs="+",
            type=_topic,
            default=("*",),
            metavar="TOPIC",
            help="event types or patterns: device.discovered, device.*, *.status_changed (default: all)",
        )
        tail.add_argument(
            "--after", type=_position, metavar="N", help="begin after this position (default: now; 0: all)"
        )
        tail.add_argument("--priority", choices=PRIORITIES, default="low", help="this or a higher one")
        tail.add_argument("--source", help="only what this module published")
        tail.add_argument("--subject", help="only what is about this, such as device:7")
        tail.add_argument("--json", action="store_true", help="one JSON object for each line")
        tail.add_argument("--count", type=_count, metavar="N", help="end after so many events")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            self._tail(options)
        except KeyboardInterrupt:
            return
        except BrokenPipeError:
            # The reader (head, less) has left. What the interpreter flushes at its end must not fail once more.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _tail(self, options: dict[str, Any]) -> None:
        interest = Interest(tuple(options["topics"]), options["priority"], options["source"], options["subject"])
        after = self._start(options["after"])
        write = _as_json if options["json"] else _as_line
        for envelope in islice(follow(interest, after=after, on_outage=self._tell_outage), options["count"]):
            self.stdout.write(write(envelope))
            self.stdout.flush()

    def _start(self, after: int | None) -> int:
        try:
            newest = event_store.last_position()
            horizon = EventCounter.objects.filter(pk=1).values_list("horizon", flat=True).first() or 0
        except Error as error:
            reason = str(error).strip().partition("\n")[0]
            raise CommandError(f"The event store cannot be read: {reason}. Is the database up and migrated?") from error
        if after is None:
            return newest
        if after > newest:
            raise CommandError(f"--after {after}: the newest event has position {newest}.")
        if after < horizon:
            self.stderr.write(
                f"Events up to position {horizon} may have been deleted (retention); some may be missing."
            )
        return after

    def _tell_outage(self, reason: str) -> None:
        self.stderr.write(f"The database cannot be read, trying on: {reason.partition(chr(10))[0]}")


def _as_json(envelope: Envelope) -> str:
    return stored_json.write(asdict(envelope), option=orjson.OPT_UTC_Z).decode()


def _as_line(envelope: Envelope) -> str:
    time = envelope.time.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    by = f" by {envelope.actor}" if envelope.actor else ""
    data = stored_json.write(envelope.data).decode()
    return (
        f"{envelope.position:>8}  {time}Z  {envelope.priority:<8}  {envelope.type}  {envelope.subject}  "
        f"({envelope.source}{by})  {data}"
    )


def _topic(text: str) -> str:
    try:
        return check_topic(text)
    except TopicInvalid as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _position(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise argparse.ArgumentTypeError(f"{text} is no position; write a whole number from 0")
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:18]) > 0):
        raise argparse.ArgumentTypeError(f"{text} is no count; write a whole number from 1")
    return int(text[:18])


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
