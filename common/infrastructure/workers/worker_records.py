"""Which Celery workers there are: each writes a row when it is ready, renews it while it lives, and takes it away.

Asking workers over the broker takes as long as the slowest may take to answer, and says nothing while the broker is
down; the rows answer at once. A worker that was killed leaves its row behind, which says when it was last seen.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from datetime import timedelta

import structlog
from django.db import Error, connection
from django.utils import timezone

from common.models import WorkerRecord

BEAT_SECONDS = 5.0
LIVE_SECONDS = 20.0  # not seen for so long: stopped or killed
FORGET_HOURS = 24

log = structlog.get_logger(__name__)


class WorkerAnnouncer:
    """One for each worker; `stop()` takes the row away."""

    def __init__(self, name: str, *, pool: str, concurrency: int, queues: Sequence[str]) -> None:
        self._row = WorkerRecord(
            name=name,
            pid=os.getpid(),
            pool=pool,
            concurrency=concurrency,
            queues=sorted(queues),
            started_at=timezone.now(),
        )
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"announce {name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(BEAT_SECONDS)

    def _run(self) -> None:
        failing = False
        while not self._ended.is_set():
            try:
                self._announce()
                failing = False
            except Error as error:
                if not failing:
                    log.warning("this worker cannot say that it lives", reason=str(error))
                failing = True
                connection.close()
            self._ended.wait(BEAT_SECONDS)
        self._leave()

    def _announce(self) -> None:
        self._row.seen_at = timezone.now()
        fields = ["pid", "pool", "concurrency", "queues", "started_at", "seen_at"]
        WorkerRecord.objects.bulk_create(
            [self._row], update_conflicts=True, unique_fields=["name"], update_fields=fields
        )

    def _leave(self) -> None:
        try:
            WorkerRecord.objects.filter(pk=self._row.name, pid=self._row.pid).delete()
        except Error as error:
            log.warning("this worker could not sign off", reason=str(error))
        finally:
            connection.close()


def forget_dead_workers() -> int:
    """Delete rows of workers that have not been seen for a day."""
    before = timezone.now() - timedelta(hours=FORGET_HOURS)
    return WorkerRecord.objects.filter(seen_at__lt=before).delete()[0]
