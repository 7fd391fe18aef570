"""Writes the skeleton of a new service: a folder whose tests fail until it is filled in, and its catalogue line."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from pathlib import Path
from string import Template

FAMILIES = ("network", "monitoring", "security", "qos", "datastores", "platforms")
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
TEMPLATES = Path(__file__).parent / "templates"
END_OF_CATALOGUE = "    ]\n)\n"
CATALOGUE_LINES = """\
        ServiceEntry(
            "$name",
            "$family",
            "service",
            "api_clients.$family.$name.client:${Class}Client",
            "$summary",
        ),
"""


class SkeletonRefused(ValueError):
    """Nothing was written; the message says why."""


def write_skeleton(family: str, name: str, *, root: Path, summary: str = "") -> tuple[Path, ...]:
    """Write the folder of a new service below `root` (the checkout) and its line in the catalogue; return the files.

    Raises SkeletonRefused.
    """
    folder = root / "api_clients" / family / name
    catalogue = root / "api_clients" / "catalog.py"
    _refuse(family, name, folder, catalogue)
    words = {
        "family": family,
        "name": name,
        "Class": "".join(part.capitalize() for part in name.split("_")),
        "summary": _line(summary) or f"{name.replace('_', ' ')}, still to be described",
    }
    (folder.parent / "__init__.py").parent.mkdir(parents=True, exist_ok=True)
    (folder.parent / "__init__.py").touch()
    written = [_write(folder, template, words) for template in sorted(TEMPLATES.rglob("*.template"))]
    _add_line(catalogue, words)
    return (*written, catalogue)


def _line(text: str) -> str:
    """As it stands between double quotes in the catalogue."""
    return " ".join(text.split()).replace("\\", "/").replace('"', "'")


def _refuse(family: str, name: str, folder: Path, catalogue: Path) -> None:
    if family not in FAMILIES:
        raise SkeletonRefused(f"{family} is no family of services. Families: {', '.join(FAMILIES)}")
    if not NAME.match(name) or keyword.iskeyword(name):
        raise SkeletonRefused(f"{name} is no name of a package: lower-case letters, digits, single underscores")
    if folder.exists():
        raise SkeletonRefused(f"{folder} is there already")
    text = catalogue.read_text(encoding="utf-8")
    if f'"{name}"' in text:
        raise SkeletonRefused(f"the catalogue has a service {name} already")
    if not text.endswith(END_OF_CATALOGUE):
        raise SkeletonRefused(f"{catalogue} does not end with its list of services; add the line by hand")


def _write(folder: Path, template: Path, words: Mapping[str, str]) -> Path:
    path = folder / template.relative_to(TEMPLATES).with_suffix("")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(Template(template.read_text(encoding="utf-8")).substitute(words), encoding="utf-8")
    return path


def _add_line(catalogue: Path, words: Mapping[str, str]) -> None:
    text = catalogue.read_text(encoding="utf-8").removesuffix(END_OF_CATALOGUE)
    catalogue.write_text(text + Template(CATALOGUE_LINES).substitute(words) + END_OF_CATALOGUE, encoding="utf-8")
