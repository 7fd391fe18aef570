"""manage.py lab: a network of simulated devices to discover, or recordings of real ones.

manage.py lab                                       40 devices at 127.10.0.1 and on, until Ctrl-C
manage.py lab --snmprec recordings/ --json          one address for each recording
manage.py lab --gns3                                and a simulated GNS3 server at 127.0.0.1:13080
manage.py lab --control link-down core-1:Ethernet1  to a lab that runs
"""

from __future__ import annotations

import errno
import gc
import json
import os
import signal
import sys
import threading
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from api_clients.network.snmp.simulator import AddressUnavailable
from nms.network_management.lab.commands import COMMANDS, Deed, parse_timed_fault, prepare_command
from nms.network_management.lab.control import (
    ControlServer,
    ControlUnavailable,
    find_socket,
    send_command,
    socket_path,
)
from nms.network_management.lab.gns3 import Gns3Lab
from nms.network_management.lab.network import GeneratedLab
from nms.network_management.lab.recorded import RecordedLab
from nms.network_management.lab.serving import V3_USER, Lab
from nms.network_management.lab.topology import draw_topology

DEFAULT_PORT = 16161


class Command(BaseCommand):
    help = "Raise a network of SNMP agents on loopback addresses, or break one that runs (--control)."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> Any:
        return super().create_parser(
            prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, epilog=_epilog(), **options
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--devices", type=int, default=40, help="how many devices (40)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same network (1)")
        parser.add_argument("--port", type=int, help=f"UDP port of every agent ({DEFAULT_PORT}, or a free one)")
        parser.add_argument("--base-address", default="127.10.0.1", help="first agent's address (127.10.0.1)")
        parser.add_argument("--community", default="public", help="read community of SNMPv1 and v2c (public)")
        parser.add_argument("--snmprec", type=Path, metavar="FOLDER", help="serve the recordings of a folder instead")
        parser.add_argument("--gns3", action="store_true", help="raise a simulated GNS3 server as well")
        parser.add_argument("--gns3-port", type=int, help="its TCP port (13080, or a free one)")
        parser.add_argument(
            "--fault",
            action="append",
            default=[],
            metavar="WHAT[@SECONDS]",
            help="a command below, its words joined by colons, SECONDS after the start: silence:access-03@20",
        )
        parser.add_argument("--control", nargs="+", metavar="WORD", help="give a running lab one of the commands below")
        parser.add_argument("--json", action="store_true", help="print which device is where as one line of JSON")
        parser.add_argument(
            "--until-stdin-closes", action="store_true", help="end with the program that holds standard input"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["control"]:
                self._control(options)
            else:
                self._serve(options)
        except AddressUnavailable as error:
            raise CommandError(error.strerror) from error
        except (ControlUnavailable, ValueError) as error:
            raise CommandError(str(error)) from error

    def _control(self, options: dict[str, Any]) -> None:
        folder = settings.DATA_DIR
        path = socket_path(folder, options["port"]) if options["port"] else find_socket(folder)
        message = send_command(path, options["control"])
        self.stdout.write(json.dumps({"message": message}) if options["json"] else message)

    def _serve(self, options: dict[str, Any]) -> None:
        faults = sorted((parse_timed_fault(text) for text in options["fault"]), key=lambda fault: fault.after_seconds)
        ended = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: ended.set())
        lab = _build(options)
        # Checked now: a misspelt name should not wait for its time to be noticed.
        deeds = [(fault.after_seconds, prepare_command(lab, fault.words)) for fault in faults]
        with ExitStack() as stack:
            control = self._open_control(lab)
            if control is not None:
                stack.callback(control.stop)
            _start(lab, stack)
            gns3 = stack.enter_context(_gns3(options["gns3_port"])) if options["gns3"] else None
            self._announce(lab, control, gns3, options["json"])
            if options["until_stdin_closes"]:
                threading.Thread(target=_await_end_of_stdin, args=(ended,), daemon=True).start()
            self._break(deeds, ended)
            ended.wait()

    def _open_control(self, lab: Lab) -> ControlServer | None:
        """Without its socket a lab still serves; the reason is said once."""
        try:
            return ControlServer(lab, socket_path(settings.DATA_DIR, lab.port))
        except ControlUnavailable as error:
            self.stderr.write(f"{error}; faults can be set with --fault only")
            return None

    def _announce(self, lab: Lab, control: ControlServer | None, gns3: Gns3Lab | None, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(lab.describe() | ({"gns3": gns3.describe()} if gns3 else {})))
        else:
            self.stdout.write(_summary(lab, control, gns3))
        self.stdout.flush()

    def _break(self, deeds: Sequence[tuple[float, Deed]], ended: threading.Event) -> None:
        started = time.monotonic()
        for after_seconds, deed in deeds:
            if ended.wait(max(started + after_seconds - time.monotonic(), 0)):
                return
            self.stderr.write(deed())


def _build(options: dict[str, Any]) -> Lab:
    if options["port"] is not None:
        return _build_at(options["port"], options)
    try:
        return _build_at(DEFAULT_PORT, options)
    except AddressUnavailable as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return _build_at(0, options)  # another lab runs; nobody named a port, so a free one does


def _build_at(port: int, options: dict[str, Any]) -> Lab:
    if options["snmprec"]:
        return RecordedLab(
            options["snmprec"], port=port, base_address=options["base_address"], community=options["community"]
        )
    topology = draw_topology(devices=options["devices"], seed=options["seed"], base_address=options["base_address"])
    return GeneratedLab(topology, port=port, community=options["community"])


def _start(lab: Lab, stack: ExitStack) -> None:
    """Start with the views kept out of garbage collection: they live as long as the process, and there are many."""
    gc.disable()
    stack.enter_context(lab)
    gc.freeze()
    gc.enable()


def _gns3(port: int | None) -> Gns3Lab:
    """Started only after the devices' agents, which nobody should wait for."""
    if port is not None and not 0 <= port <= 65535:
        raise CommandError(f"--gns3-port: {port} is no TCP port")
    return Gns3Lab(port=port)


def _await_end_of_stdin(ended: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    ended.set()


def _summary(lab: Lab, control: ControlServer | None, gns3: Gns3Lab | None) -> str:
    first, last = lab.devices[0], lab.devices[-1]
    lines = [
        f"{len(lab.devices)} devices at {first.address} to {last.address}, UDP port {lab.port}",
        f"  SNMPv2c   community {first.community}",
        f"  SNMPv3    user {V3_USER.name}, {V3_USER.auth_protocol} {V3_USER.auth_password}, "
        f"{V3_USER.priv_protocol} {V3_USER.priv_password}",
    ]
    if isinstance(lab, GeneratedLab):
        lines.insert(1, f"  {len(lab.topology.links)} links; write community private")
    if isinstance(lab, RecordedLab) and lab.skipped_lines:
        skipped = ", ".join(f"{name} {count}" for name, count in lab.skipped_lines.items())
        lines.append(f"  Lines without a usable value, left out: {skipped}")
    if gns3 is not None:
        found = gns3.describe()
        named = ", ".join(f"{project['name']} ({project['nodes']} nodes)" for project in found["projects"])
        lines.append(f"  GNS3      {found['url']}, login {found['username']}, {found['password']}; projects {named}")
    if control is not None:
        lines.append(f"  Faults    manage.py lab --control {'|'.join(COMMANDS)} ...")
    lines.append("Ctrl-C ends it.")
    return "\n".join(lines)


def _epilog() -> str:
    usages = {f"{name} {command.usage}": command.meaning for name, command in COMMANDS.items()}
    width = max(map(len, usages))
    rows = (f"  {usage:<{width}}  {meaning}" for usage, meaning in usages.items())
    return "commands for --control and --fault:\n" + "\n".join(rows)
