"""`python -m bench [NAME...] [--write]`: run the benchmarks, print each table, and tell which promises were kept.

Each module runs in a process of its own, so that none inherits the memory, the threads or the database of another.
Exit status 1 means that a benchmark failed to run, 2 that a target was missed.
"""

from __future__ import annotations

import argparse
import pkgutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import bench
from bench.apart import run_apart
from bench.report import PAGE, machine, markdown, write_page
from bench.table import Row

NOT_BENCHMARKS = {"__main__", "apart", "report", "table"}


def main() -> int:
    arguments = _arguments()
    print(f"On {machine()}.", flush=True)
    results: dict[str, Sequence[Row]] = {}
    failed: list[str] = []
    for name in arguments.names or _modules():
        rows = run_apart(name)
        if rows is None:
            failed.append(name)
        elif rows:
            results[name] = rows
            print(f"\n{name}\n\n{markdown(rows)}", flush=True)
    if failed:
        print(f"\nFailed to run: {', '.join(failed)}", file=sys.stderr)
        return 1
    if arguments.write:
        write_page(results, datetime.now(UTC).date())
        print(f"Written to {PAGE}")
    missed = [row.name for rows in results.values() for row in rows if row.met is False]
    if missed:
        print(f"\nMissed: {', '.join(missed)}", file=sys.stderr)
        return 2
    return 0


def _modules() -> list[str]:
    return sorted({module.name for module in pkgutil.iter_modules(bench.__path__)} - NOT_BENCHMARKS)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=bench.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ones (all): {', '.join(_modules())}")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/performance.md")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(_modules()):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(_modules())}")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
