"""As much of telnet (RFC 854) as a console needs: the options it opens with, and taking out those it gets."""

from __future__ import annotations

IAC, SB, SE = 0xFF, 0xFA, 0xF0
WILL, DONT = 0xFB, 0xFE  # the four commands that carry an option
OPENING = bytes.fromhex("fffb01 fffb03 fffb00 fffd00 fffd01")  # WILL echo, suppress go-ahead, binary; DO binary, echo


class Stripper:
    """Keeps its place between the pieces in which input comes."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def strip(self, received: bytes) -> bytes:
        self._pending += received
        plain = bytearray()
        while self._pending:
            if self._pending[0] != IAC:
                plain.append(self._pending.pop(0))
                continue
            length = self._command_length()
            if length is None:
                break
            if self._pending[1] == IAC:
                plain.append(IAC)
            del self._pending[:length]
        return bytes(plain)

    def _command_length(self) -> int | None:
        """The length of the command that stands first, None while it is not there in full."""
        if len(self._pending) < 2:
            return None
        command = self._pending[1]
        if command == SB:
            end = self._pending.find(bytes((IAC, SE)))
            return None if end < 0 else end + 2
        if WILL <= command <= DONT:
            return 3 if len(self._pending) >= 3 else None
        return 2
