"""Puts the parts of tasks together from the settings: for a gateway, and for a worker."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.settings import Settings
from server.stores.client import REQUEST_RETRIES, WORK_RETRIES, connect, connect_blocking, store_url
from server.tasks.files import Files
from server.tasks.log import Work
from server.tasks.queue import Queue
from server.tasks.service import TaskLimits, TaskService
from server.tasks.store import TaskStore
from server.tasks.worker import Fetch, FoleyWorker, WorkLimits


def max_log_bytes(settings: Settings) -> int:
    """Of sound in the store at once; the rest of its memory is for everything else."""
    return settings.store_bytes * 3 // 4


@asynccontextmanager
async def open_tasks(settings: Settings) -> AsyncIterator[TaskService]:
    """The tasks, as a gateway has them. The store is connected when it is first needed, and need not be there yet."""
    url = store_url(settings)
    files, queue = Files(settings.foley_folder), Queue(url)
    async with connect(url, REQUEST_RETRIES) as client:
        service = _service(settings, TaskStore(client), files, queue, settings.foley_worker_wait_s)
        try:
            yield service
        finally:
            await service.aclose()
            await queue.aclose()


@asynccontextmanager
async def open_worker(settings: Settings, work: Work, fetch: Fetch) -> AsyncIterator[FoleyWorker]:
    """A worker that is still to be run. It waits longer for the store than a gateway, as nobody waits for it."""
    url = store_url(settings)
    files, queue = Files(settings.foley_folder), Queue(url)
    async with connect(url, WORK_RETRIES) as client:
        with connect_blocking(url, WORK_RETRIES) as blocking_client:
            try:
                yield FoleyWorker(
                    url,
                    client=client,
                    blocking_client=blocking_client,
                    files=files,
                    work=work,
                    fetch=fetch,
                    service=_service(settings, TaskStore(client), files, queue, 0),
                    queue=queue,
                    limits=WorkLimits(
                        jobs=settings.foley_jobs,
                        max_log_bytes=max_log_bytes(settings),
                        idle_timeout_s=settings.foley_idle_timeout_s,
                        time_limit_s=settings.foley_time_limit_s,
                        disk_bytes=settings.foley_disk_bytes,
                    ),
                )
            finally:
                await queue.aclose()


def _service(settings: Settings, store: TaskStore, files: Files, queue: Queue, worker_wait_s: float) -> TaskService:
    return TaskService(
        store,
        files,
        TaskLimits(
            max_active=settings.foley_max_waiting,
            max_log_bytes=max_log_bytes(settings),
            retention_s=settings.foley_retention_s,
            worker_wait_s=worker_wait_s,
        ),
        enqueue=queue.add_job,
        enqueue_fetch=queue.add_fetch,
        clock=time.time,
    )
