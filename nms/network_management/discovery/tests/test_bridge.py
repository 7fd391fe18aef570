"""From the event loop to blocking code."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator

import pytest

from api_clients.tests.waiting import eventually
from nms.network_management.discovery.bridge import iterate


async def numbers(count: int, closed: list[bool]) -> AsyncGenerator[int]:
    try:
        for number in range(count):
            await asyncio.sleep(0)
            yield number
    finally:
        closed.append(True)


def test_items_arrive_in_order_and_the_thread_is_gone_afterwards() -> None:
    closed: list[bool] = []
    with iterate(lambda: numbers(1000, closed)) as items:
        assert list(items) == list(range(1000))
    assert closed == [True]
    assert "discovery-loop" not in {thread.name for thread in threading.enumerate()}


def test_leaving_early_closes_the_generator() -> None:
    closed: list[bool] = []
    with iterate(lambda: numbers(1000, closed)) as items:
        assert next(items) == 0
    assert closed == [True]


def test_an_error_of_the_generator_is_the_callers() -> None:
    async def fails() -> AsyncGenerator[int]:
        yield 1
        raise ValueError("broken")

    with iterate(fails) as items:
        assert next(items) == 1
        with pytest.raises(ValueError, match="broken"):
            next(items)


def test_the_loop_goes_on_while_the_caller_blocks() -> None:
    ticks: list[int] = []

    async def ticking() -> AsyncGenerator[int]:
        async def tick() -> None:
            while True:
                await asyncio.sleep(0.01)
                ticks.append(1)

        task = asyncio.create_task(tick())
        try:
            yield 1
            yield 2
        finally:
            task.cancel()

    with iterate(ticking) as items:
        next(items)
        eventually(lambda: len(ticks) > 5)
