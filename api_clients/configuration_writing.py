"""Adds a target to the text of a configuration file, and leaves every other byte as it is: comments, order, style.

A YAML library that reads and writes anew would lay the whole file out in its own way. So the place is found by the
marks of PyYAML's nodes, a few lines are put there, and the result is read again: where it does not say what the old
text said and the new target besides, nothing is done.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from api_clients.configuration_error import ConfigurationInvalid

Document = Mapping[str, Any]


def target_as_yaml(service: str, target: str, document: Document) -> str:
    """What a file would hold that has this target and nothing else."""
    return "services:\n" + _block({service: {"targets": {target: document}}}, indent=2, step=2)


def with_target(text: str, service: str, target: str, document: Document) -> str:
    """Return the text with the target. Raises ConfigurationInvalid where it is there, or cannot be put there."""
    before = _load(text)
    if target in _at(before, "services", service, "targets"):
        raise ConfigurationInvalid(f"services.{service}.targets.{target}: is in the file already")
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        after = _inserted(text, root, ("services", service, "targets"), target, document)
        loaded = _load(after)
    except (yaml.YAMLError, _Unclear) as error:
        raise ConfigurationInvalid("the file is written in a way in which no target can be put by a program") from error
    if loaded != _expected(before, service, target, document):
        raise ConfigurationInvalid("the file is written in a way in which no target can be put by a program")
    return after


class _Unclear(Exception):
    """No place for the new lines."""


def _load(text: str) -> dict[str, Any]:
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigurationInvalid("the file is not YAML") from error
    if found is not None and not isinstance(found, dict):
        raise ConfigurationInvalid("the file is no mapping")
    return found or {}


def _at(document: Any, *path: str) -> Any:
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}


def _expected(before: dict[str, Any], service: str, target: str, document: Document) -> dict[str, Any]:
    services = dict(_at(before, "services"))
    entry = dict(_at(services, service))
    targets = {**_at(entry, "targets"), target: json.loads(json.dumps(document))}
    return {**before, "services": {**services, service: {**entry, "targets": targets}}}


def _inserted(text: str, root: yaml.Node | None, path: tuple[str, ...], target: str, document: Document) -> str:
    """Follow the path as far as it is there, and put what is missing of it at the deepest mapping."""
    missing: dict[str, Any] = {target: document}
    chain: list[tuple[yaml.Node | None, yaml.Node | None]] = [(None, root)]
    for key in path:
        node = chain[-1][1]
        pair = _pair(node, key)
        if pair is None:
            break
        chain.append(pair)
    for key in reversed(path[len(chain) - 1 :]):
        missing = {key: missing}
    key_node, node = chain[-1]
    if node is None:
        return text + ("" if not text or text.endswith("\n") else "\n") + _block(missing, indent=0, step=2)
    if isinstance(node, yaml.MappingNode) and node.flow_style:
        return _into_flow(text, node, missing)
    step = _step(root)
    if isinstance(node, yaml.MappingNode):
        return _after_line(text, _last_line(node), _block(missing, indent=node.start_mark.column, step=step))
    if key_node is not None and node.tag == "tag:yaml.org,2002:null" and node.value == "":
        indent = key_node.start_mark.column + step
        return _after_line(text, key_node.end_mark.line, _block(missing, indent=indent, step=step))
    raise _Unclear


def _pair(node: yaml.Node | None, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next(((name, value) for name, value in node.value if name.value == key), None)


def _into_flow(text: str, node: yaml.MappingNode, missing: Document) -> str:
    """Before the closing brace."""
    end = node.end_mark.index - 1
    if text[end] != "}":
        raise _Unclear
    inner = json.dumps(missing, ensure_ascii=False)[1:-1]
    return text[:end].rstrip() + (", " if node.value else "") + inner + text[end:]


def _last_line(node: yaml.Node) -> int:
    """The last line with something of the node: the end of a block mapping is where the next thing begins."""
    if isinstance(node, yaml.MappingNode | yaml.SequenceNode) and not node.flow_style and node.value:
        last = node.value[-1]
        key, value = last if isinstance(last, tuple) else (last, last)
        return max(_last_line(value), int(key.start_mark.line))
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        return int(max(node.start_mark.line, node.end_mark.line - 1))
    return int(node.end_mark.line)


def _after_line(text: str, line: int, block: str) -> str:
    lines = text.splitlines(keepends=True)
    if line >= len(lines):
        raise _Unclear
    if not lines[line].endswith("\n"):
        lines[line] += "\n"
    return "".join([*lines[: line + 1], block, *lines[line + 1 :]])


def _step(root: yaml.Node | None) -> int:
    """How far the file indents."""
    services = _pair(root, "services")
    inner = services[1] if services else None
    if isinstance(inner, yaml.MappingNode) and not inner.flow_style and inner.start_mark.column > 0:
        return int(inner.start_mark.column)
    return 2


def _block(document: Document, *, indent: int, step: int) -> str:
    """Block style down to the target, whose lists are of one line for each entry."""
    text = ""
    for key, value in document.items():
        head = " " * indent + _scalar(key) + ":"
        if isinstance(value, dict) and value:
            text += head + "\n" + _block(value, indent=indent + step, step=step)
        elif isinstance(value, list):
            text += head + "\n" + "".join(f"{' ' * (indent + step)}- {_flow(item)}\n" for item in value)
        else:
            text += f"{head} {_flow(value)}\n"
    return text


def _scalar(key: str) -> str:
    """Plain where YAML reads it back as the same text."""
    plain = key.replace("_", "a").replace("-", "a").isalnum() and key.isascii()
    return key if plain and yaml.safe_load(key) == key else json.dumps(key)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)
