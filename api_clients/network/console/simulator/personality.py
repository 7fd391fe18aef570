"""What makes one kind of device: its prompt, its words and its manners. Data alone; `device` brings it to life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files

HEADING = "#### "


@dataclass(frozen=True, slots=True)
class Personality:
    """`answers` by command. `unknown` is printed for any other, with {command} in it.

    `pager` is its question where a terminal shows `page_lines` at a time (0: all at once), `unpaged` the command that
    turns it off, with a number of lines. A `password` without a `username` is a line's password.
    """

    name: str
    prompt: str
    answers: Mapping[str, str] = field(repr=False)
    unknown: str = "unknown command: {command}"
    kills_line: bool = True  # knows Ctrl-U
    redraws: bool = False  # draws the line anew at each key, with colours
    page_lines: int = 0
    pager: str = " --More-- "
    unpaged: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    greeting: str = ""  # the first prompt of a login
    enabled_prompt: str = ""  # after `enable`
    enable_password: str = field(default="", repr=False)
    privileged: tuple[str, ...] = ()  # commands that need it
    dialog: str = ""  # a question that stands there at first; "no" ends it
    wants_return: str = ""  # printed until somebody presses Enter


def recorded(name: str) -> dict[str, str]:
    """The answers in `recordings/<name>.txt`: a heading with the command, and what it prints."""
    answers: dict[str, str] = {}
    command = ""
    for line in (files(__package__) / "recordings" / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(HEADING):
            command = line.removeprefix(HEADING)
            answers[command] = ""
        else:
            answers[command] += f"{line}\n"
    return {command: text.rstrip("\n") for command, text in answers.items()}
