"""One device at its console, without a socket: keys in, what everybody sees out.

It has one line editor however many are connected, as a real console has: what one types, all see, and the next one
goes on typing where the last one stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .personality import Personality

_ERASED: Final = "\b \b"
REFUSED: Final = "\r\nLogin incorrect\r\n"


class Device:
    """`commands` are those carried out, in order, which tests look at."""

    def __init__(self, personality: Personality, *, log_line: str = "") -> None:
        self._is = personality
        self._log_line = log_line
        self._line = ""
        self._rest: list[str] = []
        self._enabled = False
        self._page_lines = personality.page_lines
        self._name_given = ""
        self.commands: list[str] = []
        self._state: Callable[[str], str] = self._first_state()

    @property
    def prompt(self) -> str:
        return self._is.enabled_prompt if self._enabled else self._is.prompt

    @property
    def logged_in(self) -> bool:
        return self._state not in (self._at_username, self._at_password)

    def press(self, keys: str) -> str:
        """Take keys one by one; return what is printed."""
        return "".join(self._press(key) for key in keys)

    # --- the line ---

    def _press(self, key: str) -> str:
        if self._rest:
            return self._at_pager(key)
        if key == "\r":
            line, self._line = self._line, ""
            return "\r\n" + self._state(line)
        if key in "\b\x7f":
            return self._erase(1)
        if key == "\x15":
            return self._erase(len(self._line)) if self._is.kills_line else ""
        if key == "\x03":
            self._line = ""
            return "^C\r\n" + self._question()
        if not key.isprintable():
            return ""
        return self._echo(key)

    def _echo(self, key: str) -> str:
        self._line += key
        if self._state in (self._at_password, self._at_enable_password):
            return ""
        if self._is.redraws:
            return f"\r\x1b[K{self._question()}\x1b[36m{self._line}\x1b[m"
        return key

    def _erase(self, count: int) -> str:
        count = min(count, len(self._line))
        self._line = self._line[: len(self._line) - count]
        return _ERASED * count if self._state in (self._at_prompt, self._at_username) else ""

    # --- the states ---

    def _first_state(self) -> Callable[[str], str]:
        if self._is.wants_return:
            return self._at_return
        if self._is.dialog:
            return self._at_dialog
        return self._locked()

    def _locked(self) -> Callable[[str], str]:
        if self._is.username:
            return self._at_username
        return self._at_password if self._is.password else self._at_prompt

    def _question(self) -> str:
        questions: dict[Callable[[str], str], str] = {
            self._at_prompt: self.prompt,
            self._at_username: self._is.greeting,
            self._at_password: "Password: ",
            self._at_enable_password: "Password: ",
            self._at_dialog: self._is.dialog,
            self._at_return: self._is.wants_return,
        }
        return questions[self._state]

    def _enter(self, state: Callable[[str], str]) -> str:
        self._state = state
        return self._question()

    def _at_return(self, _: str) -> str:
        return self._enter(self._at_dialog if self._is.dialog else self._locked())

    def _at_dialog(self, line: str) -> str:
        if line.lower() in ("n", "no"):
            return self._enter(self._locked())
        return "% Please answer 'yes' or 'no'.\r\n" + self._question()

    def _at_username(self, line: str) -> str:
        if not line:
            return self._question()
        self._name_given = line.partition("+")[0]
        return self._enter(self._at_password)

    def _at_password(self, line: str) -> str:
        if (self._name_given, line) == (self._is.username, self._is.password):
            return self._enter(self._at_prompt)
        self._name_given = ""
        return REFUSED + self._enter(self._locked())

    def _at_enable_password(self, line: str) -> str:
        self._enabled = line == self._is.enable_password
        return ("" if self._enabled else "% Access denied\r\n") + self._enter(self._at_prompt)

    def _at_prompt(self, line: str) -> str:
        command = " ".join(line.split())
        if not command:
            return self.prompt
        self.commands.append(command)
        changed = self._change_of_mode(command)
        return self._page(self._answer(command)) if changed is None else changed

    def _change_of_mode(self, command: str) -> str | None:
        if command == "enable" and self._is.enabled_prompt:
            self._enabled = not self._is.enable_password
            return self._enter(self._at_enable_password if self._is.enable_password else self._at_prompt)
        if command == "disable":
            self._enabled = False
            return self.prompt
        if command in ("exit", "/quit") and self._locked() != self._at_prompt:
            self._enabled, self._name_given = False, ""
            return self._enter(self._locked())
        if self._is.unpaged and command.startswith(self._is.unpaged):
            self._page_lines = int(command.split()[-1])
            return self.prompt
        return None

    # --- answers ---

    def _answer(self, command: str) -> list[str]:
        known = command in self._is.answers and (self._enabled or command not in self._is.privileged)
        text = self._is.answers[command] if known else self._is.unknown.format(command=command)
        lines = text.split("\n") if text else []
        if self._log_line:
            lines.insert(len(lines) // 2, self._log_line)
        return lines

    def _page(self, lines: list[str]) -> str:
        if not self._page_lines or len(lines) <= self._page_lines:
            return "".join(f"{line}\r\n" for line in lines) + self.prompt
        shown, self._rest = lines[: self._page_lines], lines[self._page_lines :]
        return "".join(f"{line}\r\n" for line in shown) + self._is.pager

    def _at_pager(self, key: str) -> str:
        wiped = "\b" * len(self._is.pager) + " " * len(self._is.pager) + "\b" * len(self._is.pager)
        rest, self._rest = self._rest, []
        if key == " ":
            return wiped + self._page(rest)
        if key == "\r":
            shown, self._rest = rest[:1], rest[1:]
            return wiped + "".join(f"{line}\r\n" for line in shown) + (self._is.pager if self._rest else self.prompt)
        return wiped + "\r\n" + self.prompt
