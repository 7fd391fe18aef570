"""Run as a program: threads register the same capability at once, and notice the same silence and return at once.

Prints JSON: for each round who won, what the others were told, and how often each event was published.
"""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

ROUNDS, THREADS = 15, 4


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(json.dumps({"claims": [_claims(number) for number in range(ROUNDS)], "events": _silence()}))


def _at_once(*functions: Callable[[], Any]) -> list[Any]:
    from django.db import connections

    barrier, results = threading.Barrier(len(functions)), [None] * len(functions)

    def run(index: int) -> None:
        barrier.wait()
        try:
            results[index] = functions[index]()
        except Exception as error:
            results[index] = f"{type(error).__name__}: {error}"
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def _claims(number: int) -> dict[str, Any]:
    """Each thread is a module of its own that claims the same two capabilities, in an order of its own."""
    from common.application.modules.registration import register
    from common.domain.manifest import Registration, parse
    from common.models import CapabilityClaim, ModuleRecord
    from common.tests.modules.module_samples import manifest

    shared = [f"round{number}.a", f"round{number}.b"]

    def one(index: int) -> Callable[[], str]:
        name = f"round{number}_m{index}"
        names = random.sample(shared, 2)
        offered = parse(Registration, manifest(name=name, capabilities=[{"name": each} for each in names]))
        return lambda: register(offered, by="race").module.name

    results = _at_once(*(one(index) for index in range(THREADS)))
    owners = list(CapabilityClaim.objects.filter(name__in=shared).values_list("module_id", flat=True))
    records = ModuleRecord.objects.filter(name__startswith=f"round{number}_").count()
    return {"results": results, "owners": owners, "records": records}


def _silence() -> dict[str, int]:
    """All threads look at the same silent module at once, then all hear its heartbeat at once."""
    from django.utils import timezone

    from common.application.modules.heartbeats import beat, mark_lost
    from common.application.modules.registration import register
    from common.domain.manifest import Registration, parse
    from common.models import ModuleRecord, StoredEvent
    from common.tests.modules.module_samples import manifest

    register(parse(Registration, manifest()), by="race")
    for _ in range(ROUNDS):
        ModuleRecord.objects.filter(pk="weather").update(heartbeat_at=timezone.now() - timedelta(hours=1))
        _at_once(*[mark_lost] * THREADS)
        _at_once(*[lambda: beat("weather")] * THREADS)
    return dict(Counter(StoredEvent.objects.filter(subject="module:weather").values_list("type", flat=True)))


if __name__ == "__main__":
    main()
