"""Run as a program: several runs that reconcile the same boxes, through the same and other addresses, at one time.

Prints {"devices", "interfaces", "endpoints", "links", "discovered", "problems"} as JSON.
"""

from __future__ import annotations

import json
import threading

RUNS, BOXES, PORTS = 6, 20, 4


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    problems: list[str] = []
    start = threading.Barrier(RUNS)
    runs = [threading.Thread(target=_run, args=(number, start, problems)) for number in range(RUNS)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    from common.models import StoredEvent
    from nms.network_management.models import Device, Endpoint, Interface, Link

    print(
        json.dumps(
            {
                "devices": Device.objects.count(),
                "interfaces": Interface.objects.count(),
                "endpoints": Endpoint.objects.count(),
                "links": Link.objects.count(),
                "discovered": StoredEvent.objects.filter(type__in=["device.discovered", "link.discovered"]).count(),
                "problems": problems,
            }
        )
    )


def _run(number: int, start: threading.Barrier, problems: list[str]) -> None:
    from django.db import connection

    from nms.network_management.inventory.reconcile import reconcile
    from nms.network_management.inventory.tests.boxes import make_profile, neighbor
    from nms.network_management.topology.settle import settle_links

    # Every second run comes to the boxes through addresses of its own, and in the other order.
    boxes = range(BOXES) if number % 2 else reversed(range(BOXES))
    profiles = [
        make_profile(
            box,
            at=f"10.{100 + number % 2}.0.{box}",
            ports=PORTS,
            neighbors=(neighbor(1, (box + 1) % BOXES, 2), neighbor(2, (box - 1) % BOXES, 1)),
        )
        for box in boxes
    ]
    start.wait()
    try:
        for part in (profiles[: BOXES // 2], profiles[BOXES // 2 :], profiles):
            report = reconcile(part)
            problems.extend(problem.message for problem in report.problems)
            settle_links(report.device_ids)
    except Exception as error:
        problems.append(f"{type(error).__name__}: {error}")
    finally:
        connection.close()


if __name__ == "__main__":
    main()
