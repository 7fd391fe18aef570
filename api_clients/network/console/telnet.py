"""The telnet protocol between a console and us, without a socket: bytes in, data and replies out.

RFC 854 (commands), 855 (options), 856 (binary), 857 (echo), 858 (suppress go-ahead), 1073 (window size) and 1091
(terminal type). We never begin a negotiation: a console that sends no option sees none, so the same code talks to
plain TCP consoles, as long as they send no byte 255.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
BINARY, ECHO, SUPPRESS_GO_AHEAD, TERMINAL_TYPE, WINDOW_SIZE = 0, 1, 3, 24, 31
_IS, _SEND = 0, 1

_WE_LET_THEM: Final = frozenset({BINARY, ECHO, SUPPRESS_GO_AHEAD})
_WE_DO: Final = frozenset({BINARY, SUPPRESS_GO_AHEAD, TERMINAL_TYPE, WINDOW_SIZE})
MAX_SUBNEGOTIATION: Final = 512  # a peer that never ends one must not fill our memory


@dataclass(frozen=True, slots=True)
class Screen:
    """What we tell a console that asks about our terminal."""

    terminal: str = "dumb"
    columns: int = 250
    rows: int = 1000

    def __post_init__(self) -> None:
        if not (1 <= self.columns <= 65535 and 1 <= self.rows <= 65535):
            raise ValueError("a screen has 1 to 65535 columns and rows")
        if not self.terminal.isascii() or not self.terminal.isprintable() or len(self.terminal) > 40:
            raise ValueError("a terminal type is at most 40 printable ASCII characters")


class TelnetCodec:
    """One connection's state. `receive` takes what came and returns the data in it; `replies` are to be sent."""

    def __init__(self, screen: Screen | None = None) -> None:
        self._screen = screen or Screen()
        self._pending = b""
        self._replies = bytearray()
        self._theirs: set[int] = set()  # options the peer performs with our consent
        self._ours: set[int] = set()  # options we perform at the peer's wish
        self._refused: set[tuple[int, int]] = set()
        self._after_carriage_return = False
        self.spoke_telnet = False

    def receive(self, chunk: bytes) -> bytes:
        """Return the data without options; the beginning of a command waits for its end."""
        buffer, self._pending = self._pending + chunk, b""
        data = bytearray()
        position = 0
        while position < len(buffer):
            start = buffer.find(IAC, position)
            if start < 0:
                data += buffer[position:]
                break
            data += buffer[position:start]
            length = self._command(buffer, start, data)
            if length == 0:
                self._pending = buffer[start:]
                break
            position = start + length
        return self._without_padding(bytes(data))

    def replies(self) -> bytes:
        """Take what has to be sent to the peer by now."""
        taken = bytes(self._replies)
        self._replies.clear()
        return taken

    def encode(self, data: bytes) -> bytes:
        """Return data as it goes on the wire: byte 255 doubled, and a lone CR followed by NUL unless it is binary."""
        if not self.spoke_telnet:
            return data
        encoded = data.replace(b"\xff", b"\xff\xff")
        if BINARY not in self._ours:
            encoded = encoded.replace(b"\r\n", b"\n").replace(b"\r", b"\r\x00").replace(b"\n", b"\r\n")
        return encoded

    def resize(self, columns: int, rows: int) -> bytes:
        """Return what tells the peer of a new size; nothing where it did not ask for one."""
        self._screen = Screen(self._screen.terminal, columns, rows)
        return self._window_size() if WINDOW_SIZE in self._ours else b""

    # --- commands ---

    def _command(self, buffer: bytes, start: int, data: bytearray) -> int:
        """Act on the command at `start`; return its length, 0 where its end has not come yet."""
        if len(buffer) < start + 2:
            return 0
        verb = buffer[start + 1]
        if verb == IAC:
            data.append(IAC)
            return 2
        self.spoke_telnet = True
        if verb in (DO, DONT, WILL, WONT):
            if len(buffer) < start + 3:
                return 0
            self._negotiate(verb, buffer[start + 2])
            return 3
        if verb == SB:
            return self._subnegotiation(buffer, start)
        return 2  # go-ahead, no-op, break and their kin mean nothing to us

    def _negotiate(self, verb: int, option: int) -> None:
        """Answer changes alone (RFC 1143): a peer that confirms what stands already must not be answered."""
        if verb in (WILL, WONT):
            self._settle(verb == WILL, option, self._theirs, option in _WE_LET_THEM, (DO, DONT))
            return
        self._settle(verb == DO, option, self._ours, option in _WE_DO, (WILL, WONT))
        if verb == DO and option == WINDOW_SIZE:
            self._replies += self._window_size()

    def _settle(self, wished: bool, option: int, active: set[int], wanted: bool, words: tuple[int, int]) -> None:
        yes, no = words
        if wished and wanted and option not in active:
            active.add(option)
            self._replies += bytes((IAC, yes, option))
        elif wished and not wanted and (no, option) not in self._refused:
            self._refused.add((no, option))
            self._replies += bytes((IAC, no, option))
        elif not wished and option in active:
            active.remove(option)
            self._replies += bytes((IAC, no, option))

    def _subnegotiation(self, buffer: bytes, start: int) -> int:
        end = buffer.find(bytes((IAC, SE)), start + 2)
        if end < 0:
            return len(buffer) - start if len(buffer) - start > MAX_SUBNEGOTIATION else 0
        if buffer[start + 2 : end] == bytes((TERMINAL_TYPE, _SEND)):
            name = self._screen.terminal.encode("ascii")
            self._replies += bytes((IAC, SB, TERMINAL_TYPE, _IS)) + name + bytes((IAC, SE))
        return end + 2 - start

    def _window_size(self) -> bytes:
        size = self._screen.columns.to_bytes(2, "big") + self._screen.rows.to_bytes(2, "big")
        return bytes((IAC, SB, WINDOW_SIZE)) + size.replace(b"\xff", b"\xff\xff") + bytes((IAC, SE))

    def _without_padding(self, data: bytes) -> bytes:
        """Drop the NUL that pads a lone CR (RFC 854), also where the two came in different pieces."""
        if BINARY in self._theirs or not self.spoke_telnet or not data:
            return data
        if self._after_carriage_return and data[0] == 0:
            data = data[1:]
        self._after_carriage_return = data.endswith(b"\r")
        return data.replace(b"\r\x00", b"\r")
