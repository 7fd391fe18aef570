"""Tokens into a tree, by precedence climbing (the grammar of the CEL specification, without what is left out)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from common.domain.workflows.language import nodes
from common.domain.workflows.language.errors import ExpressionInvalid
from common.domain.workflows.language.functions import FUNCTIONS
from common.domain.workflows.language.nodes import Node
from common.domain.workflows.language.tokens import Token, read_token

_T = TypeVar("_T")

MAX_LENGTH = 1000
MAX_BRACKETS = 20
MAX_TREE = 64  # how deep the tree may be: terms in a row, fields after one another, brackets
MAX_MACROS = 2  # a macro within a macro, and no further

MACROS = {"map": (2, 3), "filter": (2, 2), "all": (2, 2), "exists": (2, 2), "exists_one": (2, 2)}
_PRECEDENCE = {
    **dict.fromkeys(["||"], 1),
    **dict.fromkeys(["&&"], 2),
    **dict.fromkeys(["==", "!=", "<", "<=", ">", ">=", "in"], 3),
    **dict.fromkeys(["+", "-"], 4),
    **dict.fromkeys(["*", "/", "%"], 5),
}
_RESERVED = {"true", "false", "null", "in"}


def parse(text: str) -> Node:
    """The whole text as one expression; raises ExpressionInvalid."""
    parser = _Parser(text, 0)
    tree = parser.expression()
    if parser.token.kind != "end":
        raise parser.unexpected("the end")
    return tree


def parse_until_brace(text: str, start: int) -> tuple[Node, int]:
    """The expression at `start` that ends before a closing brace, and the offset after that brace."""
    parser = _Parser(text, start)
    tree = parser.expression()
    if parser.token.text != "}" or parser.token.kind != "operator":
        raise parser.unexpected("}")
    return tree, parser.token.end


class _Parser:
    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._start = start
        self._brackets = 0
        self._macros = 0
        self.token = read_token(text, start)

    def unexpected(self, expected: str) -> ExpressionInvalid:
        found = "the text ends" if self.token.kind == "end" else f"there is {self.token.text[:40]!r}"
        return ExpressionInvalid(f"{found} where {expected} was expected", self.token.start + 1)

    def _next(self) -> Token:
        token = self.token
        if token.end - self._start > MAX_LENGTH:
            raise ExpressionInvalid(f"an expression has at most {MAX_LENGTH} characters", MAX_LENGTH)
        self.token = read_token(self._text, token.end)
        return token

    def _accept(self, *operators: str) -> Token | None:
        if self.token.kind == "operator" and self.token.text in operators:
            return self._next()
        return None

    def _expect(self, operator: str) -> None:
        if not self._accept(operator):
            raise self.unexpected(repr(operator))

    def _made(self, node: Node) -> Node:
        if node.depth > MAX_TREE:
            raise ExpressionInvalid(f"it is nested more than {MAX_TREE} deep; split it up", self.token.start + 1)
        return node

    def expression(self) -> Node:
        """One conditional; every bracket and branch comes through here, so here is where nesting ends."""
        self._brackets += 1
        if self._brackets > MAX_BRACKETS:
            raise ExpressionInvalid(f"brackets are nested more than {MAX_BRACKETS} deep", self.token.start + 1)
        tree = self._binary(1)
        if self._accept("?"):
            yes = self._binary(1)
            self._expect(":")
            tree = self._made(nodes.Conditional(tree, yes, self.expression()))
        self._brackets -= 1
        return tree

    def _binary(self, least: int) -> Node:
        left = self._unary()
        while (precedence := self._precedence()) >= least:
            operator = self._next().text
            right = self._binary(precedence + 1)
            logical = operator in ("&&", "||")
            left = self._made((nodes.Logical if logical else nodes.Binary)(operator, left, right))
        return left

    def _precedence(self) -> int:
        token = self.token
        is_operator = token.kind == "operator" or (token.kind == "name" and token.text == "in")
        return _PRECEDENCE.get(token.text, 0) if is_operator else 0

    def _unary(self) -> Node:
        operators = []
        while token := self._accept("!", "-"):
            operators.append(token.text)
            if len(operators) > MAX_BRACKETS:
                raise ExpressionInvalid(f"more than {MAX_BRACKETS} signs in a row", token.start + 1)
        tree = self._postfix(self._primary())
        for operator in reversed(operators):
            tree = self._made(nodes.Unary(operator, tree))
        return tree

    def _postfix(self, tree: Node) -> Node:
        while True:
            if self._accept("."):
                tree = self._member(tree)
            elif self._accept("["):
                index = self.expression()
                self._expect("]")
                tree = nodes.Index(tree, index)
            else:
                return tree
            self._made(tree)

    def _member(self, target: Node) -> Node:
        if self.token.kind != "name":
            raise self.unexpected("a field's name")
        name = self._next()
        if not self._accept("("):
            return nodes.Member(target, name.text)
        if name.text in MACROS:
            return self._macro(target, name)
        return self._call(name, target)

    def _primary(self) -> Node:
        token = self.token
        if token.kind in ("number", "string"):
            return nodes.Literal(self._next().value)
        if token.kind == "name" and token.text != "in":
            return self._named(self._next())
        if self._accept("("):
            tree = self.expression()
            self._expect(")")
            return tree
        if self._accept("["):
            return self._made(nodes.ListOf(tuple(self._separated("]", self.expression))))
        if self._accept("{"):
            return self._made(nodes.MapOf(tuple(self._separated("}", self._entry))))
        raise self.unexpected("a value")

    def _named(self, name: Token) -> Node:
        if name.text in _RESERVED:
            return nodes.Literal({"true": True, "false": False, "null": None}[name.text])
        if not self._accept("("):
            return nodes.Name(name.text)
        if name.text == "has":
            return self._has(name)
        return self._call(name, None)

    def _has(self, name: Token) -> Node:
        field = self.expression()
        self._expect(")")
        if not isinstance(field, nodes.Member):
            raise ExpressionInvalid("has() asks for a field, such as has(input.name)", name.start + 1)
        return nodes.Has(field.target, field.field)

    def _call(self, name: Token, target: Node | None) -> Node:
        function = FUNCTIONS.get(name.text)
        if function is None:
            raise ExpressionInvalid(
                f"there is no function {name.text[:40]}; there are {', '.join(sorted(FUNCTIONS))}", name.start + 1
            )
        arguments = ([target] if target else []) + self._separated(")", self.expression)
        if not function.fewest <= len(arguments) <= function.most:
            raise ExpressionInvalid(f"{name.text} is used as {function.usage}", name.start + 1)
        return self._made(nodes.Apply(name.text, function, tuple(arguments)))

    def _macro(self, target: Node, name: Token) -> Node:
        self._macros += 1
        if self._macros > MAX_MACROS:
            raise ExpressionInvalid(f"{name.text}: at most {MAX_MACROS} macros within each other", name.start + 1)
        arguments = self._separated(")", self.expression)
        self._macros -= 1
        fewest, most = MACROS[name.text]
        if not fewest <= len(arguments) <= most or not isinstance(arguments[0], nodes.Name):
            raise ExpressionInvalid(
                f"{name.text} is used as list.{name.text}(name, expression over name)", name.start + 1
            )
        return self._made(nodes.Macro(name.text, target, arguments[0].name, tuple(arguments[1:])))

    def _entry(self) -> tuple[Node, Node]:
        key = self.expression()
        self._expect(":")
        return key, self.expression()

    def _separated(self, closing: str, read: Callable[[], _T]) -> list[_T]:
        found: list[_T] = []
        while not self._accept(closing):
            if found:
                self._expect(",")
                if self._accept(closing):  # a comma after the last one
                    break
            found.append(read())
        return found
