"""`python -m common.tests.drill.program COMMAND`: what tests and benchmarks let other processes do.

send COUNT [--prefix P] [--rate R] [--many N] [--type T] [--keys] [--priority P]
    send COUNT messages to the drill one by one (or N at a time), R a second; prints {"seconds", "cpu"}
counts [--prefix P]
    prints {"states": {state: number}, "records", "keys", "twice": [...]} of what the messages did
times [--prefix P]
    prints {"seconds", "messages_per_second", "p50_ms", "p99_ms", "max_ms"} from sending to handling
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from typing import Any


def main() -> None:
    import django

    django.setup()
    arguments = _arguments()
    print(json.dumps(globals()[arguments.command](arguments)))


def send(arguments: argparse.Namespace) -> dict[str, Any]:
    from django.db import Error

    from common.application.messages.sending import send_many
    from common.domain.messages import draft

    def prepared(number: int) -> Any:
        key = f"{arguments.prefix}{number}"
        return draft(
            type=arguments.type,
            body={"key": key, "value": time.time()},
            recipient="drill",
            sender="drill-program",
            priority=arguments.priority,
            max_attempts=arguments.attempts,
            idempotency_key=key if arguments.keys else None,
        )

    began, used = time.monotonic(), time.process_time()
    for start in range(0, arguments.count, arguments.many):
        if arguments.rate:
            time.sleep(max(0.0, began + start / arguments.rate - time.monotonic()))
        drafts = [prepared(number) for number in range(start, min(start + arguments.many, arguments.count))]
        while True:  # with the same drafts: a commit whose answer was lost has stored them already
            try:
                send_many(drafts)
                break
            except Error:
                if not arguments.patient:
                    raise
                from django.db import connection

                connection.close()
                time.sleep(0.05)
    return {"seconds": time.monotonic() - began, "cpu": time.process_time() - used}


def counts(arguments: argparse.Namespace) -> dict[str, Any]:
    from common.models import Message
    from common.tests.drill.models import DrillRecord

    states = Counter(Message.objects.filter(body__key__startswith=arguments.prefix).values_list("state", flat=True))
    keys = Counter(DrillRecord.objects.filter(key__startswith=arguments.prefix).values_list("key", flat=True))
    twice = sorted(key for key, number in keys.items() if number > 1)
    return {"states": states, "records": sum(keys.values()), "keys": len(keys), "twice": twice[:20]}


def times(arguments: argparse.Namespace) -> dict[str, Any]:
    """From the record's own clock readings: `value` was taken before the sending, `time` in the handler."""
    from common.tests.drill.models import DrillRecord

    records = DrillRecord.objects.filter(key__startswith=arguments.prefix).values_list("value", "time")
    readings = [(float(sent), handled.timestamp()) for sent, handled in records]
    delays = sorted((handled - sent) * 1000 for sent, handled in readings)
    if not delays:
        return {"messages": 0}
    took = max(handled for _, handled in readings) - min(sent for sent, _ in readings)
    return {
        "messages": len(delays),
        "seconds": took,
        "messages_per_second": len(delays) / took,
        "p50_ms": delays[len(delays) // 2],
        "p99_ms": delays[min(len(delays) - 1, int(len(delays) * 0.99))],
        "max_ms": delays[-1],
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    sending = commands.add_parser("send")
    sending.add_argument("count", type=int)
    sending.add_argument("--rate", type=float, default=0.0)
    sending.add_argument("--many", type=int, default=1)
    sending.add_argument("--type", default="drill.record")
    sending.add_argument("--priority", default="normal")
    sending.add_argument("--attempts", type=int, default=5)
    sending.add_argument("--keys", action="store_true", help="each with an idempotency key")
    sending.add_argument("--patient", action="store_true", help="try again while the database is away")
    for command in (sending, commands.add_parser("counts"), commands.add_parser("times")):
        command.add_argument("--prefix", default="m")
    return parser.parse_args()


if __name__ == "__main__":
    main()
