"""What a simulated cluster holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from api_clients.monitoring.elasticsearch.simulator.errors import Refusal, no_index
from api_clients.monitoring.elasticsearch.simulator.query import Row

NAMES = {int: "long", float: "float", bool: "boolean", str: "keyword"}
HOSTS = ("r1", "r2", "sw1", "fw1")


@dataclass
class Index:
    properties: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    aliases: dict[str, Any] = field(default_factory=dict)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    policy: str = ""

    def create(self, name: str, source: Mapping[str, Any]) -> str:
        """Raises Refusal where a document of that name is there."""
        if name in self.documents:
            said = f"[{name}]: version conflict, document already exists (current version [{self.versions[name]}])"
            raise Refusal(409, "version_conflict_engine_exception", said)
        return self.write(name, source)

    def write(self, name: str, source: Mapping[str, Any]) -> str:
        """Raises Refusal at a text where a number belongs."""
        for key, value in source.items():
            wanted = self.properties.get(key, {}).get("type")
            if wanted in ("long", "integer", "float") and not isinstance(value, int | float):
                raise Refusal(
                    400,
                    "document_parsing_exception",
                    f"failed to parse field [{key}] of type [{wanted}] in document with id '{name}'",
                )
            self.properties.setdefault(key, {"type": NAMES.get(type(value), "object")})
        result = "updated" if name in self.documents else "created"
        self.documents[name] = dict(source)
        self.versions[name] = self.versions.get(name, 0) + 1
        return result


@dataclass
class State:
    """`status` is the colour of the cluster; `report` False is a server before 8.7, without the health report."""

    indices: dict[str, Index] = field(default_factory=dict)
    templates: dict[str, dict[str, Any]] = field(default_factory=dict)
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    points: dict[str, list[Row]] = field(default_factory=dict)
    status: str = "green"
    report: bool = True
    made: int = 0

    def number(self) -> int:
        self.made += 1
        return self.made

    def chosen(self, pattern: str) -> dict[str, Index]:
        """Return the indices that a name, several with commas, or a pattern names; all for the empty one."""
        found: dict[str, Index] = {}
        for name in (pattern or "*").split(","):
            matching = {key: index for key, index in self.indices.items() if _names(name, key, index)}
            if not matching and "*" not in name and name != "_all":
                raise no_index(name)
            found |= matching
        return found

    def rows(self, pattern: str) -> Iterator[Row]:
        for name, index in self.chosen(pattern).items():
            yield from ((name, key, source) for key, source in index.documents.items())


def _names(name: str, key: str, index: Index) -> bool:
    return name in ("_all", key) or name in index.aliases or fnmatchcase(key, name)


def plausible_state() -> State:
    """A day's logs of four devices, an index to throw away, a template and lifecycles."""
    kinds = {"@timestamp": {"type": "date"}, "message": {"type": "text"}}
    logs = Index(kinds, policy="network-logs", settings={"index": {"number_of_replicas": "0"}})
    for number in range(48):
        logs.write(
            str(number + 1),
            {
                "@timestamp": f"2025-11-20T{number // 2:02d}:{30 * (number % 2):02d}:00Z",
                "host": HOSTS[number % len(HOSTS)],
                "severity": ("info", "warning", "error")[number % 3],
                "bytes": 100 * number,
                "message": f"interface {number % 4} changed state",
            },
        )
    phases = {"hot": {"min_age": "0ms", "actions": {}}, "delete": {"min_age": "30d", "actions": {"delete": {}}}}
    template = {"index_patterns": ["network-logs*"], "template": {"settings": {}}, "composed_of": [], "priority": 100}
    return State(
        indices={"network-logs": logs, "scratch": Index()},
        templates={"network-logs": template, "scratch": {"index_patterns": ["scratch-*"], "composed_of": []}},
        policies={"network-logs": {"phases": phases}, "scratch": {"phases": {"hot": {"actions": {}}}}},
    )
