"""A running scheduler, and ways to wait that are bounded."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from server.streaming.scheduler import Scheduler


@pytest.fixture
async def scheduler() -> AsyncIterator[Scheduler]:
    async with Scheduler(threads=2, max_streams=8, max_lead_s=1.0, stall_timeout_s=60) as running:
        yield running


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], object]:
    async def wait(holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not holds():
                await asyncio.sleep(0.005)

    return wait
