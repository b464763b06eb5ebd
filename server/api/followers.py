"""Followers: handlers that go on for as long as others work or send, and must not hold up a server that stops."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web


class Followers:
    """Those of one application."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()

    @contextmanager
    def following(self) -> Iterator[None]:
        """Have the handler that is in this block cancelled, and its connection closed, when the server stops."""
        task = asyncio.current_task()
        assert task is not None, "a handler runs in a task"
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    async def leave(self, _app: web.Application) -> None:
        """Signal `on_shutdown`."""
        for task in self._tasks:
            task.cancel()


FOLLOWERS: web.AppKey[Followers] = web.AppKey("followers", Followers)
