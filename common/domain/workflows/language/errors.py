"""Why an expression is none, and why one could not be evaluated."""

from __future__ import annotations


class ExpressionInvalid(ValueError):
    """The text is no expression; `column` counts from 1."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.column = column


class ExpressionFailed(Exception):
    """It was evaluated and has no value: a key that is not there, kinds that do not go together, too much work."""
