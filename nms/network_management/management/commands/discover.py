"""`manage.py discover`: discover a network now, in this process, into the inventory.

    manage.py discover 192.0.2.0/24 --community public
    manage.py discover 10.255.0.1 --crawl 8 --v3-user nms --v3-auth-password ... --v3-priv-password ... --json

Needs no running server. Exit status: 0 when something was found, 1 when nothing answered or the run failed, 2 when
what was asked for makes no sense.
"""

from __future__ import annotations

import getpass
import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any, get_args

from django.core.management import BaseCommand, CommandError

from api_clients.network.snmp.credentials import InvalidCredential, check_credential
from api_clients.network.snmp.values import AuthProtocol, Community, Credential, PrivProtocol, UsmUser
from common.application.first_start import need_database
from common.infrastructure.logs import say_only_warnings
from nms.network_management import models
from nms.network_management.discovery.console import ProgressBar, table
from nms.network_management.discovery.report import report, silence
from nms.network_management.discovery.run import discover_here
from nms.network_management.discovery.spec import DiscoverySpec, SpecInvalid


class Command(BaseCommand):
    help = "Discover address ranges and seeds now, store what is found in the inventory, and print it."
    requires_system_checks: list[str] = []  # the command starts in a second; `manage.py check` is for servers

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "targets",
            nargs="+",
            metavar="TARGET",
            help="an address, a CIDR range (10.0.0.0/24) or a range (10.0.0.1-20), IPv4 or IPv6",
        )
        parser.add_argument(
            "--community", action="append", default=[], help="SNMPv2c community; repeat it for several, best first"
        )
        parser.add_argument("--v1-community", action="append", default=[], help="the same for SNMPv1")
        parser.add_argument("--v3-user", help="SNMPv3 user name")
        parser.add_argument(
            "--v3-auth-protocol",
            choices=get_args(AuthProtocol),
            type=_spelling(get_args(AuthProtocol), {"SHA1": "SHA"}),
            help="SHA where a password is given",
        )
        parser.add_argument("--v3-auth-password")
        parser.add_argument(
            "--v3-priv-protocol",
            choices=get_args(PrivProtocol),
            type=_spelling(get_args(PrivProtocol), {"AES": "AES-128"}),
            help="AES-128 where a password is given",
        )
        parser.add_argument("--v3-priv-password")
        parser.add_argument("--port", type=int, default=161, help="UDP port of the agents (161)")
        parser.add_argument(
            "--crawl", type=int, default=0, metavar="DEPTH", help="follow LLDP and CDP neighbours this many hops"
        )
        parser.add_argument("--timeout", type=float, default=1.0, help="seconds to wait for an answer (1.0)")
        parser.add_argument("--retries", type=int, default=1, help="how often to ask again (1)")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, *_: Any, **options: Any) -> None:
        if options["verbosity"] < 2:
            say_only_warnings()
        credentials = _credentials(options)
        need_database()
        spec = DiscoverySpec(
            targets=tuple(options["targets"]),
            crawl_depth=options["crawl"],
            port=options["port"],
            credential_ids=_store(credentials),
            timeout_seconds=options["timeout"],
            retries=options["retries"],
        )
        run = self._discover(spec)
        found = report(run)
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=2, ensure_ascii=False))
        else:
            self.stdout.write(table(found, silence=silence(run)))
        if not found["devices"]:
            sys.exit(1)

    def _discover(self, spec: DiscoverySpec) -> models.DiscoveryRun:
        try:
            with ProgressBar(sys.stderr) as bar:
                run = discover_here(spec, actor=f"cli:{getpass.getuser()}", observer=bar.show)
        except SpecInvalid as error:
            raise CommandError(str(error), returncode=2) from error
        if run.state != models.DiscoveryRun.State.SUCCEEDED:
            raise CommandError(f"The discovery {run.state}: {run.error or 'somebody asked for it'}")
        return run


def _spelling(names: tuple[str, ...], others: dict[str, str]) -> Callable[[str], str]:
    """Return what reads a protocol's name as other tools write it: sha256, AES, SHA-1."""
    known = {name.replace("-", ""): name for name in names} | others
    return lambda text: known.get(text.upper().replace("-", ""), text)


def _credentials(options: dict[str, Any]) -> list[Credential]:
    credentials = _given(options)
    for credential in credentials:
        try:
            check_credential(credential)
        except InvalidCredential as error:
            raise CommandError(str(error), returncode=2) from error
    return credentials


def _given(options: dict[str, Any]) -> list[Credential]:
    given: list[Credential] = [Community(text) for text in options["community"]]
    given += [Community(text, version="1") for text in options["v1_community"]]
    if options["v3_user"] is None:
        stray = [name for name in options if name.startswith("v3_") and options[name]]
        if stray:
            raise CommandError(f"--{stray[0].replace('_', '-')} needs --v3-user", returncode=2)
        return given
    auth, priv = options["v3_auth_password"], options["v3_priv_password"]
    for kind, password in (("auth", auth), ("priv", priv)):
        if options[f"v3_{kind}_protocol"] and not password:
            raise CommandError(f"--v3-{kind}-protocol needs --v3-{kind}-password", returncode=2)
        if password and len(password) < 8:
            raise CommandError(f"--v3-{kind}-password has fewer than the 8 characters of RFC 3414", returncode=2)
    if priv and not auth:
        raise CommandError("--v3-priv-password needs --v3-auth-password: SNMPv3 has no privacy alone", returncode=2)
    user = UsmUser(
        name=options["v3_user"],
        auth_protocol=(options["v3_auth_protocol"] or "SHA") if auth else None,
        auth_password=auth or None,
        priv_protocol=(options["v3_priv_protocol"] or "AES-128") if priv else None,
        priv_password=priv or None,
    )
    return [user, *given]


def _store(given: list[Credential]) -> tuple[int, ...]:
    """Return the ids of the stored credentials to try: the given ones, else all that are stored, else public's."""
    if not given and models.Credential.objects.exists():
        return ()
    return tuple(models.Credential.from_snmp(credential).id for credential in given or [Community("public")])
