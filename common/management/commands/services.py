"""`manage.py services [list|discover|accept|dismiss] [--json]`: the configured services, and those that were found.

    manage.py services                                   how each configured service is, and what is proposed
    manage.py services discover 10.0.0.0/28 --json       look at hosts, containers and the hub's configuration now
    manage.py services accept 3 --target main            write proposal 3 into the clients' file
    manage.py services dismiss 4

Needs no running server. Exit status 1 where it could not be done, 2 where what was asked for makes no sense or is not
there.
"""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from api_clients.configuration import ConfigurationInvalid
from common.api.services.proposals import ProposalSerializer
from common.application.first_start import need_database
from common.application.service_discovery import proposals
from common.application.service_health.reading import ServiceSeen, services
from common.domain.errors import HubError, Invalid, Unknown
from common.models import ServiceProposal


class Command(BaseCommand):
    help = "List the configured services with their health and the found ones; discover, accept, dismiss."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")
        asked = parser.add_subparsers(dest="asked", metavar="list|discover|accept|dismiss")
        listing = asked.add_parser("list", help="configured services, and proposals (without --all the open ones)")
        listing.add_argument("--all", action="store_true", help="accepted and dismissed proposals as well")
        looking = asked.add_parser("discover", help="look for services now, and propose what is new")
        looking.add_argument("hosts", nargs="*", metavar="HOST", help="an address, a network, a range or a name")
        looking.add_argument("--port", type=int, action="append", help="instead of the known ones; may be repeated")
        looking.add_argument("--no-docker", action="store_true", help="ask no Docker engine")
        accepting = asked.add_parser("accept", help="write a proposal into the clients' file")
        accepting.add_argument("id", type=int)
        accepting.add_argument("--target", default="", help="another name than the proposed one")
        accepting.add_argument("--auth", default="", help="JSON, as in the clients' file; secrets by reference")
        asked.add_parser("dismiss", help="never propose it again").add_argument("id", type=int)
        for one in asked.choices.values():
            one.add_argument("--json", action="store_true", default=None, dest="as_json", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        need_database()
        self._as_json = bool(options["json"] or options.get("as_json"))
        asked = options["asked"] or "list"
        try:
            getattr(self, f"_{asked}")(options)
        except (Invalid, Unknown) as error:
            raise CommandError(str(error), returncode=2) from error
        except (HubError, ConfigurationInvalid) as error:
            raise CommandError(str(error), returncode=1) from error

    def _list(self, options: dict[str, Any]) -> None:
        seen = services()
        found = proposals.proposals()
        if not options.get("all"):
            found = found.filter(state=ServiceProposal.State.PROPOSED)
        if self._as_json:
            self._print({"services": [asdict(one) for one in seen], "proposals": _rows(found)})
            return
        for one in seen:
            self.stdout.write(_line(one))
        self._print_proposals(list(found))

    def _discover(self, options: dict[str, Any]) -> None:
        ports = options["port"]
        if ports and not all(0 < port <= 65_535 for port in ports):
            raise CommandError("--port: a port is from 1 to 65535", returncode=2)
        done = proposals.discover(hosts=options["hosts"], ports=ports, docker=not options["no_docker"], actor=_actor())
        found = proposals.proposals().filter(pk__in=done.proposed)
        if self._as_json:
            self._print({**asdict(done), "proposals": _rows(found)})
            return
        self.stdout.write(
            f"{len(done.proposed)} new, {len(done.known)} known before, {done.configured} configured already."
        )
        for problem in done.problems:
            self.stderr.write(problem)
        self._print_proposals(list(found))

    def _accept(self, options: dict[str, Any]) -> None:
        done = proposals.accept(options["id"], by=_actor(), target=options["target"], auth=_auth(options["auth"]))
        configured_as = f"{done.proposal.service}/{done.target}"
        if self._as_json:
            self._print({"file": str(done.file), "configured_as": configured_as, "proposal": _rows([done.proposal])[0]})
        else:
            self.stdout.write(f"{configured_as} stands in {done.file} now.")

    def _dismiss(self, options: dict[str, Any]) -> None:
        row = proposals.dismiss(options["id"], by=_actor())
        if self._as_json:
            self._print({"proposal": _rows([row])[0]})
        else:
            self.stdout.write(f"{row.service} at {row.url} is not proposed again.")

    def _print(self, document: Any) -> None:
        self.stdout.write(json.dumps(document, cls=DjangoJSONEncoder, indent=2))

    def _print_proposals(self, rows: list[ServiceProposal]) -> None:
        for row in rows:
            login = ", wants a login" if row.needs_login else ""
            self.stdout.write(
                f"[{row.pk}] {row.service} {row.version} at {row.url} ({row.state}{login}): {row.evidence}"
            )


def _rows(found: Any) -> list[dict[str, Any]]:
    return [dict(ProposalSerializer(row).data) for row in found]


def _line(seen: ServiceSeen) -> str:
    latency = "" if seen.latency_ms is None else f", {seen.latency_ms:g} ms"
    reason = f": {seen.reason}" if seen.reason else ""
    return f"{seen.service}/{seen.target} {seen.version}  {seen.status}{latency}{reason}"


def _auth(text: str) -> dict[str, Any] | None:
    if not text:
        return None
    try:
        auth = json.loads(text)
    except ValueError:
        auth = None
    if not isinstance(auth, dict):
        example = '{"kind": "bearer", "token_file": "/run/secrets/x"}'
        raise CommandError(f"--auth: write a JSON object, such as {example}", returncode=2)
    return auth


def _actor() -> str:
    return f"cli:{getpass.getuser()}"
