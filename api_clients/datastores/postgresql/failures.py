"""Translates what psycopg2 raises into the one error tree.

A server that refuses a login says so in a message alone, without its code, so those are known by their English words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import psycopg2

from api_clients.domain.errors import Malformed, Overloaded, Rejected, ServiceError, Unauthorized, Unreachable
from api_clients.domain.values import Labels

# Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html, the longest prefix that fits.
KINDS: Mapping[str, type[ServiceError]] = {
    "28": Unauthorized,
    "42501": Unauthorized,
    "53": Overloaded,
    "57014": Unreachable,  # cancelled: its statement_timeout, which is our deadline
    "57P": Unreachable,  # shut down in the middle
    "57P03": Overloaded,  # starting up
    "55P03": Overloaded,  # a lock was not to be had
    "40": Overloaded,  # a conflict with recovery, on a standby
    "08": Unreachable,
    "XX": Unreachable,
}
STRANGER = re.compile(
    r"authentication failed|no pg_hba\.conf entry|role .* (does not exist|is not permitted)|not permitted to log in"
    r"|permission denied|no password supplied|pg_hba\.conf rejects",
    re.IGNORECASE,
)
FULL = re.compile(
    r"too many (clients|connections)|connection slots are reserved|starting up|shutting down|recovery mode"
    r"|not (yet )?accepting"
)
UNREADABLE = re.compile(
    r"lost synchroni[sz]ation|message type|invalid response|expected authentication request|insufficient data"
    r"|message contents do not agree|invalid .*message|received invalid"
)
REFUSED = re.compile(r"Connection refused|No such file or directory")
STATISTICS = frozenset({"slow-queries", "reset-slow-queries"})
NO_STATISTICS = (
    "pg_stat_statements is missing in this database, or in a schema that our user may not use: add it to"
    " shared_preload_libraries, restart the server, and run"
    " CREATE EXTENSION pg_stat_statements there"
)


def connection_error(error: psycopg2.Error, address: str, labels: Labels) -> ServiceError:
    """Make the error of a connection that could not be opened, or broke."""
    said = _words(error)
    if error.pgcode:
        return statement_error(error, address, labels)
    if UNREADABLE.search(said):
        return Malformed(f"{address} sent an answer that is broken: no PostgreSQL answers like this", **labels)
    if "FATAL:" not in said:
        return Unreachable(_why(said, address), **labels)
    fatal = said.partition("FATAL:")[2].strip()
    if STRANGER.search(fatal):
        return Unauthorized(f"{address} answered: {fatal}", **labels)
    kind = Overloaded if FULL.search(fatal) else Rejected
    return kind(f"{address} answered: {fatal}", **labels)


def statement_error(error: psycopg2.Error, address: str, labels: Labels, *, query: str = "") -> ServiceError:
    """Make the error of a statement that the server refused, by its SQLSTATE; `query` is its name among ours."""
    code = error.pgcode
    if not code:
        return connection_error(error, address, labels)
    reason = f"{address} answered {code}: {_words(error)}"
    if query in STATISTICS and code in ("42P01", "42883", "55000"):
        return Rejected(NO_STATISTICS, **labels)
    kind = next((KINDS[code[:length]] for length in (5, 3, 2) if code[:length] in KINDS), Rejected)
    made = kind(reason, **labels)
    if isinstance(made, Unreachable):
        made.timed_out = code == "57014"
    return made


def _why(said: str, address: str) -> str:
    if REFUSED.search(said):
        return f"{address} refused the connection"
    if "could not translate host name" in said:
        return f"the name of {address} is not known"
    if "SSL" in said or "certificate" in said:
        return f"{address} and we could not agree on TLS: {said.rpartition('failed: ')[2]}"
    if "closed the connection" in said or "EOF" in said:
        return f"{address} closed the connection without an answer, or in the middle of one"
    return f"{address} could not be reached: {said.rpartition('failed: ')[2]}"


def _words(error: psycopg2.Error) -> str:
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    return str(primary) if primary else " ".join(str(error).split())
