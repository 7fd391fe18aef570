"""What one discovery run is asked to do, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter

from nms.network_management.discovery.limits import MAX_CRAWL_DEPTH, MAX_EXPRESSIONS
from nms.network_management.discovery.targets import AddressRange, Scope, TargetInvalid, check_targets, parse_target


class SpecInvalid(ValueError):
    """The discovery cannot be done as asked; `problems` maps each field to what is wrong with it."""

    def __init__(self, problems: Mapping[str, Sequence[str]]) -> None:
        self.problems = {field: list(messages) for field, messages in problems.items()}
        super().__init__("\n".join(message for messages in self.problems.values() for message in messages))


@dataclass(frozen=True, slots=True)
class DiscoverySpec:
    """Targets are swept, seeds too; with `crawl_depth` the neighbours of every device found are followed that far.

    `credential_ids` are tried in this order (empty: all stored ones, in their own order). `port` is the UDP port of
    every agent, of crawled neighbours as well.
    """

    targets: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()
    crawl_depth: int = 0
    port: int = 161
    credential_ids: tuple[int, ...] = ()
    timeout_seconds: float = 1.0
    retries: int = 1

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> DiscoverySpec:
        return _ADAPTER.validate_python(data)

    def ranges(self, *, scope: Scope, max_addresses: int) -> tuple[AddressRange, ...]:
        """Return what to sweep, merged and ascending. Raises SpecInvalid with all that is wrong."""
        problems: dict[str, list[str]] = {}
        for field, expressions in (("targets", self.targets), ("seeds", self.seeds)):
            messages = _faults(expressions, scope=scope, max_addresses=max_addresses)
            if messages:
                problems[field] = messages
        if not self.targets and not self.seeds:
            problems["targets"] = ["give at least one target or seed, such as 10.0.0.0/24"]
        problems |= self._faults_of_numbers()
        if problems:
            raise SpecInvalid(problems)
        try:
            return check_targets([*self.targets, *self.seeds], scope=scope, max_addresses=max_addresses)
        except TargetInvalid as fault:
            raise SpecInvalid({"targets": str(fault).splitlines()}) from None

    def named_addresses(self) -> frozenset[str]:
        """The addresses named one by one: whoever names an address wants to hear when it is silent."""
        return frozenset(_single_addresses([*self.targets, *self.seeds]))

    def _faults_of_numbers(self) -> dict[str, list[str]]:
        limits = {
            "crawl_depth": (self.crawl_depth, 0, MAX_CRAWL_DEPTH),
            "port": (self.port, 1, 65535),
            "timeout_seconds": (self.timeout_seconds, 0.05, 60),
            "retries": (self.retries, 0, 10),
        }
        return {
            field: [f"{field} is {value}; give a number from {least} to {most}"]
            for field, (value, least, most) in limits.items()
            if not least <= value <= most
        }


_ADAPTER = TypeAdapter(DiscoverySpec)


def _faults(expressions: Sequence[str], *, scope: Scope, max_addresses: int) -> list[str]:
    if len(expressions) > MAX_EXPRESSIONS:
        return [f"{len(expressions):,} entries; give at most {MAX_EXPRESSIONS:,}, or ranges in place of addresses"]
    try:
        check_targets(expressions, scope=scope, max_addresses=max_addresses)
    except TargetInvalid as fault:
        return str(fault).splitlines()
    return []


def _single_addresses(expressions: Iterable[str]) -> Iterable[str]:
    for expression in expressions:
        parsed = parse_target(expression)
        if parsed.size == 1:
            yield str(parsed.first)
