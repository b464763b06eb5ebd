"""The janitor: hands what was left lying to the queue again, and forgets what has expired or has no room.

Every worker has one; at any time only one of them works. It begins when the worker does.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Iterable
from typing import Final

from redis.exceptions import RedisError

from server.errors import TaskCancelledError
from server.logs import frames_of, get_logger
from server.tasks.files import Files, FoundFile
from server.tasks.queue import Queue
from server.tasks.state import IDLE_MESSAGE
from server.tasks.store import TaskStore

QUEUE_EVERY_S: Final = 5.0
FILES_EVERY_S: Final = 60.0
_YOUNG_S: Final = 3600.0
"""An upload that no job has yet may still be on its way, or its task about to be made."""
_WATCHED_S: Final = 60.0
"""Who watched a job so lately watches it still."""
_log = get_logger(__name__)


class Janitor:
    """Looks after one store and one folder."""

    def __init__(
        self,
        store: TaskStore,
        files: Files,
        queue: Queue,
        *,
        disk_bytes: int,
        idle_timeout_s: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._files = files
        self._queue = queue
        self._disk_bytes = disk_bytes
        self._idle_timeout_s = idle_timeout_s
        self._clock = clock

    async def run(self) -> None:
        """Work until cancelled."""
        files_at_s = 0.0
        while True:
            try:
                if await self._store.take_turn("queue", QUEUE_EVERY_S * 0.9):
                    await self.requeue()
                if self._clock() >= files_at_s and await self._store.take_turn("files", FILES_EVERY_S * 0.9):
                    files_at_s = self._clock() + FILES_EVERY_S
                    await self.clean()
            except RedisError:
                pass  # it is being started again
            except Exception as error:
                _log.error("clean-up broke off", error=type(error).__name__, frames=frames_of(error))
            await asyncio.sleep(QUEUE_EVERY_S)

    async def requeue(self) -> None:
        """Put into the queue what should be there: whoever made a task may have died before. Ends what nobody wants."""
        error = json.dumps(TaskCancelledError(IDLE_MESSAGE).as_dict())
        for job in await self._store.active():
            if not await self._store.end_if_idle(job, self._clock(), self._idle_timeout_s, error):
                await self._queue.add_job(job)
        for task in await self._store.fetching():
            await self._queue.add_fetch(task)
        await self._store.figures()

    async def clean(self) -> None:
        """Remove what has expired, what belongs to nothing, and the oldest of what is too much."""
        for job in await self._store.jobs():
            is_removed, upload = await self._store.reap(job)
            if is_removed:
                await self._remove(job, upload)
        await self._remove_strays()
        await self._make_room()

    async def _remove_strays(self) -> None:
        for found in await asyncio.to_thread(lambda: list(self._files.found_results())):
            if found.age_s > _YOUNG_S and await self._store.job(found.name) is None:
                await asyncio.to_thread(self._files.remove_result, found.name)
        for found in await asyncio.to_thread(lambda: list(self._files.found_uploads())):
            if found.age_s > _YOUNG_S and not await self._store.is_upload_wanted(found.name):
                with contextlib.suppress(ValueError):  # no file of ours
                    await asyncio.to_thread(self._files.remove_upload, found.name)

    async def _make_room(self) -> None:
        uploads = await asyncio.to_thread(lambda: _sizes(self._files.found_uploads()))
        results = await asyncio.to_thread(lambda: _sizes(self._files.found_results()))
        n_bytes = sum(uploads.values()) + sum(results.values())
        active = set(await self._store.active())
        for job in await self._store.jobs():
            if n_bytes <= self._disk_bytes:
                return
            if job in active or await self._store.last_seen_s(job) > self._clock() - _WATCHED_S:
                continue
            upload = await self._store.drop(job)
            await self._remove(job, upload)
            n_bytes -= results.get(job, 0) + (uploads.get(upload, 0) if upload else 0)

    async def _remove(self, job: str, upload: str) -> None:
        await asyncio.to_thread(self._files.remove_result, job)
        if upload:
            await asyncio.to_thread(self._files.remove_upload, upload)


def _sizes(found: Iterable[FoundFile]) -> dict[str, int]:
    return {each.name: each.n_bytes for each in found}
