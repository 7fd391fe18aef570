"""`manage.py gns3_lab`: make a lab of part of the network, or compare a lab with it.

    manage.py gns3_lab export "basel lab" --site Basel --template router=c7200 --dry-run
    manage.py gns3_lab compare 5f4b3c8e-8d0f-4a55-a9e5-3ab5f4f9a001 --json

Exit status: 0 when it was made, or when lab and network are the same; 1 when they differ, or GNS3 could not do it; 2
when what was asked for makes no sense.
"""

from __future__ import annotations

import getpass
import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from common.application.first_start import need_database
from common.domain.errors import Conflict, HubError, Invalid, Unknown
from common.domain.manifest import parse
from common.domain.modules import Call, CapabilityFailed
from common.infrastructure.logs import say_only_warnings
from nms.network_management.capabilities.lab_contracts import CompareInput, CompareOutput, ExportInput, ExportOutput

_SELECTING = ("site", "role", "vendor", "tag", "source")


class Command(BaseCommand):
    help = "Export part of the inventory as a new GNS3 project, or compare a project with the live network."
    requires_system_checks: list[str] = []  # the command starts in a second; `manage.py check` is for servers

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        export = commands.add_parser("export", help="make a new project of the selected devices")
        export.add_argument("name", help="of the new project")
        export.add_argument("--server", default="", help="where several GNS3 servers are configured")
        export.add_argument(
            "--template", action="append", default=[], metavar="ROLE=TEMPLATE", help="what a role is made of"
        )
        export.add_argument("--dry-run", action="store_true", help="only show the plan")
        compare = commands.add_parser("compare", help="say what a project and the network differ in")
        compare.add_argument("project", help="the project's id")
        for each in (export, compare):
            each.add_argument("--device", action="append", type=int, default=[], help="a device by its id; repeat it")
            for name in _SELECTING:
                each.add_argument(f"--{name}", help=f"devices of this {name}")
            each.add_argument("--all", action="store_true", help="all devices in use")
            each.add_argument("--json", action="store_true", help="print JSON and nothing else")

    def handle(self, *args: Any, command: str, **options: Any) -> None:
        if options["verbosity"] < 2:
            say_only_warnings()
        need_database()
        try:
            same = self._export(options) if command == "export" else self._compare(options)
        except HubError as error:
            foolish = isinstance(error, Invalid | Unknown | Conflict)
            raise CommandError(_told(error), returncode=2 if foolish else 1) from error
        except CapabilityFailed as error:
            raise CommandError(str(error), returncode=1) from error
        if not same:
            sys.exit(1)

    def _export(self, options: dict[str, Any]) -> bool:
        from nms.network_management.labs.export import export_lab

        asked = parse(
            ExportInput,
            {
                "name": options["name"],
                "server": options["server"],
                "select": _selection(options),
                "roles": dict(_template(text) for text in options["template"]),
                "dry_run": options["dry_run"],
            },
        )
        made = export_lab(asked, Call(actor=f"console:{getpass.getuser()}"))
        self._print(made.model_dump(mode="json") if options["json"] else _plan_text(made))
        return True

    def _compare(self, options: dict[str, Any]) -> bool:
        from nms.network_management.labs.comparing import compare_lab

        select = _selection(options)
        document = {"project_id": options["project"]} | ({"select": select} if select else {})
        found = compare_lab(parse(CompareInput, document))
        self._print(found.model_dump(mode="json") if options["json"] else _comparison_text(found))
        return found.same

    def _print(self, what: Any) -> None:
        self.stdout.write(what if isinstance(what, str) else json.dumps(what, indent=2, ensure_ascii=False))


def _selection(options: dict[str, Any]) -> dict[str, Any]:
    select = {name: options[name] for name in _SELECTING if options[name] is not None}
    if options["device"]:
        select["device_ids"] = options["device"]
    return select | ({"all": True} if options["all"] else {})


def _template(text: str) -> tuple[str, dict[str, str]]:
    role, sign, template = text.partition("=")
    if not (role and sign and template):
        raise CommandError(f"--template {text}: write ROLE=TEMPLATE, such as router=c7200", returncode=2)
    return role, {"template": template}


def _told(error: HubError) -> str:
    details = error.details if isinstance(error, Invalid) else ()
    return "\n".join([str(error), *(f"  {detail['message']}" for detail in details[1:20])])


def _plan_text(made: ExportOutput) -> str:
    plan = made.plan
    head = f"Project {plan.name} ({made.project_id}) on {made.server}" if made.project_id else f"Plan of {plan.name}"
    lines = [f"{head}: {len(plan.nodes)} nodes, {len(plan.links)} links"]
    lines += [f"  {node.node}: {node.template or node.type} at {node.x}, {node.y}" for node in plan.nodes]
    for link in plan.links:
        ends = (f"{end.node} {end.port or f'{end.adapter_number}/{end.port_number}'}" for end in (link.a, link.b))
        lines.append(f"  {' - '.join(ends)}")
    lines += [f"  left out: link {left.link_id}: {left.reason}" for left in plan.left_out]
    return "\n".join([*lines, *(f"  note: {note}" for note in plan.notes)])


def _comparison_text(found: CompareOutput) -> str:
    counts = f"{found.nodes} nodes and {found.devices} devices, {len(found.matched)} of them the same"
    lines = [f"{found.project} on {found.server}: {counts}; {len(found.differences)} differences"]
    return "\n".join([*lines, *(f"  {difference.explanation}" for difference in found.differences)])
