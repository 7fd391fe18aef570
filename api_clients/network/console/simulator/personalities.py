"""The devices that the simulator knows, each made with the name and the manners that a test wants."""

from __future__ import annotations

from typing import Any

from .personality import Personality, recorded

DIALOG = "Would you like to enter the initial configuration dialog? [yes/no]: "
RETURN = "\r\n\r\n\r\n{name} con0 is now available\r\n\r\n\r\n\r\n\r\nPress RETURN to get started.\r\n\r\n\r\n"


def vpcs(
    name: str = "PC1",
    *,
    address: str = "10.0.0.1/24",
    gateway: str = "10.0.0.254",
    mac: str = "00:50:79:66:68:00",
    **manners: Any,
) -> Personality:
    return Personality(
        "vpcs",
        f"{name}> ",
        _filled("vpcs", name=name, address=address, gateway=gateway, mac=mac),
        unknown='Bad command: "{command}". Use ? for help.\n',
        kills_line=False,
        **manners,
    )


def cisco(name: str = "R1", *, enabled: bool = True, **manners: Any) -> Personality:
    """With `enabled` its console begins in privileged mode, as on GNS3's routers without a configuration."""
    return Personality(
        "cisco",
        f"{name}#" if enabled else f"{name}>",
        _filled("cisco", name=name),
        unknown="          ^\n% Invalid input detected at '^' marker.\n",
        page_lines=24,
        unpaged="terminal length",
        enabled_prompt=f"{name}#",
        privileged=() if enabled else ("show running-config", "show startup-config"),
        **manners,
    )


def booted_cisco(name: str = "R1", **manners: Any) -> Personality:
    """As it comes up without a configuration: it wants RETURN, then the initial dialog."""
    return cisco(name, wants_return=RETURN.format(name=name), dialog=DIALOG, **manners)


def linux(name: str = "box", *, prompt: str = "", **manners: Any) -> Personality:
    return Personality(
        "linux",
        prompt or f"root@{name}:~# ",
        _filled("linux", name=name),
        unknown="-bash: {command}: command not found",
        **manners,
    )


def mikrotik(name: str = "MikroTik", **manners: Any) -> Personality:
    return Personality(
        "mikrotik",
        f"[admin@{name}] > ",
        _filled("mikrotik", name=name),
        unknown="bad command name {command} (line 1 column 1)",
        redraws=True,
        greeting=f"{name} Login: ",
        **manners,
    )


def arista(name: str = "leaf1", **manners: Any) -> Personality:
    return Personality(
        "arista",
        f"{name}#",
        _filled("arista", name=name),
        unknown="% Invalid input",
        page_lines=24,
        unpaged="terminal length",
        **manners,
    )


def juniper(name: str = "vmx1", **manners: Any) -> Personality:
    return Personality(
        "juniper",
        f"root@{name}> ",
        _filled("juniper", name=name),
        unknown="                     ^\nunknown command.",
        **manners,
    )


def _filled(recording: str, **values: str) -> dict[str, str]:
    answers = recorded(recording)
    for key, value in values.items():
        answers = {command: text.replace(f"{{{key}}}", value) for command, text in answers.items()}
    return answers
