"""`python -m common.tests.drill.flows COMMAND`: runs of workflows for tests and benchmarks in other processes.

start COUNT --steps N [--shape chain|wide|list] [--capability C] [--seconds S] [--prefix P]
    start COUNT runs; prints {"runs": [ids], "seconds"}; each step records P:RUN:STEP once it is done
ends [--of N] [--after ID] [--seconds S]
    wait until so many runs after ID have ended; prints {"states", "steps", "seconds", "errors"}
effects [--prefix P]
    prints {"records", "keys", "twice"} of what the steps did
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

PAUSE_SECONDS = 0.05


def main() -> None:
    import django

    django.setup()
    print(json.dumps(do(sys.argv[1:])))


def do(words: Sequence[str]) -> dict[str, Any]:
    """The command; also for programs that have a worker in their own process."""
    arguments = _arguments(words)
    answer: dict[str, Any] = globals()[arguments.command](arguments)
    return answer


def definition(arguments: argparse.Namespace) -> dict[str, Any]:
    given: dict[str, Any] = {"key": "${input.prefix}:${run.id}:%s"}
    if arguments.seconds:
        given["seconds"] = arguments.seconds
    step = {"capability": arguments.capability, "retry": {"attempts": 3, "delay_seconds": 0.2}}
    if arguments.shape == "list":
        items = {"over": "input.items", "parallel": 8}
        return _named([{"id": "m", **step, "map": items, "input": {**given, "key": given["key"] % "${string(index)}"}}])
    steps = [
        {"id": f"s{number}", **step, "input": {**given, "key": given["key"] % f"s{number}"}}
        for number in range(arguments.steps)
    ]
    if arguments.shape == "chain":
        for before, after in pairwise(steps):
            after["needs"] = [before["id"]]
    return _named(steps)


def _named(steps: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": "drill", "steps": steps, "output": {"done": "${run.id}"}}


def start(arguments: argparse.Namespace) -> dict[str, Any]:
    from common.application.workflows.engine import start_run
    from common.domain.workflows.definition import parse_definition

    body = definition(arguments)
    workflow = parse_definition(body)
    given = {"prefix": arguments.prefix, "items": list(range(arguments.steps))}
    began = time.monotonic()
    runs = [start_run(workflow, body, given, actor="drill").pk for _ in range(arguments.count)]
    return {"runs": runs, "seconds": time.monotonic() - began}


def ends(arguments: argparse.Namespace) -> dict[str, Any]:
    """`seconds` is from the first run's begin to the last one's end, by the database's rows."""
    from django.db import Error, connection

    from common.models import StepRun, WorkflowRun

    ends_at = time.monotonic() + arguments.seconds
    while time.monotonic() < ends_at:
        try:
            ended = WorkflowRun.objects.filter(pk__gt=arguments.after, state__in=WorkflowRun.FINAL).count()
            if ended >= arguments.of:
                break
        except Error:
            connection.close()
        time.sleep(PAUSE_SECONDS)
    rows = WorkflowRun.objects.filter(pk__gt=arguments.after)
    runs = list(rows.values_list("state", "created_at", "finished_at", "error"))
    times = [end for _, _, end, _ in runs if end]
    return {
        "states": Counter(state for state, *_ in runs),
        "steps": Counter(StepRun.objects.filter(run__in=rows).values_list("state", flat=True)),
        "seconds": (max(times) - min(begin for _, begin, _, _ in runs)).total_seconds() if times else None,
        "errors": sorted({error for *_, error in runs if error})[:5],
    }


def effects(arguments: argparse.Namespace) -> dict[str, Any]:
    from common.tests.drill.models import DrillRecord

    keys = Counter(DrillRecord.objects.filter(key__startswith=f"{arguments.prefix}:").values_list("key", flat=True))
    return {"records": sum(keys.values()), "keys": len(keys), "twice": sorted(k for k, n in keys.items() if n > 1)[:20]}


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    starting = commands.add_parser("start")
    starting.add_argument("count", type=int)
    starting.add_argument("--steps", type=int, default=10)
    starting.add_argument("--shape", choices=["chain", "wide", "list"], default="chain")
    starting.add_argument("--capability", default="drill.record")
    starting.add_argument("--seconds", type=float, default=0.0, help="how long each step takes (drill.sleep)")
    waiting = commands.add_parser("ends")
    waiting.add_argument("--of", type=int, default=1)
    waiting.add_argument("--after", type=int, default=0, help="look at runs with higher ids")
    waiting.add_argument("--seconds", type=float, default=120.0)
    for command in (starting, commands.add_parser("effects")):
        command.add_argument("--prefix", default="w")
    return parser.parse_args(words)


if __name__ == "__main__":
    main()
