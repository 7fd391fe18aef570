"""The YAML of the configuration file: strict where PyYAML is lenient, and with values from the environment.

    url: "https://${GRAFANA_HOST}:${GRAFANA_PORT:-3000}"
    weight: ${WEIGHT:-1}
    password: ${GRAFANA_PASSWORD}        # a secret that is a reference and nothing else is no secret in the file

`${NAME}` must be set; `${NAME:-text}` has a text for where it is not, or is empty; `$${` stands for `${` itself. What a
variable holds is a value, whatever is in it: it cannot bring keys along. Without quotes it is a number or true where it
reads like one, in quotes it is text, as everything in YAML (which allows no bare braces between brackets and braces).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from pydantic import SecretStr

from api_clients.configuration_error import ConfigurationInvalid

SECRET_KEYS = frozenset({"password", "token"})
_REFERENCE = re.compile(r"\$\$\{|\$\{(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\})?")
_ONE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_AS_SECRET = "tag:nms,2026:as-secret"  # noqa: S105 # a tag of YAML


def load_yaml(text: str, *, environment: Mapping[str, str], source: str) -> Any:
    """Return the document. Raises ConfigurationInvalid, which names the place and never quotes a value."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _fill(node, environment, source)
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        raise ConfigurationInvalid(f"{source} is not YAML: {_problem(error)}") from None
    except RecursionError:
        raise ConfigurationInvalid(f"{source} is nested too deeply") from None


def _fill(node: yaml.Node, environment: Mapping[str, str], source: str) -> None:
    for key, value in _scalars(node, (), set()):
        if "${" not in value.value:
            continue
        is_secret = key[-1:] and key[-1] in SECRET_KEYS and _ONE.fullmatch(value.value)
        value.value = _resolved(value.value, environment, f"{source}: {'.'.join(key) or 'the file'}")
        if is_secret:
            value.tag = _AS_SECRET
        elif value.style is None:
            value.tag = _tag_of(value.value)


def _tag_of(text: str) -> str:
    """What unquoted text is: a number, true, a date, or text."""
    return str(yaml.resolver.Resolver().resolve(yaml.ScalarNode, text, (True, False)))  # type: ignore[no-untyped-call] # PyYAML's stubs


def _scalars(
    node: yaml.Node, key: tuple[str, ...], seen: set[int]
) -> Iterator[tuple[tuple[str, ...], yaml.ScalarNode]]:
    """Every value with its key; what an anchor repeats comes once."""
    if id(node) in seen:
        return
    seen.add(id(node))
    match node:
        case yaml.ScalarNode():
            yield key, node
        case yaml.SequenceNode():
            for index, item in enumerate(node.value):
                yield from _scalars(item, (*key, str(index)), seen)
        case yaml.MappingNode():
            for name, item in node.value:
                yield from _scalars(item, (*key, str(name.value)), seen)


def _resolved(text: str, environment: Mapping[str, str], where: str) -> str:
    def value(found: re.Match[str]) -> str:
        if found.group() == "$${":
            return "${"
        name, default = found["name"], found["default"]
        if name is None:
            raise ConfigurationInvalid(f"{where}: a reference is written ${{NAME}} or ${{NAME:-default}}")
        given = environment.get(name, "")
        if given or default is not None:
            return given or str(default)
        raise ConfigurationInvalid(f"{where}: the environment variable {name} is not set, and there is no default")

    return _REFERENCE.sub(value, text)


def _problem(error: yaml.YAMLError) -> str:
    # Not str(error): it quotes the line, which may hold a secret.
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"{error.problem} in line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}"
    return "it holds characters that YAML does not allow"


class _Loader(yaml.SafeLoader):
    """PyYAML keeps the last of two equal keys in silence; half of what the operator wrote would be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            if isinstance(key_node, yaml.ScalarNode) and key_node.tag != "tag:yaml.org,2002:merge":
                if key_node.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key_node.value!r} stands here twice", key_node.start_mark
                    )
                seen.add(key_node.value)
        return super().construct_mapping(node, deep=deep)


_Loader.add_constructor(_AS_SECRET, lambda loader, node: SecretStr(node.value))
