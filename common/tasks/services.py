"""The Celery tasks of the configured services, and of those that are looked for."""

from __future__ import annotations

from celery import shared_task

from common.application.healing import healing
from common.application.service_discovery import tasks
from common.application.work.recorded_tasks import recorded_task

discover_services = recorded_task(tasks.DISCOVER, queue="discovery", arguments=tasks.DiscoverArguments)(
    tasks.discover_services
)


@shared_task(name=healing.TASK, queue=healing.QUEUE)  # type: ignore[untyped-decorator] # celery ships no types
def heal_services(queue: str = healing.QUEUE) -> None:
    """Restart what policies say and nobody has restarted yet; a wake-up names its queue."""
    healing.heal()
