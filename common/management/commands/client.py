"""`manage.py client [SERVICE [OPERATION [--argument VALUE ...]]]`: ask a configured service, from a terminal.

    manage.py client
    manage.py client gns3
    manage.py client gns3 nodes --project-id 3d1f7302-0608-5d42-9ff4-e4a34adb8f2a --json
    manage.py client gns3 write_node_file ... --content @startup.vpc

A value that begins with @ is the content of a file (@- of the standard input, @@ a plain @). Exit status: 0; 1 where
the service, or one of several targets, did not do it; 2 where what was asked for makes no sense, or is not there.
"""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser

from api_clients.gateway.endpoints import Endpoint
from api_clients.gateway.results import plain
from api_clients.gateway.shapes import Shape
from api_clients.gateway.signatures import ArgumentsInvalid, Parameter
from common.api.clients.answers import several_document, single_document
from common.api.clients.listing import service_row
from common.application.first_start import need_database
from common.application.gateway import listing
from common.application.gateway.calls import Result, Several, Single, call
from common.application.gateway.console import answer_text, operation_list, option_of, row_table, service_table
from common.domain.errors import HubError, Invalid, Unknown
from common.infrastructure.logs import say_only_warnings

DESTINATION = "argument_"


class Command(BaseCommand):
    help = "List the services, the operations of one, or ask one to do something."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("service", nargs="?", help="its name in the catalogue; without it all are listed")
        parser.add_argument("operation", nargs="?", help="without it the operations are listed")
        parser.add_argument("arguments", nargs=argparse.REMAINDER, help="--argument VALUE ..., --target, --json")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON and nothing else")

    def handle(self, *args: Any, service: str | None, operation: str | None, **options: Any) -> None:
        say_only_warnings()
        try:
            if service is None or operation is None:
                self._list(service, options["as_json"] or "--json" in options["arguments"])
            else:
                self._ask(listing.endpoint(service, operation), options["arguments"], as_json=options["as_json"])
        except HubError as error:
            made_no_sense = isinstance(error, Invalid | Unknown)
            raise CommandError(str(error), returncode=2 if made_no_sense else 1) from error

    def _list(self, service: str | None, as_json: bool) -> None:
        if service is None:
            found = listing.services()
            self._print([service_row(one) for one in found] if as_json else service_table(found))
        else:
            one = listing.service(service)
            self._print(service_row(one) if as_json else operation_list(one))

    def _ask(self, endpoint: Endpoint, words: list[str], *, as_json: bool) -> None:
        given = vars(_parser(endpoint).parse_args(words))
        if not endpoint.is_read:
            need_database()  # where it is recorded who did what
        result = call(
            endpoint,
            _arguments(endpoint, given),
            actor=f"cli:{getpass.getuser()}",
            over="command",
            target=given["target"],
            fallback=given["fallback"],
            merge=given["merge"],
        )
        if as_json or given["json"]:
            self._print(_document(endpoint, result))
        else:
            self._show(result, given["output"])
        if isinstance(result, Several) and result.is_partial:
            raise CommandError("\n".join(str(error) for error in result.errors.values()), returncode=1)

    def _show(self, result: Result, output: str | None) -> None:
        if isinstance(result, Single):
            self._show_one(result, output)
        elif result.is_merged:
            self._print(row_table(result.rows))
        else:
            self._show_several(result)

    def _show_several(self, result: Several) -> None:
        for name, answer in result.answers.items():
            self.stdout.write(f"{name}:")
            self.stdout.write(answer_text(answer.value))

    def _show_one(self, result: Single, output: str | None) -> None:
        if result.instead_of:
            self.stderr.write(f"{result.instead_of[1]} So {result.answer.target} was asked.")
        if result.answer.stale:
            self.stderr.write(f"The service is away; this is its answer of {result.answer.age_seconds:.0f} s ago.")
        if isinstance(result.answer.value, bytes):
            _write_file(result.answer.value, output)
        else:
            self._print(answer_text(result.answer.value))

    def _print(self, told: Any) -> None:
        self.stdout.write(told if isinstance(told, str) else json.dumps(told, indent=2, ensure_ascii=False))


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message}\n{self.format_usage().strip()}", returncode=2)


def _parser(endpoint: Endpoint) -> argparse.ArgumentParser:
    """Whether an argument is needed, and what fits, is the signature's to say: REST says it in the same words."""
    parser = _Parser(
        prog=f"manage.py client {endpoint.service} {endpoint.name}",
        description=endpoint.operation.summary,
        allow_abbrev=False,
    )
    for one in endpoint.signature.parameters:
        _add(parser, one)
    parser.add_argument("--target", help="which installation; several with commas, * for all")
    parser.add_argument("--fallback", help="the target to ask where that one cannot answer")
    parser.add_argument("--merge", action="store_true", help="the answers of several as one list, with their targets")
    parser.add_argument("--output", metavar="FILE", help="where a file that comes back is written")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    return parser


def _add(parser: argparse.ArgumentParser, one: Parameter) -> None:
    option = option_of(one.name)
    spellings = dict.fromkeys([option, option.replace("-", "_").replace("__", "--", 1)])
    more: dict[str, Any] = (
        {"nargs": "+", "action": "extend"} if one.shape == "list" else {"nargs": "?", "const": "true"}
    )
    help_text = f"{one.description} ".replace("%", "%%") + ("(needed)" if one.required else "")
    parser.add_argument(*spellings, dest=f"{DESTINATION}{one.name}", metavar="VALUE", help=help_text, **more)


def _arguments(endpoint: Endpoint, given: Mapping[str, Any]) -> dict[str, Any]:
    """Raises Invalid."""
    texts: dict[str, list[str | bytes]] = {}
    for one in endpoint.signature.parameters:
        value = given[f"{DESTINATION}{one.name}"]
        if value is not None:
            values = value if isinstance(value, list) else [value]
            texts[one.name] = [_content(text, one.shape) for text in values]
    try:
        return endpoint.signature.from_texts(texts)
    except ArgumentsInvalid as error:
        said = (f"{option_of(one.field)}: {one.message}" for one in error.problems)
        raise Invalid("\n".join(said)) from error


def _content(text: str, shape: Shape) -> str | bytes:
    """Raises CommandError where a file cannot be read."""
    if text.startswith("@@"):
        text = text[1:]
    elif text.startswith("@"):
        content = _read(text[1:])
        return content if shape == "bytes" else content.rstrip(b"\r\n")
    return text.encode() if shape == "bytes" else text


def _read(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}", returncode=2) from error


def _write_file(content: bytes, output: str | None) -> None:
    if output is None and sys.stdout.isatty():
        raise CommandError("The answer is a file: name one with --output, or pipe it.", returncode=2)
    try:
        if output is None:
            sys.stdout.buffer.write(content)
        else:
            Path(output).write_bytes(content)
    except OSError as error:
        raise CommandError(f"{output} cannot be written: {error.strerror}", returncode=1) from error


def _document(endpoint: Endpoint, result: Result) -> dict[str, Any]:
    """What REST would answer."""
    found: dict[str, Any] = plain(
        several_document(endpoint, result) if isinstance(result, Several) else single_document(endpoint, result)
    )
    return found
