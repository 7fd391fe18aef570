"""Text into tokens, one at a time, since a template knows only afterwards where its expression ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from common.domain.workflows.language.errors import ExpressionInvalid
from common.domain.workflows.language.values import INT_MAX

Kind = Literal["number", "string", "name", "operator", "end"]

_SPACE = re.compile(r"\s*")
_TOKEN = re.compile(
    r"""(?P<double>\d+\.\d+(?:[eE][+-]?\d{1,4})?|\d+[eE][+-]?\d{1,4})
      | (?P<hex>0[xX][0-9a-fA-F]+)
      | (?P<int>\d+)
      | (?P<raw>[rR](?:'[^'\n]*'|"[^"\n]*"))
      | (?P<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<operator>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:()\[\]{},.])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([0-3][0-7]{2})|(.))")
_ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"} | {c: c for c in "\\?\"'`"}


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str
    value: Any
    start: int  # offset in the text
    end: int


def read_token(text: str, start: int) -> Token:
    """The token at or after `start`; raises ExpressionInvalid for what is none."""
    start = _SPACE.match(text, start).end()  # type: ignore[union-attr] # it matches everywhere
    if start == len(text):
        return Token("end", "", None, start, start)
    found = _TOKEN.match(text, start)
    if found is None:
        what = "a text that does not end" if text[start] in "'\"" else f"{text[start]!r}, which means nothing here"
        raise ExpressionInvalid(f"there is {what}", start + 1)
    spelled, group = found.group(), found.lastgroup
    end = found.end()
    if group in ("double", "hex", "int"):
        if end < len(text) and (text[end].isalnum() or text[end] == "_"):
            raise ExpressionInvalid(f"{spelled + text[end]!r} is no number", start + 1)
        return Token("number", spelled, _number(spelled, group, start), start, end)
    if group in ("raw", "string"):
        value = spelled[2:-1] if group == "raw" else _unescape(spelled[1:-1], start)
        return Token("string", spelled, value, start, end)
    return Token("name" if group == "name" else "operator", spelled, spelled, start, end)


def _number(spelled: str, group: str, start: int) -> float:
    if group == "double":
        value = float(spelled)
        if value == float("inf"):
            raise ExpressionInvalid(f"{spelled} is too large", start + 1)
        return value
    number = int(spelled, 16 if group == "hex" else 10)
    if number > INT_MAX:
        raise ExpressionInvalid(f"{spelled} does not fit into 64 bits", start + 1)
    return number


def _unescape(body: str, start: int) -> str:
    def replace(found: re.Match[str]) -> str:
        short, long, byte, octal, letter = found.groups()
        if letter is not None:
            if letter not in _ESCAPED:
                raise ExpressionInvalid(f"\\{letter} is no escape; write \\\\ for a backslash", start + 1)
            return _ESCAPED[letter]
        code = int(octal, 8) if octal else int(short or long or byte, 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF or code == 0:
            raise ExpressionInvalid(f"{found.group()} is no character", start + 1)
        return chr(code)

    return _ESCAPE.sub(replace, body)
