"""A subset of the Common Expression Language (https://cel.dev), parsed and evaluated here under a budget.

Why not a library: CEL promises that an expression ends, not when, nor in how much memory. The native library aborts the
whole worker on 300 characters (`[[1]].map(x, x + x).map(x, x + x)...`, forty times). Here every step of an evaluation
is paid for from a budget, and one that costs too much fails with a message as any other wrong expression does. The
library is the yardstick instead: common/tests/workflows/test_language.py compares the two on made-up expressions.

Left out: bytes, unsigned numbers, timestamps, durations. Different: int and double mix in arithmetic (JSON does not
tell them apart), a division by zero fails for both, and what would be infinite or NaN fails.
"""

from common.domain.workflows.language.errors import ExpressionFailed, ExpressionInvalid
from common.domain.workflows.language.nodes import Node, Scope
from common.domain.workflows.language.parser import parse, parse_until_brace
from common.domain.workflows.language.values import Budget

__all__ = ["Budget", "ExpressionFailed", "ExpressionInvalid", "Node", "Scope", "parse", "parse_until_brace"]
