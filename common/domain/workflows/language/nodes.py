"""The tree of an expression; each node evaluates itself in a scope and pays for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from common.domain.workflows.language.errors import ExpressionFailed
from common.domain.workflows.language.functions import Function
from common.domain.workflows.language.operators import OPERATORS, boolean
from common.domain.workflows.language.values import Budget, checked_number, is_number, kind


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that an expression may use, and what it may still spend."""

    names: Mapping[str, Any]
    budget: Budget = field(default_factory=Budget)

    def with_name(self, name: str, value: Any) -> Scope:
        return Scope({**self.names, name: value}, self.budget)


class Node:
    """Subclasses are frozen dataclasses; `depth` counts the levels of the tree below and with this node."""

    __slots__ = ("depth",)
    depth: int

    def children(self) -> Iterator[Node]:
        return iter(())

    def evaluate(self, scope: Scope) -> Any:
        raise NotImplementedError

    def __post_init__(self) -> None:
        object.__setattr__(self, "depth", 1 + max((child.depth for child in self.children()), default=0))


@dataclass(frozen=True, slots=True)
class Literal(Node):
    value: Any

    def evaluate(self, scope: Scope) -> Any:
        return self.value


@dataclass(frozen=True, slots=True)
class Name(Node):
    name: str

    def evaluate(self, scope: Scope) -> Any:
        scope.budget.pay()
        try:
            return scope.names[self.name]
        except KeyError:
            raise ExpressionFailed(f"there is no {self.name} here; there are {', '.join(scope.names)}") from None


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str | int | float) else kind(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _field(value: Any, name: object, of: Node) -> Any:
    if not isinstance(value, Mapping):
        raise ExpressionFailed(f"{source(of)} is a {kind(value)} and has no field {_shown(name)}")
    if name not in value:
        raise ExpressionFailed(f"{source(of)} has no field {_shown(name)}")
    return value[name]


@dataclass(frozen=True, slots=True)
class Member(Node):
    target: Node
    field: str

    def children(self) -> Iterator[Node]:
        yield self.target

    def evaluate(self, scope: Scope) -> Any:
        scope.budget.pay()
        return _field(self.target.evaluate(scope), self.field, self.target)


@dataclass(frozen=True, slots=True)
class Has(Node):
    target: Node
    field: str

    def children(self) -> Iterator[Node]:
        yield self.target

    def evaluate(self, scope: Scope) -> Any:
        scope.budget.pay()
        value = self.target.evaluate(scope)
        if not isinstance(value, Mapping):
            raise ExpressionFailed(f"{source(self.target)} is a {kind(value)} and has no fields")
        return self.field in value


@dataclass(frozen=True, slots=True)
class Index(Node):
    target: Node
    index: Node

    def children(self) -> Iterator[Node]:
        yield self.target
        yield self.index

    def evaluate(self, scope: Scope) -> Any:
        scope.budget.pay()
        value, index = self.target.evaluate(scope), self.index.evaluate(scope)
        if isinstance(value, Mapping):
            if not isinstance(index, str):
                raise ExpressionFailed(f"{source(self.target)} has fields, and a {kind(index)} names none")
            return _field(value, index, self.target)
        if kind(value) != "list":
            raise ExpressionFailed(f"{source(self.target)} is a {kind(value)} and has no [{_shown(index)}]")
        if isinstance(index, bool) or not isinstance(index, int):
            raise ExpressionFailed(f"{source(self.target)} is a list, and a {kind(index)} is no place in it")
        if not 0 <= index < len(value):
            raise ExpressionFailed(f"{source(self.target)} has {len(value)} entries and none at {index}")
        return value[index]


@dataclass(frozen=True, slots=True)
class Apply(Node):
    name: str
    function: Function
    arguments: tuple[Node, ...]

    def children(self) -> Iterator[Node]:
        return iter(self.arguments)

    def evaluate(self, scope: Scope) -> Any:
        scope.budget.pay(2)
        return self.function.call(scope.budget, [argument.evaluate(scope) for argument in self.arguments])


@dataclass(frozen=True, slots=True)
class Unary(Node):
    operator: str
    operand: Node

    def children(self) -> Iterator[Node]:
        yield self.operand

    def evaluate(self, scope: Scope) -> Any:
        scope.budget.pay()
        value = self.operand.evaluate(scope)
        if self.operator == "!":
            return not boolean(value, "!")
        if not is_number(value):
            raise ExpressionFailed(f"- needs a number, not a {kind(value)}")
        return checked_number(-value)


@dataclass(frozen=True, slots=True)
class Logical(Node):
    """CEL's && and ||: the order does not matter, so a side that fails counts only where the other does not decide."""

    operator: str
    left: Node
    right: Node

    def children(self) -> Iterator[Node]:
        yield self.left
        yield self.right

    def evaluate(self, scope: Scope) -> Any:
        scope.budget.pay()
        decides = self.operator == "||"
        try:
            if boolean(self.left.evaluate(scope), self.operator) is decides:
                return decides
        except ExpressionFailed:
            if scope.budget.left >= 0 and boolean(self.right.evaluate(scope), self.operator) is decides:
                return decides
            raise
        return boolean(self.right.evaluate(scope), self.operator)


@dataclass(frozen=True, slots=True)
class Binary(Node):
    operator: str
    left: Node
    right: Node

    def children(self) -> Iterator[Node]:
        yield self.left
        yield self.right

    def evaluate(self, scope: Scope) -> Any:
        scope.budget.pay()
        return OPERATORS[self.operator](scope.budget, self.left.evaluate(scope), self.right.evaluate(scope))


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    condition: Node
    yes: Node
    no: Node

    def children(self) -> Iterator[Node]:
        yield self.condition
        yield self.yes
        yield self.no

    def evaluate(self, scope: Scope) -> Any:
        scope.budget.pay()
        return (self.yes if boolean(self.condition.evaluate(scope), "?") else self.no).evaluate(scope)


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    items: tuple[Node, ...]

    def children(self) -> Iterator[Node]:
        return iter(self.items)

    def evaluate(self, scope: Scope) -> Any:
        scope.budget.pay()
        return [item.evaluate(scope) for item in self.items]


@dataclass(frozen=True, slots=True)
class MapOf(Node):
    entries: tuple[tuple[Node, Node], ...]

    def children(self) -> Iterator[Node]:
        for entry in self.entries:
            yield from entry

    def evaluate(self, scope: Scope) -> Any:
        scope.budget.pay()
        made = {}
        for name_node, value in self.entries:
            name = name_node.evaluate(scope)
            if not isinstance(name, str):
                raise ExpressionFailed(f"the names of a map are texts, and {_shown(name)} is a {kind(name)}")
            made[name] = value.evaluate(scope)
        return made


@dataclass(frozen=True, slots=True)
class Macro(Node):
    """map, filter, all, exists, exists_one: `arguments` are evaluated for each entry under the name `variable`."""

    macro: str
    target: Node
    variable: str
    arguments: tuple[Node, ...]

    def children(self) -> Iterator[Node]:
        yield self.target
        yield from self.arguments

    def evaluate(self, scope: Scope) -> Any:
        scope.budget.pay()
        entries = self.target.evaluate(scope)
        if kind(entries) not in ("list", "map"):
            raise ExpressionFailed(
                f"{self.macro} needs a list or a map, and {source(self.target)} is a {kind(entries)}"
            )
        return _MACROS[self.macro](self, list(entries), scope)

    def condition(self, entry: Any, scope: Scope) -> bool:
        return boolean(self.at(0, entry, scope), self.macro)

    def at(self, argument: int, entry: Any, scope: Scope) -> Any:
        scope.budget.pay(2)
        return self.arguments[argument].evaluate(scope.with_name(self.variable, entry))


def _map(macro: Macro, entries: list[Any], scope: Scope) -> list[Any]:
    if len(macro.arguments) == 1:
        return [macro.at(0, entry, scope) for entry in entries]
    return [macro.at(1, entry, scope) for entry in entries if macro.condition(entry, scope)]


def _filter(macro: Macro, entries: list[Any], scope: Scope) -> list[Any]:
    return [entry for entry in entries if macro.condition(entry, scope)]


def _decided(macro: Macro, entries: list[Any], scope: Scope, decides: bool) -> bool:
    """As a row of && or ||: one entry that decides makes up for others that fail."""
    failure: ExpressionFailed | None = None
    for entry in entries:
        try:
            if macro.condition(entry, scope) is decides:
                return decides
        except ExpressionFailed as error:
            if scope.budget.left < 0:
                raise
            failure = failure or error
    if failure is not None:
        raise failure
    return not decides


def _exists_one(macro: Macro, entries: list[Any], scope: Scope) -> bool:
    return sum(macro.condition(entry, scope) for entry in entries) == 1


_MACROS: dict[str, Callable[[Macro, list[Any], Scope], Any]] = {
    "map": _map,
    "filter": _filter,
    "all": lambda macro, entries, scope: _decided(macro, entries, scope, decides=False),
    "exists": lambda macro, entries, scope: _decided(macro, entries, scope, decides=True),
    "exists_one": _exists_one,
}


def source(node: Node) -> str:
    """A node in the words of its author, as far as a message needs them."""
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Member):
        return f"{source(node.target)}.{node.field}"
    if isinstance(node, Index):
        inner = f"{node.index.value!r}" if isinstance(node.index, Literal) else "..."
        return f"{source(node.target)}[{inner}]"
    if isinstance(node, Apply):
        return f"{node.name}(...)"
    return "the value"


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    rest: list[Node] = [node]
    while rest:
        found = rest.pop()
        yield found
        rest.extend(found.children())


def free_names(node: Node, bound: Sequence[str] = ()) -> Iterator[tuple[Name, Sequence[str]]]:
    """Each name that is used and not bound by a macro around it."""
    if isinstance(node, Name):
        if node.name not in bound:
            yield node, bound
        return
    if isinstance(node, Macro):
        yield from free_names(node.target, bound)
        for argument in node.arguments:
            yield from free_names(argument, (*bound, node.variable))
        return
    for child in node.children():
        yield from free_names(child, bound)
