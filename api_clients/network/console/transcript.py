"""What a terminal would show: a console's bytes as lines, backspaces, carriage returns and ANSI codes carried out.

Consoles draw their line as it is edited (RouterOS anew for each character), and pagers wipe out their own prompts.
So lines are kept as a screen would have them, not as they came.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

_TOKEN: Final = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f\x9b\x1b]+)"
    r"|(?P<csi>(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~])"
    r"|(?P<osc>\x1b[\]PX^_][^\x00-\x1f]*(?:\x07|\x1b\\))"
    r"|(?P<escape>\x1b[ -/]*[0-Z\\`-~])"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f])"
    r"|(?P<broken>\x1b(?=[^ -~])|\x9b(?=[^ -~]))"
)
_UNFINISHED: Final = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*|\x1b[\]PX^_][^\x00-\x1f]*\x1b?|\x1b[ -/]*")
MAX_UNFINISHED: Final = 4096  # an escape sequence that never ends is dropped then
MAX_COLUMN: Final = 100_000  # of one line; a device that sends megabytes without a line feed is cut into lines
# Where the cursor stops on its way to the right, as at the edge of a screen; else a few bytes that move it far cost
# memory without end. No screen that we tell a device of is wider.
EDGE: Final = 511


class Transcript:
    """Grows by `feed`. `lines` are finished, of `size` characters in all; `line` is the one with the cursor."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.size = 0
        self._cells: list[str] = []
        self._column = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._unfinished = ""

    @property
    def line(self) -> str:
        return "".join(self._cells)

    def feed(self, data: bytes) -> None:
        text = self._unfinished + self._decoder.decode(data)
        position = 0
        while position < len(text):
            token = _TOKEN.match(text, position)
            if token is None:
                if _UNFINISHED.fullmatch(text, position) and len(text) - position < MAX_UNFINISHED:
                    break
                position += 1
                continue
            position = token.end()
            self._carry_out(token)
        self._unfinished = text[position:]

    def since(self, mark: int) -> list[str]:
        """Return the lines from number `mark` on, the unfinished one included."""
        return [*self.lines[mark:], self.line]

    def _carry_out(self, token: re.Match[str]) -> None:
        match token.lastgroup:
            case "text":
                self._write(token[0])
            case "control":
                self._control(token[0])
            case "csi":
                self._csi(token[0])

    def _write(self, text: str) -> None:
        if self._column + len(text) > MAX_COLUMN:
            self._finish()
        if self._column > len(self._cells):
            self._cells += " " * (self._column - len(self._cells))
        self._cells[self._column : self._column + len(text)] = text
        self._column += len(text)

    def _control(self, character: str) -> None:
        if character == "\n":
            self._finish()
        elif character == "\r":
            self._column = 0
        elif character == "\b":
            self._column = max(0, self._column - 1)
        elif character == "\t":
            self._write(" " * (8 - self._column % 8))

    def _csi(self, sequence: str) -> None:
        """Movements and erasures inside the line; colours and the rest change no text."""
        arguments, final = sequence.lstrip("\x1b[\x9b")[:-1], sequence[-1]
        first = arguments.split(";")[0]
        count = min(int(first[:6]), MAX_COLUMN) if first.isdecimal() else None
        if final == "K":
            self._erase(count or 0)
        elif final == "J":
            self._erase(0)
        elif final == "C":
            self._column = min(self._column + (count or 1), self._edge)
        elif final == "D":
            self._column = max(0, self._column - (count or 1))
        elif final == "G":
            self._column = min((count or 1) - 1, self._edge)
        elif final == "P":
            del self._cells[self._column : self._column + (count or 1)]
        elif final == "@":
            edge = self._edge
            self._cells[self._column : self._column] = " " * min(count or 1, edge)
            del self._cells[edge:]
        elif final == "H" and self._cells:
            self._finish()  # a new screen: what stood there is kept as a line

    @property
    def _edge(self) -> int:
        return max(EDGE, len(self._cells))

    def _erase(self, kind: int) -> None:
        if kind == 0:
            del self._cells[self._column :]
        elif kind == 1:
            self._cells[: self._column] = " " * min(self._column, len(self._cells))
        else:
            self._cells.clear()

    def _finish(self) -> None:
        self.lines.append(self.line.rstrip())
        self.size += len(self.lines[-1]) + 1
        self._cells.clear()
        self._column = 0
