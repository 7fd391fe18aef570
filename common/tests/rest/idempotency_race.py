"""Run as a program: threads that send one request with one Idempotency-Key at the same moment, round after round.

Prints {"rounds", "tasks", "answers", "statuses"}: how many rounds, tasks made, different answers, and statuses.
"""

from __future__ import annotations

import json
import threading
from collections import Counter

ROUNDS, THREADS = 12, 8
TASKS = "/api/common/api/v1/hub/tasks/"  # each POST makes one more, unless the key prevents it


def main() -> None:
    import django

    django.setup()
    from django.contrib.auth.models import Group, User
    from django.core.management import call_command

    from common.models import TaskRecord

    call_command("migrate", verbosity=0)
    user = User.objects.create_user("ada")
    user.groups.add(Group.objects.get_or_create(name="admin")[0])
    statuses: Counter[str] = Counter()
    ids: set[str] = set()
    for number in range(ROUNDS):
        barrier = threading.Barrier(THREADS)
        arguments = (user, number, barrier, statuses, ids)
        threads = [threading.Thread(target=_send, args=arguments) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    print(
        json.dumps(
            {"rounds": ROUNDS, "tasks": TaskRecord.objects.count(), "answers": len(ids), "statuses": dict(statuses)}
        )
    )


def _send(user: object, number: int, barrier: threading.Barrier, statuses: Counter[str], ids: set[str]) -> None:
    from django.db import connections
    from rest_framework.test import APIClient

    client = APIClient(SERVER_NAME="localhost")
    client.force_authenticate(user)  # type: ignore[arg-type]
    barrier.wait()
    try:
        answer = client.post(
            TASKS, {"task": "common.cleanup"}, format="json", headers={"Idempotency-Key": f"round-{number}"}
        )
        statuses[str(answer.status_code)] += 1
        if answer.status_code == 202:
            ids.add(answer.json()["id"])
    finally:
        connections.close_all()


if __name__ == "__main__":
    main()
