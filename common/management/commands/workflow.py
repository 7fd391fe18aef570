"""`manage.py workflow run | list | show | cancel | approve | reject`.

    manage.py workflow run equipment_discovery --input '{"targets": ["10.20.0.0/24"]}' --follow
    manage.py workflow run topology_update --json < /dev/null
    manage.py workflow show 12
    manage.py workflow show equipment_discovery

Without Redis a run that is followed is carried out here, so that no hub need run; otherwise the workers do it. Exit
status: 0, or 1 when a run that was followed did not succeed, 2 when what was asked for makes no sense, 130 at Ctrl-C.
"""

from __future__ import annotations

import getpass
import json
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.core.serializers.json import DjangoJSONEncoder

from common.api.workflows.definitions import definition_detail
from common.api.workflows.runs import run_detail
from common.application.first_start import need_database
from common.application.workflows import approvals, control, definitions, engine
from common.application.workflows.console import Progress, definition_table, definition_text, run_table
from common.application.workflows.following import follow_run
from common.application.workflows.here import ExecutionHere
from common.domain.errors import HubError, Invalid
from common.domain.topics import PRIORITIES
from common.infrastructure.logs import say_only_warnings
from common.models import StepRun, WorkflowRun

INTERRUPTED = 130


class Command(BaseCommand):
    help = "Run workflows, follow them, and look at what became of them."
    requires_system_checks = []  # the command starts in a second; `manage.py check` is for servers

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        run = commands.add_parser("run", help="start a workflow")
        run.add_argument("name")
        run.add_argument("--input", default="{}", metavar="JSON", help="an object; @FILE reads a file, - the input")
        run.add_argument("--priority", choices=PRIORITIES, default="normal")
        run.add_argument("--correlation-id", default="", metavar="ID")
        run.add_argument("--follow", action="store_true", help="print each step as it goes, until the run has ended")
        show = commands.add_parser("show", help="a run or a definition with its steps")
        show.add_argument("what", metavar="RUN|NAME", help="a run's number, or the name of a workflow")
        cancel = commands.add_parser("cancel", help="end a run")
        approve = commands.add_parser("approve", help="let a step run that waits for approval")
        reject = commands.add_parser("reject", help="refuse a step that waits for approval")
        cancel.add_argument("run", type=int)
        for each in (approve, reject):
            each.add_argument("step", type=int, help="the number in `approvals`, or as `show` tells it")
            each.add_argument("--note", default="")
        listing = commands.add_parser("list", help="the workflows that there are")
        for each in (run, show, cancel, approve, reject, listing):
            each.add_argument("--json", action="store_true", help="print JSON and nothing else")

    def handle(self, *args: Any, command: str, **options: Any) -> None:
        signal.signal(signal.SIGTERM, _interrupt)
        if options["verbosity"] < 2:
            say_only_warnings()
        need_database()
        try:
            getattr(self, f"_{command}")(options)
        except HubError as error:
            raise CommandError(_told(error), returncode=2) from error

    # --- The commands ---

    def _run(self, options: dict[str, Any]) -> None:
        run = engine.start_workflow(
            options["name"],
            _input(options["input"]),
            actor=_who(),
            role="admin",  # whoever may use this command has the database itself
            priority=options["priority"],
            correlation_id=options["correlation_id"],
        )
        if options["follow"]:
            self._follow(run, options)
        else:
            self._print(run.pk, as_json=options["json"])

    def _show(self, options: dict[str, Any]) -> None:
        if options["what"].isdecimal():
            self._print(int(options["what"][:18]), as_json=options["json"])
            return
        found = definitions.find_definition(options["what"])
        self.stdout.write(_as_json(definition_detail(found)) if options["json"] else definition_text(found))

    def _cancel(self, options: dict[str, Any]) -> None:
        control.cancel_run(options["run"], actor=_who())
        self._print(options["run"], as_json=options["json"])

    def _approve(self, options: dict[str, Any]) -> None:
        approvals.approve(options["step"], actor=_who(), note=options["note"])
        self._print(StepRun.objects.get(pk=options["step"]).run_id, as_json=options["json"])

    def _reject(self, options: dict[str, Any]) -> None:
        approvals.reject(options["step"], actor=_who(), note=options["note"])
        self._print(StepRun.objects.get(pk=options["step"]).run_id, as_json=options["json"])

    def _list(self, options: dict[str, Any]) -> None:
        found = definitions.list_definitions()
        if options["json"]:
            self.stdout.write(_as_json([_listed(one) for one in found]))
        else:
            self.stdout.write(definition_table(found))

    # --- Following ---

    def _follow(self, run: WorkflowRun, options: dict[str, Any]) -> None:
        # What is shown live must not get between a program and the one object of --json.
        progress = Progress(run, _write_to(sys.stderr if options["json"] else self.stdout))
        here = None if settings.REDIS_URL else ExecutionHere(run.pk)
        try:
            with here or nullcontext():
                for envelope in follow_run(run.pk, gave_up=here.has_failed if here else _never):
                    progress.show(envelope)
        except KeyboardInterrupt:
            self._leave(run)
        run = WorkflowRun.objects.get(pk=run.pk)
        progress.end(run)
        if options["json"]:
            self.stdout.write(_as_json(run_detail(run)))
        if here and here.error:
            raise CommandError(f"Run {run.pk} could not be carried out here: {here.error}") from here.error
        if run.state != WorkflowRun.State.SUCCEEDED:
            sys.exit(1)

    def _leave(self, run: WorkflowRun) -> None:
        run.refresh_from_db()
        if run.state not in WorkflowRun.FINAL:
            who = "workers go on with it" if settings.REDIS_URL else "the next hub goes on with it (manage.py hub)"
            self.stderr.write(f"Run {run.pk} is {run.state}; {who}. To end it: manage.py workflow cancel {run.pk}")
        sys.exit(INTERRUPTED)

    def _print(self, run_id: int, *, as_json: bool) -> None:
        run = WorkflowRun.objects.select_related("parent__run").filter(pk=run_id).first()
        if run is None:
            raise CommandError(f"There is no run {run_id}.", returncode=2)
        self.stdout.write(_as_json(run_detail(run)) if as_json else run_table(run))


def _listed(one: definitions.Definition) -> dict[str, Any]:
    """`workflow show NAME` has the rest."""
    told = {"name": one.name, "origin": one.origin, "module": one.module, "version": one.version}
    return {**told, "description": one.workflow.description, "steps": len(one.workflow.steps)}


def _input(text: str) -> dict[str, Any]:
    """The object that --input names: JSON itself, @FILE, or - for the standard input."""
    if text == "-":
        text = sys.stdin.read()
    elif text.startswith("@"):
        try:
            text = Path(text[1:]).read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"--input: {text[1:]} cannot be read: {error}", returncode=2) from error
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise CommandError(f"--input is no JSON: {error}", returncode=2) from error
    if not isinstance(value, dict):
        raise CommandError('--input is an object, such as {"targets": ["10.20.0.0/24"]}', returncode=2)
    return value


def _told(error: HubError) -> str:
    """With every problem, where there are several."""
    details = error.details if isinstance(error, Invalid) else ()
    return "\n".join([str(error), *(f"  {entry['field']}: {entry['message']}" for entry in details[1:])])


def _as_json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)


def _write_to(stream: Any) -> Callable[[str], None]:
    def write(line: str) -> None:
        stream.write(line if isinstance(stream, OutputWrapper) else line + "\n")
        stream.flush()

    return write


def _who() -> str:
    return f"cli:{getpass.getuser()}"


def _never() -> bool:
    return False


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
