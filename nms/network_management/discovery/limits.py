"""What a discovery may be asked for, wherever the question comes in."""

from __future__ import annotations

MAX_CRAWL_DEPTH = 64
MAX_EXPRESSIONS = 4096  # entries of `targets` or `seeds`, so that a request cannot make parsing itself expensive
DEFAULT_CRAWL_DEPTH = 8  # where seeds are given without a depth: further than most networks are wide
