"""Loads the pickles that a Fail2ban server answers with, as data alone.

A pickle is a program. This runs only those that build plain values: every opcode is looked at before anything is
loaded (one can ask for gigabytes in five bytes), nothing is imported (names become placeholders), and what comes out
is copied into plain JSON values within bounds, for a few shared references can stand for more than fits the memory.
"""

from __future__ import annotations

import builtins
import io
import pickle
import pickletools
from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 16
MAX_VALUES = 500_000
MAX_CHARACTERS = 64 * 1024 * 1024
MAX_INTEGER_BYTES = 16

OPCODES = frozenset(
    """
    PROTO FRAME STOP MARK MEMOIZE BINPUT LONG_BINPUT BINGET LONG_BINGET
    NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 LONG1 BINFLOAT
    SHORT_BINUNICODE BINUNICODE SHORT_BINBYTES BINBYTES
    EMPTY_LIST APPEND APPENDS EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3
    EMPTY_DICT SETITEM SETITEMS EMPTY_SET ADDITEMS
    GLOBAL STACK_GLOBAL REDUCE BUILD
    """.split()  # noqa: SIM905 # forty lines otherwise
)
OTHER_ERRORS = frozenset({("re", "error"), ("sqlite3", "OperationalError"), ("json.decoder", "JSONDecodeError")})


class NotPlain(ValueError):
    """The pickle holds something that a Fail2ban server has no reason to send."""


@dataclass(frozen=True, slots=True)
class ServerError:
    """What stands for an exception of the server: its class name and what it said."""

    kind: str
    said: tuple[str, ...]


def load(data: bytes) -> Any:
    """Return the pickled value, made of None, bool, int, float, str, list, dict and ServerError. Raises NotPlain."""
    _look_through(data)
    try:
        loaded = _PlainUnpickler(io.BytesIO(data)).load()
    except NotPlain:
        raise
    except Exception as error:  # what an unpickler raises is any exception at all, says its documentation
        raise NotPlain(f"not a pickle that can be loaded ({type(error).__name__})") from error
    return _Copier().copy(loaded, MAX_DEPTH)


def _look_through(data: bytes) -> None:
    try:
        for opcode, argument, _ in pickletools.genops(data):
            _check(opcode.name, argument, len(data))
    except NotPlain:
        raise
    except Exception as error:  # as above
        raise NotPlain(f"not a pickle ({type(error).__name__})") from error


def _check(opcode: str, argument: Any, size: int) -> None:
    if opcode not in OPCODES:
        raise NotPlain(f"the pickle holds the opcode {opcode}")
    if opcode == "LONG_BINPUT" and argument > size:  # its memo would be that long
        raise NotPlain("the pickle numbers more values than it can hold")
    if opcode == "LONG1" and argument.bit_length() > MAX_INTEGER_BYTES * 8:
        raise NotPlain("the pickle holds a number beyond every counter")


class _Text:
    """Stands for builtins.str, which the server's address objects are pickled with; takes text alone."""

    def __new__(cls, value: object = "") -> Any:
        if type(value) is not str:
            raise NotPlain("the pickle makes text of something else")
        return value


class _Placeholder:
    """Stands for an exception; whatever it is made of, it only remembers the words."""

    kind = ""

    def __init__(self, *arguments: object) -> None:
        self.arguments = arguments

    def __setstate__(self, state: object) -> None:
        """An exception's attributes are left out."""


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Name a placeholder; nothing is imported or looked up but the names of built-in exceptions."""
        if (module, name) == ("builtins", "str"):
            return _Text
        if _is_exception(module, name):
            return type("Refusal", (_Placeholder,), {"kind": name})
        raise NotPlain(f"the pickle names {module[:40]}.{name[:40]}")


def _is_exception(module: str, name: str) -> bool:
    if module == "builtins":
        found = getattr(builtins, name, None)
        return isinstance(found, type) and issubclass(found, Exception)
    return module == "fail2ban" or module.startswith("fail2ban.") or (module, name) in OTHER_ERRORS


class _Copier:
    def __init__(self) -> None:
        self._values = MAX_VALUES
        self._characters = MAX_CHARACTERS

    def copy(self, value: Any, depth: int) -> Any:
        self._values -= 1
        if depth < 0 or self._values < 0:
            raise NotPlain("the pickle is nested too deeply or holds too many values")
        kind = type(value)
        if value is None or kind in (bool, int, float):
            return value
        if kind is str:
            return self._text(value)
        if kind is bytes:
            return self._text(value.decode("utf-8", "replace"))
        if kind in (list, tuple, set):
            return [self.copy(item, depth - 1) for item in value]
        if kind is dict:
            return {self._key(key): self.copy(item, depth - 1) for key, item in value.items()}
        if isinstance(value, _Placeholder):
            return ServerError(value.kind, tuple(self._words(item, depth) for item in value.arguments))
        raise NotPlain(f"the pickle holds a {kind.__name__}")

    def _text(self, value: str) -> str:
        self._characters -= len(value)
        if self._characters < 0:
            raise NotPlain(f"the pickle stands for more than {MAX_CHARACTERS} characters")
        return value

    def _key(self, key: Any) -> str:
        if type(key) not in (str, int):
            raise NotPlain("the pickle holds a table with keys that are not text")
        return self._text(str(key))

    def _words(self, value: Any, depth: int) -> str:
        copied = self.copy(value, depth - 1)
        return copied if isinstance(copied, str) else repr(copied)
