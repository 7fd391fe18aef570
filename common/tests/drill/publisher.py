"""`python -m common.tests.drill.publisher COUNT RATE`: publish COUNT events drill.happened, RATE a second, each in a
transaction of its own; prints how many seconds that took."""

from __future__ import annotations

import sys
import time


def main() -> None:
    import django

    django.setup()
    from django.db import transaction

    from common.application.events.publishing import publish
    from common.tests.drill.events import DrillHappened

    count, rate = int(sys.argv[1]), float(sys.argv[2])
    began = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        with transaction.atomic():
            publish(DrillHappened(number=number, at=time.time()), source="drill")
    print(time.monotonic() - began)


if __name__ == "__main__":
    main()
