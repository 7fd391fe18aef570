"""What can be done to a running lab, as words: `silence access-03`, `link-down core-1:Ethernet1`, `restore`.

One table for the control socket, the --fault option and the help text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api_clients.network.snmp.simulator import (
    ChangingTable,
    Fault,
    Garbage,
    GetNextLoop,
    Silent,
    Slow,
    Truncated,
    WrongRequestId,
)
from nms.network_management.lab.network import GeneratedLab
from nms.network_management.lab.serving import Lab, LabError
from nms.network_management.lab.topology import LabLink

LONGEST_SECONDS = 86_400  # the system's timers take a day, and not much more than a month

Deed = Callable[[], str]  # does what was asked for, and returns what it did, for people


@dataclass(frozen=True, slots=True)
class Command:
    """`prepare` gets the lab and the words after the command, and checks them; nothing happens before the Deed."""

    usage: str
    meaning: str
    prepare: Callable[[Lab, Sequence[str]], Deed]


@dataclass(frozen=True, slots=True)
class TimedFault:
    """A command that the lab runs by itself, `after_seconds` after its start."""

    words: tuple[str, ...]
    after_seconds: float


def prepare_command(lab: Lab, words: Sequence[str]) -> Deed:
    """Check one command against the lab. Raises LabError for one that cannot be carried out."""
    if not words:
        raise LabError(f"Say what to do: {', '.join(COMMANDS)}")
    name = words[0]
    try:
        command = COMMANDS[name]
    except KeyError:
        raise LabError(f"Unknown command {name!r}; known: {', '.join(COMMANDS)}") from None
    return command.prepare(lab, words[1:])


def run_command(lab: Lab, words: Sequence[str]) -> str:
    """Carry out one command; what it did. Raises LabError as above."""
    return prepare_command(lab, words)()


def parse_timed_fault(text: str) -> TimedFault:
    """`silent:access-03@20`, `slow:core-1:0.5`, `link-down:core-1:Ethernet1@30`. Raises LabError."""
    what, _, when = text.partition("@")
    name, _, rest = what.partition(":")
    name = {"silent": "silence"}.get(name, name)
    if name not in COMMANDS:
        raise LabError(f"Unknown fault {name!r} in {text!r}; known: {', '.join(COMMANDS)}")
    arguments = rest.split(":") if name == "slow" else [rest] if rest else []
    return TimedFault((name, *arguments), _seconds(when or "0"))


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= LONGEST_SECONDS:  # false for nan
        raise LabError(f"{text!r} is no number of seconds from 0 to {LONGEST_SECONDS}")
    return seconds


def _spoil(make: Callable[[], Fault], deed: str) -> Callable[[Lab, Sequence[str]], Deed]:
    def prepare(lab: Lab, words: Sequence[str]) -> Deed:
        (name,) = _expect(words, 1)
        return _set_fault(lab, name, make(), deed)

    return prepare


def _slow(lab: Lab, words: Sequence[str]) -> Deed:
    name, seconds = _expect(words, 2)
    fault = Slow(_seconds(seconds))
    return _set_fault(lab, name, fault, f"answers {fault.seconds:g} s late")


def _set_fault(lab: Lab, name: str, fault: Fault, deed: str) -> Deed:
    lab.device(name)

    def run() -> str:
        lab.set_fault(name, fault)
        return f"{name} {deed}"

    return run


def _link_down(lab: Lab, words: Sequence[str]) -> Deed:
    network, link = _find_link(lab, words)

    def run() -> str:
        network.link_down(link)
        return f"{_name(link)} is down"

    return run


def _link_up(lab: Lab, words: Sequence[str]) -> Deed:
    network, link = _find_link(lab, words)

    def run() -> str:
        network.link_up(link)
        return f"{_name(link)} is {'up' if network.is_up(link) else 'still down: a port is disabled'}"

    return run


def _reboot(lab: Lab, words: Sequence[str]) -> Deed:
    (name,) = _expect(words, 1)
    network = _generated(lab)
    network.device(name)

    def run() -> str:
        network.reboot(name)
        return f"{name} has rebooted"

    return run


def _restore(lab: Lab, words: Sequence[str]) -> Deed:
    if len(words) > 1:
        raise LabError(f"One device or none, not {len(words)}")
    name = lab.device(words[0]).name if words else None

    def run() -> str:
        lab.restore(name)
        return f"{name or 'everything'} is as it was"

    return run


def _find_link(lab: Lab, words: Sequence[str]) -> tuple[GeneratedLab, LabLink]:
    """The link at DEVICE:INTERFACE; where both ends are given, they must be of one link."""
    if not 1 <= len(words) <= 2:
        raise LabError("Name a link by one end or both: DEVICE:INTERFACE [DEVICE:INTERFACE]")
    network = _generated(lab)
    found = []
    for word in words:
        device, separator, interface = word.partition(":")
        if not separator:
            raise LabError(f"{word!r} is not of the form DEVICE:INTERFACE")
        found.append(network.link_at(device, interface))
    if found[0] != found[-1]:
        raise LabError(f"{words[0]} and {words[1]} are not the ends of one link; {words[0]} is on {_name(found[0])}")
    return network, found[0]


def _generated(lab: Lab) -> GeneratedLab:
    if not isinstance(lab, GeneratedLab):
        raise LabError("Recorded devices have no links and do not reboot")
    return lab


def _expect(words: Sequence[str], count: int) -> Sequence[str]:
    if len(words) != count:
        raise LabError(f"{count} argument{'s' if count > 1 else ''} expected, {len(words)} given")
    return words


def _name(link: LabLink) -> str:
    return f"{link.a.device}:{link.a.interface} - {link.b.device}:{link.b.interface}"


COMMANDS = {
    "silence": Command("DEVICE", "answers nothing", _spoil(Silent, "is silent")),
    "slow": Command("DEVICE SECONDS", "answers late", _slow),
    "garbage": Command("DEVICE", "answers noise", _spoil(Garbage, "answers noise")),
    "truncate": Command("DEVICE", "answers half messages", _spoil(Truncated, "answers half messages")),
    "wrong-request-id": Command("DEVICE", "answers other requests", _spoil(WrongRequestId, "answers other requests")),
    "loop": Command("DEVICE", "ifTable has no end", _spoil(GetNextLoop, "has an endless ifTable")),
    "change": Command("DEVICE", "rows of ifTable come and go", _spoil(ChangingTable, "has a changing ifTable")),
    "link-down": Command("DEVICE:INTERFACE", "the cable is pulled", _link_down),
    "link-up": Command("DEVICE:INTERFACE", "the cable is back", _link_up),
    "reboot": Command("DEVICE", "uptime and counters start again", _reboot),
    "restore": Command("[DEVICE]", "ends the faults of one device or all", _restore),
}
