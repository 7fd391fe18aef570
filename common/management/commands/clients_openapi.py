"""`manage.py clients_openapi [--check]`: docs/openapi/<service>.json, one for each service of the catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from api_clients.catalog import CATALOG
from api_clients.gateway.examples import ExampleFailed
from api_clients.gateway.signatures import SignatureUnfit
from common.api.clients.schema import FOLDER, written_document


class Command(BaseCommand):
    help = "Write an OpenAPI document for each service, with the answers of its simulator as examples."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a document is not fresh")
        parser.add_argument("--folder", type=Path, default=FOLDER, help="where to write (docs/openapi)")

    def handle(self, *args: Any, check: bool, folder: Path, **options: Any) -> None:
        documents = _documents()
        if check:
            self._check(documents, folder)
            return
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in documents.items():
            (folder / name).write_text(text, encoding="utf-8")
        for path in folder.glob("*.json"):
            if path.name not in documents:
                path.unlink()
        self.stdout.write(f"{len(documents)} documents in {folder}")

    def _check(self, documents: dict[str, str], folder: Path) -> None:
        there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
        stale = sorted(name for name in documents.keys() | there.keys() if documents.get(name) != there.get(name))
        if stale:
            raise CommandError(f"Not fresh: {', '.join(stale)}. Run `make docs`.")


def _documents() -> dict[str, str]:
    """The text of each file by its name. Raises CommandError, which names every service that lacks something."""
    documents, problems = {}, []
    for entry in CATALOG.values():
        if entry.kind == "service":
            try:
                documents[f"{entry.name}.json"] = written_document(entry)
            except (ExampleFailed, SignatureUnfit) as error:
                problems.append(str(error))
    if problems:
        raise CommandError("\n".join(problems))
    return documents
