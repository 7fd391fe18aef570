"""Reads the messages of Suricata's command socket; raises at what it does not know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from api_clients.security.suricata.eve.decoding import moment
from api_clients.security.suricata.values import (
    FailedRule,
    Hostbit,
    InterfaceStatistics,
    Memcap,
    RuleFile,
    RulesetStatistics,
)

SIZE = re.compile(r"(\d+)\s*([kmg]?)b?", re.IGNORECASE)
SIZES = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


def text(message: Any) -> str:
    if not isinstance(message, str) or not message:
        raise ValueError("not a text")
    return message


def value(message: Any) -> str:
    """A value of the configuration, which may be empty."""
    return "" if message == "" else text(message)


def said(message: Any) -> str:
    """What a command did, in Suricata's words; some say nothing."""
    if message is None:
        return ""
    return text(message)


def count(message: Any) -> int:
    if isinstance(message, bool) or not isinstance(message, int):
        raise TypeError("not a whole number")
    return message


def interfaces(message: Any) -> tuple[str, ...]:
    names = tuple(text(name) for name in message["ifaces"])
    if len(names) != count(message["count"]):
        raise ValueError("not as many interfaces as it says")
    return names


def interface_statistics(interface: str, message: Any) -> InterfaceStatistics:
    return InterfaceStatistics(
        interface=interface,
        packets=count(message["pkts"]),
        dropped=count(message.get("drop", 0)),
        invalid_checksums=count(message.get("invalid-checksums", 0)),
        bypassed=count(message.get("bypassed", 0)),
    )


def counters(message: Any) -> Mapping[str, float]:
    """Flatten the tree of counters: {"capture": {"kernel_drops": 3}} is {"capture.kernel_drops": 3}."""
    if not isinstance(message, dict) or not message:
        raise ValueError("not a tree of counters")
    return dict(_flat(message, ""))


def ruleset_statistics(message: Any) -> tuple[RulesetStatistics, ...]:
    return tuple(
        RulesetStatistics(
            tenant=count(item["id"]),
            loaded=count(item["rules_loaded"]),
            failed=count(item["rules_failed"]),
            skipped=count(item.get("rules_skipped", 0)),
        )
        for item in message
    )


def reload_times(message: Any) -> Mapping[int, datetime]:
    """The moment of each engine's last load, by its number."""
    read = {count(item["id"]): moment(item["last_reload"]) for item in message}
    return {engine: at for engine, at in read.items() if at is not None}


def failed_rules(message: Any) -> tuple[FailedRule, ...]:
    return tuple(
        FailedRule(
            rule=text(item["rule"]),
            filename=str(item.get("filename", "")),
            line=count(item.get("line", 0)),
            error=str(item.get("error", "")),
            tenant=count(item.get("tenant_id", 0)),
        )
        for item in message
    )


def commands(message: Any) -> tuple[str, ...]:
    return tuple(sorted(text(name) for name in message["commands"]))


def memcaps(message: Any) -> tuple[Memcap, ...]:
    return tuple(memcap(text(item["name"]), item) for item in message)


def memcap(name: str, message: Any) -> Memcap:
    value = text(message["value"])
    return Memcap(name, value, size_of(value))


def size_of(value: str) -> int | None:
    """Return the bytes of a size such as 64mb, None for "unlimited"."""
    if value == "unlimited":
        return None
    found = SIZE.fullmatch(value.strip())
    if not found:
        raise ValueError("not a size")
    return int(found[1]) * SIZES[found[2].lower()]


def hostbits(message: Any) -> tuple[Hostbit, ...]:
    return tuple(Hostbit(text(item["name"]), count(item["expire"])) for item in message["hostbits"])


def rule_files(document: Any) -> tuple[RuleFile, ...]:
    return tuple(
        RuleFile(
            name=text(item["name"]),
            size_bytes=count(item["size"]),
            changed=datetime.fromisoformat(item["changed"]),
            digest=text(item["digest"]),
            has_previous=bool(item["has_previous"]),
        )
        for item in document
    )


def digest(document: Any) -> str:
    return text(document["digest"])


def was_tested(document: Any) -> bool:
    return bool(document["tested"])


def _flat(tree: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, float]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{prefix}{name}", value
