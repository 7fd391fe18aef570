"""Finds, in what a shared console prints, the answer to one command: after its echo, before the next prompt."""

from __future__ import annotations

import re
from typing import Literal

from .arrival import PAGER
from .transcript import Transcript

State = Literal["waiting", "pager", "done", "disturbed"]

_LEFT_BY_PAGER = re.compile(r"^\s*-+\s*\(?more\)?[^-]*-+\s*$", re.IGNORECASE)  # where it is not wiped out
_SHORT_PROMPT = 1  # "#" or "$" alone: lines of an answer may begin so too


class Answer:
    """Looks at each line once, however long the answer gets."""

    def __init__(self, transcript: Transcript, *, prompt: str, typed: str) -> None:
        self._transcript = transcript
        self._prompt = prompt
        self._typed = _squeezed(typed)
        self._first: int | None = None
        self._end: int | None = None
        self._next = len(transcript.lines)
        self._foreign = False
        self._distinct = len(prompt.strip()) > _SHORT_PROMPT

    @property
    def has_begun(self) -> bool:
        return self._first is not None

    @property
    def ended_at_cursor(self) -> bool:
        """True where the prompt that ended it is the line with the cursor, and might yet turn out to be a line."""
        return self._end == len(self._transcript.lines)

    def look(self) -> State:
        """Take in what came since the last look."""
        lines = self._transcript.lines
        while self._next < len(lines) and self._end is None:
            self._take(lines[self._next], self._next)
            self._next += 1
        if self._end is None or self.ended_at_cursor:
            self._take_unfinished(self._transcript.line)
        if self._end is not None:
            return "done"
        if PAGER.search(self._transcript.line):
            return "pager"
        if self._foreign and self._first is None and self._transcript.line == self._prompt:
            return "disturbed"
        return "waiting"

    def text(self, noise: re.Pattern[str] | None) -> str:
        """The answer's lines, without those that the device prints at any time and what pagers left behind."""
        lines = self._transcript.lines[self._first : self._end]
        kept = (line for line in lines if not _LEFT_BY_PAGER.match(line) and not (noise and noise.search(line)))
        return "\n".join(kept).strip("\n")

    def _take(self, line: str, index: int) -> None:
        if self._first is None:
            if self._is_echo(line):
                self._first = index + 1
            elif line.startswith(self._prompt.rstrip()) and line.strip() != self._prompt.strip():
                self._foreign = True
        elif self._distinct and line.startswith(self._prompt.rstrip()):
            self._end = index

    def _take_unfinished(self, line: str) -> None:
        ends = line.startswith(self._prompt) if self._distinct else line == self._prompt
        self._end = len(self._transcript.lines) if ends and self._first is not None else None

    def _is_echo(self, line: str) -> bool:
        if not line.startswith(self._prompt.rstrip()):
            return False
        shown = _squeezed(line[len(self._prompt.rstrip()) :])
        # IOS shows the end of a line that is too long for the screen, after a dollar sign.
        return shown == self._typed or (shown.startswith("$") and len(shown) > 8 and self._typed.endswith(shown[1:]))


def _squeezed(text: str) -> str:
    return " ".join(text.split())
