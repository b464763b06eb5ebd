"""The queue of what workers are to do: pydocket on the same store, connected when it is first used."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

from docket import Docket

Job = Callable[[str], Awaitable[None]]


def make_queue(url: str, make: Job) -> Docket:
    """The queue of jobs; `make` gives one its sound."""
    return _docket(url, "make", make)


def fetch_queue(url: str, fetch: Job) -> Docket:
    """The queue of tasks whose video is elsewhere; `fetch` gets it. Apart, so that a slow site holds up no job."""
    return _docket(url, "fetch", fetch)


class Queue:
    """Hands jobs and videos that are to be fetched to whichever worker is free."""

    def __init__(self, url: str) -> None:
        self._make = make_queue(url, _elsewhere)
        self._fetch = fetch_queue(url, _elsewhere)
        self._stack = AsyncExitStack()
        self._connecting = asyncio.Lock()
        self._is_connected = False

    async def add_job(self, job: str) -> None:
        """Have a job made; one that waits or is being made already stays as it is."""
        await self._connect()
        await self._make.add("make", key=job)(job)

    async def add_fetch(self, task: str) -> None:
        """Have the video of a task fetched."""
        await self._connect()
        await self._fetch.add("fetch", key=task)(task)

    async def aclose(self) -> None:
        """Let go of the store."""
        with contextlib.suppress(Exception):
            await self._stack.aclose()

    async def _connect(self) -> None:
        async with self._connecting:
            if not self._is_connected:
                async with AsyncExitStack() as stack:
                    await stack.enter_async_context(self._make)
                    await stack.enter_async_context(self._fetch)
                    self._stack = stack.pop_all()
                self._is_connected = True


def _docket(url: str, name: str, function: Job) -> Docket:
    # Nothing is kept of what was done: the tasks themselves say it, and what a worker gave back may be added again.
    docket = Docket(name=f"wildtrack-{name}", url=url, execution_ttl=timedelta(0))
    docket.register(function, names=[name])
    return docket


async def _elsewhere(_: str) -> None:
    """What stands in a gateway for what only workers do."""
