"""Celery tasks of this module: thin, because what they do stands in topology/ and watch/."""

from __future__ import annotations

from celery import shared_task

from nms.network_management.topology import settle
from nms.network_management.watch import watching


@shared_task(name="network_management.expire_links", queue="low")  # type: ignore[untyped-decorator] # celery ships no types
def expire_links() -> None:
    """Let go of links that only devices vouch for which have been silent for long."""
    settle.expire_links()


@shared_task(name="network_management.watch_devices", queue="polling")  # type: ignore[untyped-decorator] # celery ships no types
def watch_devices() -> None:
    """Do one round of watching, unless one is under way."""
    watching.watch_devices()
