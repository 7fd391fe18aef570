"""One round of watching at a time, over all workers; a round whose worker was killed holds up the next for seconds."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
from django.core.cache import cache

log = structlog.get_logger("nms.watch")

LOCK: Final = "nms.watch.round"
LOCK_SECONDS: Final = 30
_RENEWAL_SECONDS: Final = 10


@contextmanager
def only_round() -> Iterator[bool]:
    """Whether this is the only round; the cache is shared by all workers, or by all threads of the one process."""
    token = secrets.token_hex(8)
    if not cache.add(LOCK, token, LOCK_SECONDS):
        yield False
        return
    ended = threading.Event()
    keeper = threading.Thread(target=_keep, args=(ended,), name="watch-lock", daemon=True)
    keeper.start()
    try:
        yield True
    finally:
        ended.set()
        keeper.join()
        if cache.get(LOCK) == token:
            cache.delete(LOCK)


def _keep(ended: threading.Event) -> None:
    while not ended.wait(_RENEWAL_SECONDS):
        try:
            cache.touch(LOCK, LOCK_SECONDS)
        except Exception as error:  # noqa: BLE001 # any cache's trouble: without the lock two rounds at once cost work, no harm
            log.warning("watch lock not renewed", reason=str(error))
