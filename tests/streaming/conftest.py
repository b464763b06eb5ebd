"""A running scheduler, and ways to wait that are bounded."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from fakes import scheduler_of

from server.streaming.scheduler import Scheduler


@pytest.fixture
async def scheduler() -> AsyncIterator[Scheduler]:
    async with scheduler_of(threads=2) as running:
        yield running


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], object]:
    async def wait(holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not holds():
                await asyncio.sleep(0.005)

    return wait
