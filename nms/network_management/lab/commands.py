"""What can be done to a running lab, as words: `silence access-03`, `link-down core-1:Ethernet1`, `restore`.

One table for the control socket, the --fault option and the help text.
"""

from __future__ import annotations

from collections.abc import Callable
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


@dataclass(frozen=True, slots=True)
class Command:
    """`run` gets the lab and the words after the command; it returns what it did, for people."""

    usage: str
    meaning: str
    run: Callable[[Lab, list[str]], str]


@dataclass(frozen=True, slots=True)
class TimedFault:
    """A command that the lab runs by itself, `after_seconds` after its start."""

    words: tuple[str, ...]
    after_seconds: float


def run_command(lab: Lab, words: list[str]) -> str:
    """Carry out one command. Raises LabError for one that cannot be."""
    if not words:
        raise LabError(f"Say what to do: {', '.join(COMMANDS)}")
    name = words[0]
    try:
        command = COMMANDS[name]
    except KeyError:
        raise LabError(f"Unknown command {name!r}; known: {', '.join(COMMANDS)}") from None
    return command.run(lab, words[1:])


def parse_timed_fault(text: str) -> TimedFault:
    """`silent:access-03@20`, `slow:core-1:0.5`, `link-down:core-1:Ethernet1@30`. Raises LabError."""
    what, _, when = text.partition("@")
    name, _, rest = what.partition(":")
    name = {"silent": "silence"}.get(name, name)
    if name not in COMMANDS:
        raise LabError(f"Unknown fault {name!r} in {text!r}; known: {', '.join(COMMANDS)}")
    arguments = rest.split(":") if name == "slow" else [rest] if rest else []
    try:
        after_seconds = float(when or 0)
    except ValueError:
        raise LabError(f"{when!r} in {text!r} is no number of seconds") from None
    return TimedFault((name, *arguments), after_seconds)


def _spoil(make: Callable[[], Fault], deed: str) -> Callable[[Lab, list[str]], str]:
    def run(lab: Lab, words: list[str]) -> str:
        (name,) = _expect(words, 1)
        lab.set_fault(name, make())
        return f"{name} {deed}"

    return run


def _slow(lab: Lab, words: list[str]) -> str:
    name, seconds = _expect(words, 2)
    try:
        delay_seconds = float(seconds)
    except ValueError:
        raise LabError(f"{seconds!r} is no number of seconds") from None
    lab.set_fault(name, Slow(delay_seconds))
    return f"{name} answers {delay_seconds:g} s late"


def _link_down(lab: Lab, words: list[str]) -> str:
    network, link = _find_link(lab, words)
    network.link_down(link)
    return f"{_name(link)} is down"


def _link_up(lab: Lab, words: list[str]) -> str:
    network, link = _find_link(lab, words)
    network.link_up(link)
    return f"{_name(link)} is {'up' if network.is_up(link) else 'still down: a port is disabled'}"


def _reboot(lab: Lab, words: list[str]) -> str:
    (name,) = _expect(words, 1)
    _generated(lab).reboot(name)
    return f"{name} has rebooted"


def _restore(lab: Lab, words: list[str]) -> str:
    if len(words) > 1:
        raise LabError(f"One device or none, not {len(words)}")
    lab.restore(words[0] if words else None)
    return f"{words[0] if words else 'everything'} is as it was"


def _find_link(lab: Lab, words: list[str]) -> tuple[GeneratedLab, LabLink]:
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


def _expect(words: list[str], count: int) -> list[str]:
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
