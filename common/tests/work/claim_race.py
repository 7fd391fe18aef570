"""Run as a program: two processes of two threads each claim the same rows at once.

Prints {"rows", "claimed", "twice"} as JSON: how many rows there were, how many were claimed, how many of them twice.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter

ROWS, PROCESSES, THREADS, LIMIT = 400, 2, 2, 7


def main() -> None:
    import django

    django.setup()
    if sys.argv[1:] == ["claim"]:
        print(json.dumps(_claim_all()))
        return
    from django.core.management import call_command

    from common.tests.work.work_samples import make_message

    call_command("migrate", verbosity=0)
    for _ in range(ROWS):
        make_message()
    command = [sys.executable, "-m", "common.tests.work.claim_race", "claim"]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    taken = [pk for child in children for pk in json.loads(child.communicate(timeout=150)[0])]
    counts = Counter(taken)
    twice = sum(count > 1 for count in counts.values())
    print(json.dumps({"rows": ROWS, "claimed": len(counts), "twice": twice}))


def _claim_all() -> list[int]:
    taken: list[int] = []
    threads = [threading.Thread(target=_claim, args=(taken,)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def _claim(taken: list[int]) -> None:
    from django.db import connections

    from common.infrastructure.work.claims import claim
    from common.models import Message

    try:
        while batch := claim(Message, "normal", limit=LIMIT):
            taken.extend(row.pk for row in batch.rows)
    finally:
        connections.close_all()


if __name__ == "__main__":
    main()
