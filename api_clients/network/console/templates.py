"""Answers read with the templates of ntc-templates (TextFSM), one file for each kind of device and command.

Templates are named by their file, so that the index of all thousand of them is never read.
"""

from __future__ import annotations

import io
from functools import lru_cache
from importlib.resources import files
from typing import Any, TypeAlias

import textfsm

Row: TypeAlias = dict[str, Any]  # text, or a list of texts where the template collects several


@lru_cache(maxsize=64)
def _source(name: str) -> str:
    return (files("ntc_templates") / "templates" / f"{name}.textfsm").read_text(encoding="utf-8")


def rows(name: str, text: str) -> list[Row]:
    """Read an answer with a template, `cisco_ios_show_ip_arp`; keys are in lower case.

    Raises ValueError at a line that the template does not know, and none is left out in silence.
    """
    machine = textfsm.TextFSM(io.StringIO(_source(name)))  # keeps state, so one for each answer; about a millisecond
    try:
        found = machine.ParseText(text + "\n")
    except textfsm.TextFSMError as error:
        raise ValueError(f"not as {name} has it") from error
    keys = [str(key).lower() for key in machine.header]
    return [dict(zip(keys, row, strict=True)) for row in found]
