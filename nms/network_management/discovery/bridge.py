"""From the event loop to code that blocks: the pipeline runs in a thread of its own, the database in the caller's.

Reconciling a batch takes tens of milliseconds; inside the event loop every agent in flight would seem to be silent
for that long. The other way round (the database in a helper thread) would put rows outside the caller's connection
and transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TypeVar

T = TypeVar("T")
_END = object()


@contextmanager
def iterate(make: Callable[[], AsyncGenerator[T]]) -> Iterator[Iterator[T]]:
    """Give an iterator over what `make()` yields on an event loop in another thread; leaving the block cancels it."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="discovery-loop", daemon=True)
    thread.start()
    try:
        yield _items(make, loop)
    finally:
        asyncio.run_coroutine_threadsafe(_end_tasks(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _items(make: Callable[[], AsyncGenerator[T]], loop: asyncio.AbstractEventLoop) -> Iterator[T]:
    async def start() -> AsyncGenerator[T]:
        return make()  # async generators belong to the loop that first iterates them

    items = asyncio.run_coroutine_threadsafe(start(), loop).result()
    while (item := asyncio.run_coroutine_threadsafe(_next(items), loop).result()) is not _END:
        yield item  # type: ignore[misc] # the end mark is not yielded


async def _next(items: AsyncGenerator[T]) -> T | object:
    return await anext(items, _END)


async def _end_tasks() -> None:
    loop = asyncio.get_running_loop()
    tasks = asyncio.all_tasks(loop) - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await loop.shutdown_asyncgens()
