"""The text of rule files: what rules say, whether a text is a ruleset at all, and turning a rule into a comment.

Only what NMS needs of a rule is read, by its keywords; whether the engine takes it, the engine alone can say
(`suricata -T`, and the rules it reports as failed after a reload).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from api_clients.security.suricata.values import Rule

ACTIONS = "alert|config|drop|pass|reject|rejectsrc|rejectdst|rejectboth"
RULE = re.compile(
    rf"(?P<off>[#\s]*)(?P<action>{ACTIONS})\s+(?P<protocol>[a-z0-9_.:-]+)\s+(?P<header>[^()]*?(?:->|<>|=>)[^()]*|)\((?P<options>.*)\)\s*\Z",
    re.DOTALL,
)
# A semicolon inside of a value is escaped, so an unescaped one always ends an option.
OPTION = r"(?:^|(?<!\\);)\s*{name}\s*:\s*{value}\s*;"
SID = re.compile(OPTION.format(name="sid", value=r"(\d{1,10})"))
GID = re.compile(OPTION.format(name="gid", value=r"(\d{1,10})"))
REV = re.compile(OPTION.format(name="rev", value=r"(\d{1,10})"))
PRIORITY = re.compile(OPTION.format(name="priority", value=r"(\d{1,3})"))
CLASSTYPE = re.compile(OPTION.format(name="classtype", value=r"([\w-]+)"))
MESSAGE = re.compile(OPTION.format(name="msg", value=r'"((?:[^"\\]|\\.)*)"'))
MAX_SID = 2**32 - 1
MAX_PROBLEMS = 20


def parse_rules(text: str, file: str) -> Iterator[Rule]:
    """Yield the rules of a file in order, enabled and disabled ones; other comments are passed over."""
    for line, written in _logical_lines(text):
        rule = parse_rule(written, file, line)
        if rule is not None:
            yield rule


def parse_rule(written: str, file: str = "", line: int = 0) -> Rule | None:
    found = RULE.match(written)
    if not found:
        return None
    options = found["options"].replace("\\\n", " ")
    sid = SID.search(options)
    if not sid:
        return None
    message, classtype, priority = MESSAGE.search(options), CLASSTYPE.search(options), PRIORITY.search(options)
    return Rule(
        sid=int(sid[1]),
        gid=_number(GID.search(options), 1),
        rev=_number(REV.search(options), 0),
        action=found["action"],
        protocol=found["protocol"],
        message=re.sub(r"\\(.)", r"\1", message[1]) if message else "",
        classtype=classtype[1] if classtype else "",
        priority=int(priority[1]) if priority else None,
        is_enabled="#" not in found["off"],
        file=file,
        line=line,
        text=written[len(found["off"]) :].strip(),
    )


def problems_of(text: str) -> list[str]:
    """Say what keeps a text from being a ruleset, line by line, twenty at most; nothing where it is one."""
    problems: list[str] = []
    seen: dict[tuple[int, int], int] = {}
    for line, written in _logical_lines(text):
        if len(problems) == MAX_PROBLEMS:
            return [*problems, "and more"]
        if not written.strip() or written.lstrip().startswith("#"):
            continue
        rule = parse_rule(written, line=line)
        if rule is None:
            problems.append(f"line {line}: {_why_not(written)}")
        elif not 0 < rule.sid <= MAX_SID:
            problems.append(f"line {line}: sid {rule.sid} is not from 1 to {MAX_SID}")
        elif (rule.gid, rule.sid) in seen:
            problems.append(f"line {line}: sid {rule.sid} is already that of line {seen[rule.gid, rule.sid]}")
        else:
            seen[rule.gid, rule.sid] = line
    return problems


def switch(text: str, sid: int, gid: int, *, on: bool) -> tuple[str, int]:
    """Return the text with a rule enabled or disabled, and how many rules that changed."""
    lines = text.split("\n")
    changed = 0
    for rule in parse_rules(text, ""):
        if (rule.sid, rule.gid) != (sid, gid) or rule.is_enabled == on:
            continue
        changed += 1
        for at in range(rule.line - 1, rule.line - 1 + rule.text.count("\n") + 1):
            lines[at] = re.sub(r"\A[#\s]*", "", lines[at]) if on else f"# {lines[at]}"
    return "\n".join(lines), changed


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines with their numbers; one that ends with a backslash goes on in the next."""
    begun: list[str] = []
    first = 1
    for number, line in enumerate(text.split("\n"), 1):
        if not begun:
            first = number
        begun.append(line.rstrip("\r"))
        if not begun[-1].endswith("\\"):
            yield first, "\n".join(begun)
            begun = []
    if begun:
        yield first, "\n".join(begun)


def _number(found: re.Match[str] | None, otherwise: int) -> int:
    return int(found[1]) if found else otherwise


def _why_not(written: str) -> str:
    word = written.split(None, 1)[0]
    if word not in ACTIONS.split("|"):
        return f"begins with {word[:30]!r}, which is no action of a rule"
    if not RULE.match(written):
        return "not of the form: action protocol source port -> destination port (options)"
    return "has no sid"
